from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agentic_rag.evaluation.comparison import (
    Difference,
    Gate,
    compare,
    failed_gates,
    no_worse_than,
    parse_gate,
)
from agentic_rag.evaluation.errors import EvaluationError
from agentic_rag.evaluation.metrics import METRICS
from agentic_rag.evaluation.records import Header, Question, Record, Run
from agentic_rag.evaluation.statistics import Estimate

HEADER = Header("suite", "corpus", "d1", 4, "graph.py", "", "", {}, {}, 0, "", "", "")
SCORED = {name: METRICS[name] for name in ("em", "f1", "seconds")}


def record(key: str, answer: str | None = "Paris", seconds: float = 0.5) -> Record:
    result = {"answer": answer, "abstained": answer is None, "confidence": 0.8, "seconds": seconds, "route": None}
    return Record(Question(key, "?", ["Paris"]), result)


def run(*records: Record, **header: Any) -> Run:
    return Run(replace(HEADER, **header), list(records))


def answered(right: Any, seed: int = 0) -> Run:
    """A run of one question per entry, right where it is true; half of the wrong answers overlap with the right one."""
    near = np.random.default_rng(seed).random(len(right)) < 0.5
    words = np.where(right, "Paris", np.where(near, "Paris in France", "Rome"))
    return run(*[record(str(key), str(answer)) for key, answer in enumerate(words)])


def test_two_runs_are_compared_question_by_question() -> None:
    new = run(record("a"), record("b"), record("c", "Rome"), record("d", None))
    old = run(record("d", None), record("c"), record("b", "Rome"), record("a", "Paris in Texas"))
    em, f1 = compare(new, old, {"em": METRICS["em"], "f1": METRICS["f1"]}).differences.values()
    assert (em.run, em.baseline, em.difference.mean, em.difference.n) == (0.5, 0.25, 0.25, 4)
    assert (em.won, em.lost, em.wins, em.losses, em.ties) == (["a", "b"], ["c"], 2, 1, 1)
    assert em.p == f1.p == 1
    assert f1.baseline == pytest.approx(1.5 / 4)
    assert em.difference.low < 0 < em.difference.high


def test_questions_that_one_run_lacks_are_shown_and_count_nowhere() -> None:
    sample = run(record("b"), record("z", "Rome"), data_hash="of fewer questions", questions=2)
    comparison = compare(run(record("a"), record("b"), record("c")), sample, SCORED)
    assert (comparison.n, comparison.only_run, comparison.only_baseline) == (1, ["a", "c"], ["z"])
    assert comparison.differences["em"].difference == Estimate(0, 0, 0, 1)


def test_failed_questions_count_as_wrong_but_cost_nothing_known() -> None:
    failed = Record(Question("a", "?", ["Paris"]), None, error="boom")
    differences = compare(run(failed, record("b")), run(record("a"), record("b")), SCORED).differences
    assert (differences["em"].run, differences["em"].baseline, differences["em"].lost) == (0.5, 1, ["a"])
    assert differences["seconds"].difference.n == 1


def test_metrics_that_apply_to_no_question_are_left_out() -> None:
    one = run(record("a"))
    assert list(compare(one, one, {"mrr": METRICS["mrr"], "em": METRICS["em"]}).differences) == ["em"]


def test_less_is_better_where_it_is() -> None:
    fast, slow = run(record("a", seconds=0.2)), run(record("a", seconds=0.9))
    seconds = compare(fast, slow, SCORED).differences["seconds"]
    assert (seconds.won, seconds.lost, seconds.worse) == (["a"], [], False)
    assert compare(slow, fast, SCORED).differences["seconds"].worse


def test_p_values_are_corrected_for_the_number_of_metrics() -> None:
    right = np.arange(40) < 30
    differences = compare(answered(right), answered(~right), SCORED).differences
    em, f1, seconds = (differences[name] for name in SCORED)
    assert f1.p < em.p < 0.01
    assert [f1.p_holm, em.p_holm, seconds.p_holm] == pytest.approx([3 * f1.p, 2 * em.p, 1])


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            run(record("a"), setting="gold", graph="other.py"),
            "'corpus' cannot be compared with one of other.py with 'gold'",
        ),
        (run(Record(Question("a", "Who?", ["Paris"]), None)), "was asked a different question by the id 'a'"),
        (run(Record(Question("a", "?", ["Rome"]), None)), "a different question by the id 'a', or the gold has changed"),
    ],
)
def test_runs_over_different_data_are_not_compared(other: Run, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        compare(run(record("a")), other)


def test_runs_without_a_common_question_are_not_compared() -> None:
    with pytest.raises(EvaluationError, match=r"these questions and those of the run of b.py have no question in common"):
        compare(run(record("a")), run(record("b"), graph="b.py"))


def test_equal_graphs_with_fresh_seeds_differ_by_chance_in_about_one_of_twenty_comparisons() -> None:
    rng = np.random.default_rng(11)
    chances = rng.beta(0.8, 0.8, 200)
    metrics = {"em": METRICS["em"], "f1": METRICS["f1"]}
    ps = []
    for seed in range(200):
        one, other = (answered(rng.random(200) < chances, seed=2 * seed + copy) for copy in (0, 1))
        differences = compare(one, other, metrics, seed=seed, samples=2000).differences
        ps.append([differences[name].p for name in metrics])
    em, f1 = (np.array(ps) > 0.05).mean(axis=0)
    assert 0.90 <= em <= 0.99
    assert 0.90 <= f1 <= 0.99


def test_three_points_more_are_found_in_most_comparisons_of_a_thousand_questions() -> None:
    rng = np.random.default_rng(12)
    found = 0
    for seed in range(50):
        before, change = rng.random(1000) < 0.5, rng.random(1000)
        after = np.where(before, change >= 0.08, change < 0.14)
        em = compare(answered(after), answered(before), {"em": METRICS["em"]}, seed=seed, samples=2000).differences["em"]
        found += em.p < 0.05 and em.difference.mean > 0
    assert found >= 35


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("f1>=0.6", Gate("f1", ">=", 0.6)),
        (" recall@5 > .9 ", Gate("recall@5", ">", 0.9)),
        ("seconds_p95<=2", Gate("seconds_p95", "<=", 2)),
        ("s@0.75>=-0.5", Gate("s@0.75", ">=", -0.5)),
        ("ece<0.1", Gate("ece", "<", 0.1)),
    ],
)
def test_gates_are_read_as_they_are_typed(text: str, gate: Gate) -> None:
    assert parse_gate(text) == gate


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("f1", r"^the gate 'f1' is not a metric, one of >= <= > <, and a number, as in 'f1>=0.6'$"),
        ("f1>=good", "the gate 'f1>=good' is not a metric"),
        ("f1=0.6", "the gate 'f1=0.6' is not a metric"),
        ("f2>=0.6", "there is no metric 'f2'; there are em, f1, "),
    ],
)
def test_a_gate_that_cannot_be_read_says_why(text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        parse_gate(text)


def test_gates_that_are_not_passed_are_told() -> None:
    summary = {"f1": Estimate(0.52, 0.49, 0.551, 900), "seconds": Estimate(0.8, 0.7, 0.9, 900)}
    gates = [parse_gate(text) for text in ("f1>=0.52", "f1>=0.6", "seconds<1", "mrr>0")]
    assert failed_gates(summary, gates) == [
        "f1>=0.6 is not passed: f1 is 0.52 (0.49 to 0.551, n=900)",
        "mrr>0 is not passed: mrr applies to no question of the run",
    ]


@pytest.mark.parametrize(
    ("better", "low", "high", "worse"),
    [
        ("higher", -0.05, -0.01, True),
        ("higher", -0.05, 0.01, False),
        ("higher", 0.01, 0.05, False),
        ("lower", 0.01, 0.05, True),
        ("lower", -0.05, -0.01, False),
        ("neither", -0.05, -0.01, False),
        ("neither", 0.01, 0.05, False),
    ],
)
def test_worse_is_when_the_whole_interval_is_on_the_bad_side(better: Any, low: float, high: float, worse: bool) -> None:
    assert Difference("f1", better, 0, 0, Estimate((low + high) / 2, low, high, 9), 1, 1, 0, [], []).worse == worse


def test_what_became_worse_is_told() -> None:
    right = np.arange(40) < 36
    comparison = compare(answered(~right), answered(right), SCORED)
    em, f1 = no_worse_than(comparison)
    assert em.startswith("em is worse by 0.8 (0.9 before, 0.1 now; 95% interval of the difference -")
    assert f1.startswith("f1 is worse by ")
    assert no_worse_than(comparison, ["seconds"]) == []
    assert no_worse_than(compare(answered(right), answered(~right), SCORED)) == []
