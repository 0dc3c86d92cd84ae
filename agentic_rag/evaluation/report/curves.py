"""The curves of a page: calibration, risk against coverage, and how far the gold passages came."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agentic_rag.evaluation.metrics import BINS, bins
from agentic_rag.evaluation.records import Record
from agentic_rag.evaluation.report.view import RunView

STAGES = ["retrieved", "graded", "read", "cited"]
RESAMPLES = 1000
POINTS = 200
Z = 1.96


class Share(NamedTuple):
    """A share of `n` with its 95% interval."""

    mean: float
    low: float
    high: float
    n: int


class Bin(NamedTuple):
    """The answers whose confidence is in (low, high]: their mean confidence, and how many of them are right."""

    low: float
    high: float
    confidence: float
    accuracy: Share


class Point(NamedTuple):
    """Only the answers from `confidence` up are given: how many questions have one, and how many of those are wrong."""

    confidence: float
    coverage: float
    risk: Share


class Stage(NamedTuple):
    """How many gold passages came this far, and for how many questions all of them did. The last stage is the right answer."""

    name: str
    passages: Share | None
    questions: Share


def share(right: int, n: int) -> Share:
    """Wilson's score interval (Wilson 1927), which stays inside [0, 1] and does not collapse at its ends."""
    if not n:
        return Share(math.nan, math.nan, math.nan, 0)
    middle, spread = right / n + Z * Z / (2 * n), Z * math.sqrt(right / n * (1 - right / n) / n + (Z / (2 * n)) ** 2)
    scale = 1 + Z * Z / n
    return Share(right / n, max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale), n)


def judged(run: RunView) -> list[tuple[float, bool]]:
    """Confidence, and whether it was right, of every answer that can be judged."""
    pairs = [(record, run.right(record)) for record in run.records if record.result and not record.abstained]
    judged = [(float((record.result or {}).get("confidence", 0.0)), right) for record, right in pairs if right is not None]
    return [(confidence, right) for confidence, right in judged if math.isfinite(confidence)]


def reliability(run: RunView) -> list[Bin]:
    """Ten bins of equal width over the answered questions, empty ones left out (Guo et al. 2017)."""
    filled: dict[int, list[tuple[float, bool]]] = {}
    answers = judged(run)
    for answer, at in zip(answers, bins(np.array([confidence for confidence, _ in answers])).tolist(), strict=True):
        filled.setdefault(at, []).append(answer)
    return [
        Bin(at / BINS, (at + 1) / BINS, sum(c for c, _ in inside) / len(inside), share(sum(r for _, r in inside), len(inside)))
        for at, inside in sorted(filled.items())
    ]


def risk_coverage(run: RunView) -> list[Point]:
    """A point for each distinct confidence, the highest first, thinned to a few hundred (Geifman and El-Yaniv 2017)."""
    answers = sorted(judged(run), reverse=True)
    asked = sum(run.right(record) is not None for record in run.records)
    points, wrong = [], 0
    for at, (confidence, right) in enumerate(answers, 1):
        wrong += not right
        if at == len(answers) or answers[at][0] != confidence:
            points.append(Point(confidence, at / asked, share(wrong, at)))
    kept = sorted({round(at * (len(points) - 1) / (POINTS - 1)) for at in range(POINTS)}) if points else []
    return [points[at] for at in kept]


def funnel(run: RunView) -> list[Stage]:
    """Over the answerable questions with gold passages; nothing if there are none."""
    asked = [record for record in run.records if record.question.gold and record.question.answerable]
    if not asked:
        return []
    found = np.array([[len(reached(record, stage)) for stage in STAGES] for record in asked])
    gold = np.array([len(set(record.question.gold)) for record in asked])
    right = np.array([int(bool(run.right(record))) for record in asked])
    weights = np.random.default_rng(0).multinomial(len(asked), np.full(len(asked), 1 / len(asked)), RESAMPLES)
    ones = np.ones(len(asked), int)
    stages = [
        Stage(name, _ratio(found[:, at], gold, weights), _ratio((found[:, at] == gold).astype(int), ones, weights))
        for at, name in enumerate(STAGES)
    ]
    return [*stages, Stage("answered", None, _ratio(right, ones, weights))]


def reached(record: Record, stage: str) -> set[str]:
    """The gold passages that came as far as `stage`."""
    return set(record.question.gold).intersection(record.stages.get(stage, []))


def lost(record: Record) -> str:
    """The first stage to which some gold passage did not come; "" if none was lost, or nothing answers the question."""
    if not record.question.answerable:
        return ""
    reached_by = {
        gold: [at for at, stage in enumerate(STAGES) if gold in record.stages.get(stage, [])] for gold in record.question.gold
    }
    lost_at = min((max(stages, default=-1) + 1 for stages in reached_by.values()), default=len(STAGES))
    return STAGES[lost_at] if lost_at < len(STAGES) else ""


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64], weights: NDArray[np.int64]) -> Share:
    """The sum of `part` over that of `whole`; its bootstrap is over questions, because passages of one question hang together."""
    low, high = np.quantile((weights @ part) / (weights @ whole), [0.025, 0.975])
    return Share(float(part.sum() / whole.sum()), float(low), float(high), int(whole.sum()))
