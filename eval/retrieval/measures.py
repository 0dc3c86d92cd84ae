"""What a ranking is worth to one question, and what many questions say: means with 95% intervals, paired differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from agentic_rag.evaluation.metrics import Floats
from agentic_rag.evaluation.statistics import bootstrap

Gains = Mapping[str, int]
"""Grades by passage id; above 0 means relevant."""
Told = dict[str, Any]


def recall(gains: Gains, found: Sequence[str], k: int) -> float:
    """Share of the relevant passages among the first k."""
    relevant = {passage for passage, grade in gains.items() if grade > 0}
    return len(relevant.intersection(found[:k])) / len(relevant)


def all_gold(gains: Gains, found: Sequence[str], k: int) -> float:
    return float(recall(gains, found, k) == 1)


def ndcg(gains: Gains, found: Sequence[str], k: int) -> float:
    """Discounted gain over the best there could be, a grade being the gain: ndcg_cut of trec_eval."""
    return _discounted([gains.get(passage, 0) for passage in found[:k]]) / _discounted(sorted(gains.values())[::-1][:k])


def _discounted(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))


KINDS: Mapping[str, Callable[[Gains, Sequence[str], int], float]] = {"recall": recall, "all-gold": all_gold, "ndcg": ndcg}


def depth(measure: str) -> int:
    """How far down a measure such as recall@20 looks."""
    return int(measure.partition("@")[2])


def scores(measure: str, gains: Sequence[Gains], found: Sequence[Sequence[str]]) -> Floats:
    """One number per question."""
    of, k = KINDS[measure.partition("@")[0]], depth(measure)
    return np.array([of(grades, ranking, k) for grades, ranking in zip(gains, found, strict=True)])


def told(values: Floats, baseline: Floats | None) -> Told:
    """The mean, and question by question the difference to the baseline where there is one."""
    difference = {} if baseline is None else {"difference": interval(values - baseline)}
    return {**interval(values), **difference}


def interval(values: Floats) -> Told:
    estimate = bootstrap(values)
    return {"mean": round(estimate.mean, 4), "low": round(estimate.low, 4), "high": round(estimate.high, 4)}
