"""Learn what each retriever counts in the fusion, by type of question, from training questions; report on dev ones.

    python eval/fusion.py --data ../shared/data --stores stores

The type is what the router says. Of a small grid the weights with the best mean recall at 5, 10 and 20 are kept, each set
counting the same; types with few training questions keep equal weights. The control is the fusion without weights.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation.statistics import bootstrap
from agentic_rag.plain import as_plain
from agentic_rag.retrievers import BM25, Dense, Links, fuse
from agentic_rag.specialists import specialists
from agentic_rag.store import Store
from agentic_rag.training.data import lines
from agentic_rag.types import Hit

SETS = ["hotpotqa", "2wiki", "musique"]
STEPS = [0.25, 0.5, 1.0]
CONTROL = (1.0, 1.0, 0.0)
EQUAL = (1.0, 1.0, 1.0)
LEAST = 100
"""Training questions that a type needs for weights of its own."""
DEPTHS = [5, 10, 20]

Weights = tuple[float, ...]


class Asked(NamedTuple):
    """One question: its set, its type, its gold passages, and what each retriever found."""

    name: str
    type: str
    gold: set[str]
    rankings: list[list[Hit]]

    def recall(self, weights: Sequence[float], k: int) -> float:
        found = {hit.passage.id for hit in fuse(self.rankings, weights)[:k]}
        return len(self.gold & found) / len(self.gold)


def asked(options: argparse.Namespace, split: str, encoder: MiniLM) -> Iterator[Asked]:
    router = specialists(encoder).router
    for name in SETS:
        with Store.open(options.stores / name, encoder) as store:
            retrievers = [BM25(store), Dense(store), Links(store)]
            for row in lines(options.data, f"{name}/{split}.jsonl.gz"):
                if row["gold"]:
                    found = [retriever.search(row["question"], 50) for retriever in retrievers]
                    yield Asked(name, router(row["question"]).type, set(row["gold"]), found)


def learned(questions: Sequence[Asked]) -> dict[str, Weights]:
    """The best weights of each type that has enough questions; of equally good ones those that change least."""
    grid = sorted((weights for weights in product(STEPS, repeat=3) if max(weights) == 1), key=sum, reverse=True)
    by_type = {kind: [one for one in questions if one.type == kind] for kind in sorted({one.type for one in questions})}
    return {kind: max(grid, key=lambda weights: goodness(some, weights)) for kind, some in by_type.items() if len(some) >= LEAST}


def goodness(questions: Sequence[Asked], weights: Weights) -> float:
    """Mean recall over depths, questions and sets, each set counting the same."""
    sets = [[one for one in questions if one.name == name] for name in SETS]
    return float(
        np.mean([np.mean([[one.recall(weights, k) for k in DEPTHS] for one in some]) for some in sets if len(some) >= 20])
    )


def reported(questions: Sequence[Asked], weights: Mapping[str, Weights]) -> dict[str, object]:
    """All-gold at ten of each set: the control, with links at equal weight, and with learned weights, paired with the control."""
    report: dict[str, object] = {}
    for name in SETS:
        some = [one for one in questions if one.name == name]
        control, equal, typed = (
            np.array([one.recall(of(one), 10) == 1 for one in some], float)
            for of in (lambda _: CONTROL, lambda _: EQUAL, lambda one: weights.get(one.type, EQUAL))
        )
        report[name] = {
            "control": as_plain(bootstrap(control)),
            "equal": as_plain(bootstrap(equal)),
            "learned": as_plain(bootstrap(typed)),
            "learned - control": as_plain(bootstrap(typed - control)),
            "learned - equal": as_plain(bootstrap(typed - equal)),
        }
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--stores", type=Path, required=True)
    options = parser.parse_args()
    encoder = MiniLM()
    weights = learned(list(asked(options, "train", encoder)))
    dev = reported(list(asked(options, "dev", encoder)), weights)
    print(json.dumps({"weights of bm25, dense, links": weights, "all-gold@10 on dev": dev}, indent=1))


if __name__ == "__main__":
    main()
