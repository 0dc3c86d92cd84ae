"""How well a grader ranks: the gold passages among the first of a list, and how far its grades can be believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from agentic_rag.evaluation.metrics import Floats
from agentic_rag.evaluation.metrics import ece as ece_of
from agentic_rag.evaluation.statistics import Estimate, bootstrap, bootstrap_of
from agentic_rag.retrievers import BM25, Dense, Fused
from agentic_rag.specialists.calibration import Calibration
from agentic_rag.specialists.grader import CrossEncoderGrader, Grading, Scores
from agentic_rag.specialists.network import Adapted
from agentic_rag.store import Store
from agentic_rag.training.data import Answered, hashed
from agentic_rag.training.judging import fit_platt
from agentic_rag.types import Passage

DEPTH = 50
"""Fused hits that are graded."""
LISTED = 10
"""Hits that a graph grades at once: what the grades are calibrated on."""


@dataclass(frozen=True, slots=True)
class Graded:
    """A dev question's passages in the order in which they came: scores, which are gold, and how many gold ones there are.

    `half` is 0 or 1 by the question.
    """

    scores: Scores
    gold: list[bool]
    wanted: int
    half: int

    @classmethod
    def of(cls, grader: CrossEncoderGrader, case: Answered, passages: Sequence[Passage]) -> Graded:
        right = {passage.id for passage in case.passages}
        gold = [passage.id in right for passage in passages]
        return cls(grader.scores(case.question, passages), gold, len(right), int(hashed(case.question), 16) % 2)

    def complete(self, k: int, grading: Grading | None = None) -> float:
        """Whether all gold passages are among the first k: by their grades, or as they came."""
        grades = grading(self.scores) if grading else [0.0] * len(self.gold)
        order = sorted(range(len(self.gold)), key=lambda at: -grades[at])
        return float(sum(self.gold[at] for at in order[:k]) == self.wanted)

    @property
    def one_pass(self) -> Graded:
        """Without the chained pass."""
        return replace(self, scores=Scores(self.scores.alone, []))


def sampled(cases: Sequence[Answered], most: int) -> list[Answered]:
    """The same ones every time, whatever their order."""
    return sorted((case for case in cases if case.passages), key=lambda case: hashed(case.question))[:most]


def candidates(case: Answered) -> list[Passage]:
    """Gold passages and others, in an order that does not tell them apart."""
    return sorted([*case.passages, *case.others], key=lambda passage: hashed(passage.text))


def hits(store: Path, adapted: Adapted, cases: Sequence[Answered]) -> Iterator[list[Passage]]:
    """What words and meaning find together for each question, best first."""
    with Store.open(store, adapted.base.encoder) as opened:
        fused = Fused([BM25(opened), Dense(opened)])
        for case in cases:
            yield [hit.passage for hit in fused.search(case.question, DEPTH)]


def fitted(found: Sequence[Graded]) -> Grading:
    """Each pass calibrated by itself, then both together."""
    seen = [(score, one.gold[at]) for one in found for at, score in enumerate(one.scores.alone) if score is not None]
    links = [(link.named, (link.score, one.gold[link.candidate])) for one in found for link in one.scores.links]
    alone = platt(seen)
    chained, named = (platt([pair for by_name, pair in links if by_name == wanted]) for wanted in (False, True))
    draft = Grading(alone, chained, named)
    both = [pair for one in found for pair in zip(draft.combined(one.scores), one.gold, strict=True)]
    return Grading(alone, chained, named, platt([(score, gold) for score, gold in both if score is not None]))


def platt(labelled: Sequence[tuple[float, bool]]) -> Calibration:
    return fit_platt([score for score, _ in labelled], [gold for _, gold in labelled])


def mean(found: Sequence[Graded], k: int, gradings: Sequence[Grading]) -> Estimate:
    return bootstrap([one.complete(k, gradings[one.half]) for one in found])


def compared(name: str, found: Sequence[Graded], gradings: Sequence[Grading]) -> dict[str, Estimate]:
    """All gold passages among the first k of the fused hits, as they came and by their grades, and the paired difference."""
    figures = {f"all_gold@{DEPTH}_{name}_fused": bootstrap([one.complete(DEPTH) for one in found])}
    for k in (5, 10):
        before, after = [one.complete(k) for one in found], [one.complete(k, gradings[one.half]) for one in found]
        figures[f"all_gold@{k}_{name}_fused"], figures[f"all_gold@{k}_{name}"] = bootstrap(before), bootstrap(after)
        figures[f"all_gold@{k}_{name}_gain"] = bootstrap(np.subtract(after, before))
    return figures | {f"all_gold@5_{name}_one_pass": mean([one.one_pass for one in found], 5, gradings)}


def calibration_error(found: Sequence[Graded], gradings: Sequence[Grading]) -> Estimate:
    """Of all grades; those of one question are drawn together."""
    rows = [np.column_stack([gradings[one.half](one.scores), one.gold]).astype(float) for one in found]

    def error(drawn: Floats) -> float:
        return ece_of(np.concatenate([rows[int(at)] for at in drawn]))

    return bootstrap_of(np.arange(len(rows), dtype=float), error)
