"""Means with their uncertainty: bootstrap intervals, paired randomisation tests, Holm's correction.

In numpy, because scipy takes a second to be imported and ten times as long to flip signs; tests hold the two against each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agentic_rag.evaluation.metrics import ALL, Floats, Metric, RunMetric
from agentic_rag.evaluation.records import Record, Run

By = Literal["route", "type", "hops"]

LEVEL = 0.95
CELLS = 100_000
"""Numbers drawn at once: a batch fits into a processor's cache and memory stays small for any run."""
FEW = 16
"""A resample is drawn by counts, not one by one, where each distinct value occurs this often on average."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number over `n` questions with its 95% interval; NaN where n is 0, and the interval is a point where n is 1."""

    mean: float
    low: float
    high: float
    n: int


def bootstrap(values: ArrayLike, *, seed: int = 0, samples: int = 2000) -> Estimate:
    """The mean with the percentile interval of resampled questions (Efron and Tibshirani 1993, chapter 13)."""
    given = np.asarray(values, dtype=np.float64)
    if not len(given):
        return Estimate(math.nan, math.nan, math.nan, 0)
    return _interval(float(given.mean()), _resampled_means(given, samples, np.random.default_rng(seed)), len(given))


def bootstrap_of(rows: Floats, statistic: Callable[[Floats], float], *, seed: int = 0, samples: int = 1000) -> Estimate:
    """Any statistic of rows, one per question, likewise. Resampling biases ECE upwards, and so this interval of it."""
    if not len(rows):
        return Estimate(math.nan, math.nan, math.nan, 0)
    draws = _draws(len(rows), samples, np.random.default_rng(seed))
    return _interval(statistic(rows), np.array([statistic(rows[draw]) for batch in draws for draw in batch]), len(rows))


def sign_flip(differences: ArrayLike, *, seed: int = 0, samples: int = 10_000) -> float:
    """Two-sided p of paired differences under random signs (Fisher 1935; for retrieval and QA, Smucker et al. 2007).

    Exact when all signs can be tried within `samples`. Questions without a difference do not matter.
    """
    given = np.asarray(differences, dtype=np.float64)
    changed = given[given != 0]
    if not len(changed):
        return 1.0
    exact = 2 ** len(changed) <= samples
    flips = _all_signs(len(changed)) if exact else _random_signs(len(changed), samples, np.random.default_rng(seed))
    observed = abs(changed.sum()) - 1e-9 * np.abs(changed).sum()
    extreme = sum(int((np.abs(2 * (batch @ changed) - changed.sum()) >= observed).sum()) for batch in flips)
    return extreme / 2 ** len(changed) if exact else (extreme + 1) / (samples + 1)


def holm(ps: Sequence[float]) -> list[float]:
    """The p values corrected for being many (Holm 1979), in the given order."""
    corrected, floor = [1.0] * len(ps), 0.0
    for rank, at in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        floor = max(floor, min(1.0, (len(ps) - rank) * ps[at]))
        corrected[at] = floor
    return corrected


def summarize(
    run: Run,
    metrics: Mapping[str, Metric | RunMetric] = ALL,
    by: By | None = None,
    *,
    seed: int = 0,
    samples: int = 2000,
) -> dict[str, dict[str, Estimate]]:
    """By group, "all" if `by` nothing, the estimate of each metric that applies to any of its questions."""
    groups: dict[str, list[Record]] = {}
    for record in run.records:
        groups.setdefault(_group(record, by), []).append(record)
    return {name: estimates(groups[name], metrics, seed=seed, samples=samples) for name in sorted(groups)}


def estimates(
    records: Sequence[Record], metrics: Mapping[str, Metric | RunMetric] = ALL, *, seed: int = 0, samples: int = 2000
) -> dict[str, Estimate]:
    """The estimate of each metric that applies to any of the records."""
    made = {name: _estimate(records, metric, seed, samples) for name, metric in metrics.items()}
    return {name: estimate for name, estimate in made.items() if estimate.n}


def _estimate(records: Sequence[Record], metric: Metric | RunMetric, seed: int, samples: int) -> Estimate:
    if isinstance(metric, Metric):
        return bootstrap([value for record in records if (value := metric(record)) is not None], seed=seed, samples=samples)
    rows = np.array([row for record in records if (row := metric.row(record)) is not None], dtype=np.float64)
    return bootstrap_of(rows, metric.of, seed=seed, samples=samples // 2)


def _group(record: Record, by: By | None) -> str:
    if by is None:
        return "all"
    return record.route if by == "route" else str(getattr(record.question, by)) or "none"


def _interval(mean: float, means: Floats, n: int) -> Estimate:
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(mean, float(low), float(high), n)


def _resampled_means(values: Floats, samples: int, rng: np.random.Generator) -> Floats:
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) * FEW <= len(values):
        drawn: Floats = rng.multinomial(len(values), counts / len(values), size=samples) @ distinct / len(values)
        return drawn
    return np.concatenate([values[batch].mean(axis=1) for batch in _draws(len(values), samples, rng)])


def _draws(n: int, samples: int, rng: np.random.Generator) -> Iterator[NDArray[np.int32]]:
    for rows in _batches(n, samples):
        yield rng.integers(0, n, (rows, n), dtype=np.int32)


def _random_signs(n: int, samples: int, rng: np.random.Generator) -> Iterator[Floats]:
    for rows in _batches(n, samples):
        yield rng.integers(0, 2, (rows, n), dtype=np.int8).astype(np.float64)


def _all_signs(n: int) -> Iterator[Floats]:
    yield ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(np.float64)


def _batches(n: int, samples: int) -> Iterator[int]:
    rows = max(1, CELLS // n)
    yield from (min(rows, samples - done) for done in range(0, samples, rows))
