"""How well a reader answers: its dev sets, and from which lead over none an answer is given."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from agentic_rag.evaluation.metrics import Floats, overlap, same
from agentic_rag.specialists.reader import SpanReader
from agentic_rag.training.data import Answered, multi_hop, reading
from agentic_rag.training.own import RIGHT, among, read_out

HALVINGS = 100
"""Of the dev questions, over which the lead to answer from is chosen."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One dev question as the reader answered it: its best answer, by how much that led over none, and how sure it seemed."""

    lead: float
    answer: str
    answers: list[str]
    margin: float = 0.0

    def f1(self, threshold: float) -> float:
        """An answer below the threshold counts as none, which is right where there is none."""
        given = self.answer if self.lead >= threshold else ""
        return max(overlap(given, answer) for answer in self.answers) if self.answers else float(not given)

    @property
    def right(self) -> bool:
        return bool(self.answers) and max(overlap(self.answer, answer) for answer in self.answers) >= RIGHT


def dev_sets(data: Path) -> Iterator[list[Answered]]:
    yield reading(data, "reading/squad2_a.jsonl.gz", "dev")
    yield reading(data, "reading/qed_dev.jsonl.gz")
    yield multi_hop(data, "hotpotqa", "dev")


def among_others(cases: Sequence[Answered]) -> list[Answered]:
    """Each with its passages among two that do not answer it, as a retriever finds them."""
    chance = random.Random("among others")
    return [replace(case, passages=among(case, cases[number - 1], chance)) for number, case in enumerate(cases)]


def exact(one: Judgement) -> float:
    return max(same(one.answer, answer) for answer in one.answers)


def crossed(found: Sequence[Judgement]) -> Floats:
    """F1 of each question, answered or not by the threshold that is best for a half which it is not in.

    The mean over `HALVINGS` random ones: of a thousand questions, one halving moves the mean by half a point or more. A single
    question is answered.
    """
    leads = np.array([one.lead for one in found])
    answered, silent = np.array([one.f1(-np.inf) for one in found]), np.array([one.f1(np.inf) for one in found])
    if len(found) < 2:
        return answered
    chance, total = np.random.default_rng(0), np.zeros(len(found))
    for _ in range(HALVINGS):
        halves = np.array_split(chance.permutation(len(found)), 2)
        for half, other in (halves, halves[::-1]):
            least = best_threshold(leads[other], answered[other], silent[other])
            total[half] += np.where(leads[half] >= least, answered[half], silent[half])
    return total / HALVINGS


def judged(reader: SpanReader, cases: Sequence[Answered]) -> list[Judgement]:
    """Every case read as at run time, from its own passages alone."""
    given = read_out(reader, cases, alone=True)
    return [Judgement(one.lead, one.claim.answer, case.answers, one.margin) for one, case in zip(given, cases, strict=True)]


def best_threshold(leads: Floats, answered: Floats, silent: Floats) -> float:
    """The lead from which answering gives the highest F1."""
    order = np.argsort(leads)
    gains = np.concatenate([[0.0], np.cumsum((silent - answered)[order])])
    at = int(gains.argmax())
    return float(leads[order[at - 1]] + 1e-6) if at else float(leads.min() - 1.0)
