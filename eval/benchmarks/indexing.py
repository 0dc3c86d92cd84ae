"""How fast passages become vectors: our encoder against plain SentenceTransformer.encode(batch_size=32) in float32.

    python eval/benchmarks/indexing.py --corpus ../shared/data/hotpotqa/corpus.jsonl.gz

The same texts for both, in turns of one block each, so that a machine that slows down slows both. `--passages` takes a random
sample; without it all are embedded twice, which takes a while.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

from agentic_rag.corpus import read_corpus
from agentic_rag.encoder import MiniLM

BLOCK = 512


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--passages", type=int)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "indexing.json")
    arguments = parser.parse_args()

    ours = MiniLM()
    plain = SentenceTransformer(str(ours.folder), device="cpu")
    texts = [passage.content for passage in read_corpus([arguments.corpus], tokenizer=ours.tokenizer)]
    random.Random(0).shuffle(texts)
    texts = texts[: arguments.passages]
    for encode in (ours.encode, plain.encode):
        encode(texts[:64])
    seconds, ratios, closest = {"ours": 0.0, "plain": 0.0}, [], 1.0
    for start in range(0, len(texts), BLOCK):
        some = texts[start : start + BLOCK]
        expected, slow = timed(lambda some=some: plain.encode(some, batch_size=32, show_progress_bar=False))
        vectors, fast = timed(lambda some=some: ours.encode(some))
        seconds["plain"] += slow
        seconds["ours"] += fast
        ratios.append(slow / fast)
        closest = min(closest, float((vectors * expected).sum(axis=1).min()))
    report = {
        "passages": len(texts),
        "precision": ours.precision,
        "ours_per_second": round(len(texts) / seconds["ours"], 1),
        "plain_per_second": round(len(texts) / seconds["plain"], 1),
        "ratio": round(seconds["plain"] / seconds["ours"], 3),
        "ratio_by_block": {
            name: round(float(np.percentile(ratios, at)), 3) for name, at in (("p10", 10), ("p50", 50), ("p90", 90))
        },
        "lowest_cosine": round(closest, 5),
    }
    print(json.dumps(report, indent=1))
    arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
