"""How well a verifier tells what passages support: its dev sets, and what it says of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agentic_rag.evaluation.metrics import Floats, ece
from agentic_rag.evaluation.statistics import Estimate, bootstrap, bootstrap_of
from agentic_rag.specialists.calibration import Calibration
from agentic_rag.specialists.reader import SpanReader
from agentic_rag.specialists.verifier import EntailmentVerifier, margin
from agentic_rag.training.answering import Judgement, crossed
from agentic_rag.training.claims import lure, quoted
from agentic_rag.training.data import Answered, hashed, lines, multi_hop, reading
from agentic_rag.training.judging import auc, cross_fitted
from agentic_rag.training.own import Checked, as_cited, read_out, sentence_cited
from agentic_rag.types import Claim, Passage

UNREAD = -20.0
"""The margin of a claim of which nothing could be read."""


@dataclass(frozen=True)
class Scored:
    """Margins that the verifier gave to claims, in a fixed random order, and whether they are supported."""

    scores: list[float]
    labels: list[bool]

    @classmethod
    def of(cls, verifier: EntailmentVerifier, checked: Sequence[Checked]) -> Scored:
        order = random.Random(0).sample(checked, len(checked))
        return cls(margins(verifier, order), [one.supported for one in order])

    @classmethod
    def together(cls, parts: Iterable[Scored]) -> Scored:
        """All claims of several sets, shuffled again, so that either half has some of each."""
        pairs = [pair for part in parts for pair in zip(part.scores, part.labels, strict=True)]
        order = random.Random(0).sample(pairs, len(pairs))
        return cls([score for score, _ in order], [label for _, label in order])

    def figures(self, name: str) -> dict[str, Estimate]:
        """Each half calibrated by the other."""
        told = cross_fitted(self.scores, self.labels)
        return {f"accuracy_{name}": bootstrap((told[:, 0] >= 0.5) == told[:, 1]), f"ece_{name}": bootstrap_of(told, ece)}

    def area(self) -> Estimate:
        """AUC; one half where all claims are of one kind."""

        def of(rows: Floats) -> float:
            labels = [bool(label) for label in rows[:, 1]]
            return auc(rows[:, 0].tolist(), labels) if len(set(labels)) == 2 else 0.5

        return bootstrap_of(np.array(list(zip(self.scores, self.labels, strict=True)), float), of, samples=500)


def margins(verifier: EntailmentVerifier, checked: Sequence[Checked]) -> list[float]:
    """Of all claims as at run time, in one batch of rows."""
    rows = [verifier.rows(one.claim, one.passages) for one in checked]
    outputs = iter(verifier.adapted([one for of_claim in rows for one in of_claim]))
    return [max((margin(next(outputs)[1]) for _ in of_claim), default=UNREAD) for of_claim in rows]


def fever_fold(claim: str) -> str:
    """A tenth of the claims, by their hash, is "dev"; the rest is "train"."""
    return "dev" if int(hashed(claim)[:2], 16) < 26 else "train"


def fever_dev(data: Path) -> list[Checked]:
    rows = [one for one in lines(data, "nli/fever.jsonl.gz") if fever_fold(one["hypothesis"]) == "dev"]
    return [
        Checked(Claim("", one["hypothesis"], []), [Passage("premise", one["premise"])], one["label"] == "supported")
        for one in rows
    ]


def squad_dev(data: Path) -> list[Checked]:
    """The right answer of each dev question that has one, and a wrong one of every second question; each cites its sentence."""
    chance, made = random.Random("verifier dev"), []
    for case in reading(data, "reading/squad2_a.jsonl.gz", "dev"):
        wrong = lure(case, chance) if chance.random() < 0.5 else None
        for span, right in ((case.spans[0] if case.spans else None, True), (wrong, False)):
            if span:
                claim = Claim(case.question, quoted(case, span), [sentence_cited(case.passages, span)])
                made.append(Checked(claim, case.passages, right))
    return made


def own_dev(data: Path) -> dict[str, list[Answered]]:
    return {
        "hotpotqa_dev": multi_hop(data, "hotpotqa", "dev"),
        "squad2_a_dev": reading(data, "reading/squad2_a.jsonl.gz", "dev"),
        "qed_dev": reading(data, "reading/qed_dev.jsonl.gz"),
    }


def read_and_verified(data: Path, reader: SpanReader, verifier: EntailmentVerifier, calibration: Calibration) -> Estimate:
    """F1 on SQuAD 2.0's dev questions of what reader and verifier together answer: their odds multiplied, as in the graph."""
    cases = reading(data, "reading/squad2_a.jsonl.gz", "dev")
    given = [as_cited(one) for one in read_out(reader, cases, alone=True)]
    slope = Calibration.of(reader.adapted.card.get("calibration", {})).slope
    odds = [
        slope * one.margin + calibration.slope * checked for one, checked in zip(given, margins(verifier, given), strict=True)
    ]
    together = [Judgement(of, one.claim.answer, case.answers) for of, one, case in zip(odds, given, cases, strict=True)]
    return bootstrap(crossed(together))
