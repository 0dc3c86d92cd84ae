"""Paths whose first hop is wrong: several parallel ones against one path that makes the same number of follow-ups in turn.

    python eval/robustness.py --stores stores > eval/results/evidence/robustness.json

In a share of the paths the passage they begin at is replaced by a random one of the corpus, with the grade of the right one. What
is measured is whether all gold passages are among the ten best of the subagent that is asked the question itself, without a
plan. Four paths are followed at once, or one after the other, each from the best passage then known; where the share is below
one, which of them are corrupted is drawn by the question, the same for both.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from alone import asked, unread
from catalogue import store_of, suite_of

from agentic_rag import adaptive
from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation.records import Question
from agentic_rag.evaluation.statistics import bootstrap
from agentic_rag.joins import Join
from agentic_rag.plain import as_plain
from agentic_rag.specialists import specialists
from agentic_rag.store import Store
from agentic_rag.subagent import Subagent
from agentic_rag.types import Passage

PATHS = 4
SHARES = [0.0, 0.25, 0.5, 1.0]


@dataclass(frozen=True)
class Misled(Join):
    """A join that sends the paths of these numbers, counted over all rounds, to another passage than the one they chose."""

    wrong: Sequence[int] = ()
    passages: Sequence[Passage] = ()
    draw: Random = field(default_factory=Random)
    sent: list[int] = field(default_factory=list)

    def __call__(self, works: Sequence[Callable[[], Any]], seconds: float | None = None) -> list[Any]:
        first = len(self.sent)
        self.sent.extend(range(first, first + len(works)))
        return super().__call__([self._misled(work, first + at) for at, work in enumerate(works)], seconds)

    def _misled(self, work: Any, number: int) -> Callable[[], Any]:
        if number not in self.wrong:
            return work
        path, meter = work.func, work.args[0]
        return partial(replace(path, start=replace(path.start, passage=self.draw.choice(self.passages))), meter)


def measured(subagent: Subagent, questions: Sequence[Question], passages: Sequence[Passage], share: float) -> list[float]:
    values = []
    for question in questions:
        draw = Random(question.id)
        wrong = draw.sample(range(PATHS), round(share * PATHS))
        values.append(asked(replace(subagent, join=Misled(wrong=wrong, passages=passages, draw=draw)), question).all_gold)
    return values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suites", nargs="*", default=["musique", "two_wiki", "hotpotqa"])
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--stores", type=Path, default=Path("stores"))
    options = parser.parse_args()
    encoder = MiniLM()
    roles = replace(specialists(encoder), reader=unread)
    values: dict[str, list[float]] = {}
    for name in options.suites:
        questions = suite_of(name, options.limit).questions
        with Store.open(store_of(options.stores, name), encoder) as store:
            passages = list(store.passages())
            chains = adaptive.subagents(store, roles, paths=PATHS)[-1]
            ways = {"parallel": replace(chains, rounds=2), "in turn": replace(chains, paths=1, rounds=1 + PATHS)}
            for share in SHARES:
                for way, subagent in ways.items():
                    values.setdefault(f"{way}, {share:.0%} wrong", []).extend(measured(subagent, questions, passages, share))
                    print(name, way, share, file=sys.stderr, flush=True)
    clean = np.array(values["parallel, 0% wrong"])
    report = {
        name: {"all_gold@10": as_plain(bootstrap(some)), "minus parallel, 0% wrong": as_plain(bootstrap(np.array(some) - clean))}
        for name, some in values.items()
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
