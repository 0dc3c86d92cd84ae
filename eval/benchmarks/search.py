"""How fast a query is, without encoding: our store against qdrant-client's local mode and rank-bm25's own loop, in one run.

    python eval/benchmarks/search.py --store stores/hotpotqa --questions ../shared/data/hotpotqa/dev.jsonl.gz

All four take turns in blocks of 20 questions, so that a machine that slows down slows all. Also counts how often our top ten
are theirs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from qdrant_client import QdrantClient, models

from agentic_rag.store import Store
from agentic_rag.store.engine import DENSE
from agentic_rag.store.lexical import PositiveBM25
from agentic_rag.text import content_words

BLOCK = 20
Search = Callable[[str, np.ndarray], list[str]]


def local_mode(store: Store) -> Search:
    """The same vectors and payloads in qdrant-client's local mode."""
    warnings.filterwarnings("ignore", message="Local mode")
    client = QdrantClient(":memory:")
    params = {DENSE: models.VectorParams(size=store.manifest.dimension, distance=models.Distance.COSINE)}
    client.create_collection("local", vectors_config=params)
    for records in store.engine.records(1000):
        points = [models.PointStruct(id=r.point_id, vector={DENSE: r.vector.tolist()}, payload=r.payload()) for r in records]
        client.upsert("local", points)

    def search(_question: str, vector: np.ndarray) -> list[str]:
        found = client.query_points("local", query=vector, using=DENSE, limit=10, with_payload=["id", "title", "text"]).points
        return [point.payload["id"] for point in found]

    return search


def rank_bm25_loop(store: Store) -> Search:
    passages = list(store.passages())
    model = PositiveBM25([content_words(passage.content) for passage in passages])

    def search(question: str, _vector: np.ndarray) -> list[str]:
        scores = model.get_scores(content_words(question))
        best = np.lexsort((np.arange(len(scores)), -scores))[:10]
        return [passages[row].id for row in best if scores[row] > 0]

    return search


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "search.json")
    arguments = parser.parse_args()
    with gzip.open(arguments.questions, "rt", encoding="utf-8") as lines:
        questions = [json.loads(line)["question"] for line in lines][: arguments.limit]
    with Store.open(arguments.store) as store:
        vectors = store.encoder.encode(questions)
        ways: dict[str, Search] = {
            "dense": lambda _question, vector: [passage.id for passage, _ in store.nearest(vector, 10, {})],
            "dense, qdrant-client local mode": local_mode(store),
            "bm25": lambda question, _vector: [passage.id for passage, _ in store.matching(question, 10, {})],
            "bm25, rank-bm25's own loop": rank_bm25_loop(store),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        found: dict[str, list[list[str]]] = {name: [] for name in ways}
        for search in ways.values():
            search(questions[0], vectors[0])
        asked = list(zip(questions, vectors, strict=True))
        for block in range(0, len(asked), BLOCK):
            for name, search in ways.items():
                for question, vector in asked[block : block + BLOCK]:
                    started = time.perf_counter()
                    found[name].append(search(question, vector))
                    seconds[name].append(time.perf_counter() - started)
        median = {name: float(np.median(times)) * 1000 for name, times in seconds.items()}
        [dense, local, bm25, loop] = ways
        report = {
            "passages": len(store),
            "questions": len(questions),
            "median_ms": {name: round(value, 3) for name, value in median.items()},
            "p95_ms": {name: round(float(np.percentile(times, 95)) * 1000, 3) for name, times in seconds.items()},
            "times_faster": {"dense": round(median[local] / median[dense], 1), "bm25": round(median[loop] / median[bm25], 1)},
            "same_top_10": {
                "dense": float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found[dense], found[local], strict=True)])),
                "bm25": float(np.mean([a == b for a, b in zip(found[bm25], found[loop], strict=True)])),
            },
        }
    print(json.dumps(report, indent=1))
    arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
