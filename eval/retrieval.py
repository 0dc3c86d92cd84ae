"""Retrieval baselines: recall@k and all-gold@k of each retriever, question as the only query, over the whole corpus.

    python eval/retrieval.py --data ../shared/data --stores stores

Stores are made where they are missing (`agentic-rag index`). Means over all questions, with 95% bootstrap intervals.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

import agentic_rag
from agentic_rag.corpus import read_corpus
from agentic_rag.encoder import MiniLM
from agentic_rag.interfaces import Retriever
from agentic_rag.retrievers import BM25, Dense, Fused
from agentic_rag.store import Store

SUITES = ["hotpotqa", "2wiki", "musique"]
DEPTHS = [5, 10, 20]
SAMPLES = 2000


def questions(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if row["gold"]]


def open_store(corpus: Path, folder: Path, encoder: MiniLM) -> Store:
    store = Store.create(folder, encoder)
    store.index(read_corpus([corpus], tokenizer=encoder.tokenizer), [str(corpus.resolve())])
    return store


def measure(retriever: Retriever, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One row per question of recall and all-gold at each depth, then means with intervals."""
    started, scores = time.perf_counter(), []
    for row in rows:
        gold, found = set(row["gold"]), [hit.passage.id for hit in retriever.search(row["question"], max(DEPTHS))]
        recalls = [len(gold & set(found[:k])) / len(gold) for k in DEPTHS]
        scores.append([*recalls, *(float(recall == 1) for recall in recalls)])
    seconds = time.perf_counter() - started
    names = [f"recall@{k}" for k in DEPTHS] + [f"all-gold@{k}" for k in DEPTHS]
    intervals = {name: interval(np.array(column)) for name, column in zip(names, np.array(scores).T, strict=True)}
    return intervals | {"ms_per_question": round(seconds / len(rows) * 1000, 2)}


def interval(values: np.ndarray) -> dict[str, float]:
    """Mean and 95% bootstrap interval over questions, fixed seed."""
    draws = np.random.default_rng(0).integers(0, len(values), (SAMPLES, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return {"mean": round(float(values.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--stores", type=Path, required=True)
    parser.add_argument("--split", default="dev")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "retrieval.json")
    arguments = parser.parse_args()
    encoder = MiniLM()
    header = {"package": agentic_rag.__version__, "encoder": encoder.fingerprint, "precision": encoder.precision}
    report: dict[str, Any] = header | {"split": arguments.split, "machine": platform.machine(), "suites": {}}
    for suite in SUITES:
        rows = questions(arguments.data / suite / f"{arguments.split}.jsonl.gz")
        with open_store(arguments.data / suite / "corpus.jsonl.gz", arguments.stores / suite, encoder) as store:
            words, meaning = BM25(store), Dense(store)
            retrievers: dict[str, Retriever] = {"bm25": words, "dense": meaning, "fused": Fused([words, meaning])}
            measured = {name: measure(retriever, rows) for name, retriever in retrievers.items()}
            report["suites"][suite] = {
                "questions": len(rows),
                "passages": len(store),
                "store": repr(store),
                "retrievers": measured,
            }
        for name, values in measured.items():
            print(
                suite,
                f"n={len(rows)}",
                name,
                *(f"{k}={v['mean']:.3f}" for k, v in values.items() if isinstance(v, dict)),
                flush=True,
            )
    arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
