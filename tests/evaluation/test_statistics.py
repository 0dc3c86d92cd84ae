from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from agentic_rag.evaluation.metrics import METRICS, RUN_METRICS
from agentic_rag.evaluation.records import Header, Question, Record, Run
from agentic_rag.evaluation.statistics import Estimate, bootstrap, bootstrap_of, holm, sign_flip, summarize

HEADER = Header("suite", "corpus", "d", 4, "graph", "", "", {}, {}, 0, "", "", "")


@pytest.mark.parametrize("distinct", [2, 1000])
def test_the_interval_agrees_with_scipy(distinct: int) -> None:
    values = np.random.default_rng(1).integers(0, distinct, 400) / (distinct - 1)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(2))
    ours = bootstrap(values, samples=20_000)
    assert (ours.mean, ours.n) == (pytest.approx(values.mean()), 400)
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confidence_interval), abs=2e-3)


def test_the_interval_holds_the_truth_in_about_95_of_100_samples() -> None:
    draws = np.random.default_rng(3).random((400, 150)) < 0.6
    intervals = [bootstrap(draw, seed=seed, samples=1000) for seed, draw in enumerate(draws)]
    assert 0.92 <= np.mean([one.low <= 0.6 <= one.high for one in intervals]) <= 0.975


@pytest.mark.parametrize(
    ("values", "estimate"),
    [([0.4], Estimate(0.4, 0.4, 0.4, 1)), ([1, 1, 1], Estimate(1, 1, 1, 3)), ([0.25] * 40, Estimate(0.25, 0.25, 0.25, 40))],
)
def test_what_does_not_vary_has_a_point_for_an_interval(values: list[float], estimate: Estimate) -> None:
    assert bootstrap(values) == estimate


def test_nothing_has_no_mean() -> None:
    for nothing in (bootstrap([]), bootstrap_of(np.empty((0, 2)), np.mean)):
        assert nothing.n == 0
        assert all(math.isnan(value) for value in (nothing.mean, nothing.low, nothing.high))


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(4).random(50)
    assert bootstrap(values, seed=1) == bootstrap(values, seed=1) != bootstrap(values, seed=2)


def test_other_statistics_have_intervals_too() -> None:
    waits = np.random.default_rng(5).exponential(1, 500)
    median = bootstrap_of(waits, lambda rows: float(np.median(rows)))
    assert median.low < np.median(waits) == median.mean < median.high
    assert median.low < math.log(2) < median.high


@pytest.mark.parametrize("n", [2, 5, 9, 12])
def test_few_differences_are_tested_exactly_as_in_scipy(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.5, 1, n).round(1)
    theirs = stats.permutation_test((differences,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip([*differences, 0, 0]) == pytest.approx(theirs.pvalue)


def test_many_differences_are_tested_as_in_scipy() -> None:
    differences = np.random.default_rng(6).normal(0.12, 1, 200)
    theirs = stats.permutation_test(
        (differences,), np.sum, permutation_type="samples", n_resamples=9999, rng=np.random.default_rng(7)
    )
    assert sign_flip(differences) == pytest.approx(theirs.pvalue, abs=0.015)


@pytest.mark.parametrize(
    ("differences", "p"),
    [([], 1), ([0, 0], 1), ([1], 1), ([1, 1], 0.5), ([1] * 6, 2 / 64), ([1, 1, 1, -1], 10 / 16), ([0.1, 0.2, -0.3], 1)],
)
def test_small_tests_by_hand(differences: list[float], p: float) -> None:
    assert sign_flip(differences) == p


@pytest.mark.parametrize(
    ("ps", "corrected"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.01, 0.02, 0.03], [0.03, 0.04, 0.04]),
        ([0.5, 0.6], [1, 1]),
        ([0.02], [0.02]),
        ([], []),
    ],
)
def test_holm_corrects_for_many_tests(ps: list[float], corrected: list[float]) -> None:
    assert holm(ps) == pytest.approx(corrected)


def record(key: str, answer: str | None, type_: str, hops: int, route: dict[str, Any] | None, seconds: float) -> Record:
    result = {"answer": answer, "abstained": answer is None, "confidence": 0.8, "route": route, "seconds": seconds}
    return Record(Question(key, "?", ["Paris"], type_, hops), result)


SIMPLE, COMPLEX, ESCALATED = (
    {"label": label, "escalated": escalated} for label, escalated in [("simple", False), ("complex", False), ("complex", True)]
)
RUN = Run(
    HEADER,
    [
        record("1", "Paris", "bridge", 2, COMPLEX, 0.4),
        record("2", "Rome", "bridge", 2, ESCALATED, 0.8),
        record("3", "Paris", "single", 1, SIMPLE, 0.1),
        record("4", "Paris", "", 1, None, 0.3),
        Record(Question("5", "?", ["Paris"], "single", 1), None, error="boom"),
    ],
)


@pytest.mark.parametrize(
    ("by", "em"),
    [
        (None, {"all": 0.6}),
        ("type", {"bridge": 0.5, "single": 0.5, "none": 1}),
        ("hops", {"1": pytest.approx(2 / 3), "2": 0.5}),
        ("route", {"simple": 1, "complex": 1, "escalated": 0, "failed": 0, "none": 1}),
    ],
)
def test_a_run_is_summarized_by_group(by: Any, em: dict[str, float]) -> None:
    summary = summarize(RUN, {"em": METRICS["em"]}, by)
    assert {group: estimates["em"].mean for group, estimates in summary.items()} == em
    assert list(summary) == sorted(em)


def test_a_metric_that_applies_to_no_question_is_left_out() -> None:
    summary = summarize(RUN, {name: METRICS[name] for name in ("em", "mrr", "seconds")} | RUN_METRICS, "route")
    assert list(summary["failed"]) == ["em"]
    assert list(summary["simple"]) == ["em", "seconds", "ece", "aurc", "seconds_p50", "seconds_p95"]


def test_quantiles_of_a_run_are_over_the_questions_that_were_asked() -> None:
    summary = summarize(RUN, RUN_METRICS)["all"]
    assert (summary["seconds_p50"].mean, summary["seconds_p50"].n) == (pytest.approx(0.35), 4)
    assert summary["seconds_p95"].mean == pytest.approx(0.74)
    assert summary["ece"].mean == pytest.approx(abs(0.8 - 0.75))
