"""What the page draws, in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic_rag.evaluation.records import Header, Question, Record
from agentic_rag.evaluation.report.curves import STAGES, funnel, lost, reliability, risk_coverage, share
from agentic_rag.evaluation.report.view import RunView

HEADER = Header("s", "", "d", 0, "g.py", "h", "c", {}, {}, 0, "0", "m", "k")


def run_of(answers: Sequence[tuple[float | None, float | None]]) -> RunView:
    """A run of (confidence, em); no confidence is an abstention."""
    records, scores = [], {}
    for number, (confidence, em) in enumerate(answers):
        result = {"answer": "a", "abstained": confidence is None, "confidence": confidence or 0.0, "seconds": 1.0}
        records.append(Record(Question(str(number), "?"), result))
        scores[str(number)] = {"em": em}
    return RunView(HEADER, records, scores, {})


def test_a_share_has_wilsons_interval() -> None:
    assert share(8, 10) == pytest.approx((0.8, 0.4902, 0.9433, 10), abs=1e-4)
    assert share(0, 10) == pytest.approx((0.0, 0.0, 0.2775, 10), abs=1e-4)
    assert share(0, 0).n == 0


def test_a_confidence_on_an_edge_belongs_to_the_bin_below() -> None:
    bins = reliability(run_of([(0.7, 1), (0.71, 0), (0.0, 0), (1.0, 1)]))
    assert [(part.low, part.high, part.accuracy.n) for part in bins] == [
        (0.0, 0.1, 1),
        (0.6, 0.7, 1),
        (0.7, 0.8, 1),
        (0.9, 1.0, 1),
    ]


def test_only_answers_that_can_be_judged_are_in_a_bin() -> None:
    bins = reliability(run_of([(0.9, 1), (0.9, 1), (0.9, 0), (0.5, 0), (None, 1), (0.5, None)]))
    assert [(part.confidence, part.accuracy.n) for part in bins] == [(0.5, 1), (pytest.approx(0.9), 3)]
    assert bins[1].accuracy.mean == pytest.approx(2 / 3)


def test_risk_goes_from_the_surest_answer_to_all_that_were_given() -> None:
    points = risk_coverage(run_of([(0.9, 1), (0.8, 0), (0.8, 1), (None, 0), (0.5, 0)]))
    assert [(point.confidence, point.coverage, point.risk.mean) for point in points] == [
        (0.9, 0.2, 0.0),
        (0.8, 0.6, pytest.approx(1 / 3)),
        (0.5, 0.8, 0.5),
    ]


@given(st.lists(st.tuples(st.none() | st.floats(0, 1), st.sampled_from([0.0, 1.0, None])), max_size=400))
def test_curves_hold_for_any_run(answers: list[tuple[float | None, float | None]]) -> None:
    bins, points = reliability(run_of(answers)), risk_coverage(run_of(answers))
    judged = [em for confidence, em in answers if confidence is not None and em is not None]
    assert sum(part.accuracy.n for part in bins) == len(judged)
    assert [point.coverage for point in points] == sorted({point.coverage for point in points})
    assert len(points) <= 200
    if judged:
        assert points[-1].risk.n == len(judged)
        assert points[-1].risk.mean == pytest.approx(1 - sum(judged) / len(judged))


def test_the_funnel_counts_gold_passages_and_questions() -> None:
    two = Question("two", "?", gold=["a", "b"])
    one = Question("one", "?", gold=["c"])
    stages = {"retrieved": ["a", "b", "x"], "graded": ["a", "b"], "read": ["a"], "cited": ["a"]}
    records = [Record(two, {"abstained": False}, stages), Record(one, {"abstained": False}, {"retrieved": ["c"]})]
    records += [Record(Question("none", "?"), None), Record(Question("no", "?", gold=["a"], answerable=False), None)]
    found = funnel(RunView(HEADER, records, {"two": {"em": 1.0}, "one": {"em": 0.0}}, {}))
    assert [stage.name for stage in found] == ["retrieved", "graded", "read", "cited", "answered"]
    assert [stage.passages and (round(stage.passages.mean, 3), stage.passages.n) for stage in found] == [
        (1.0, 3),
        (0.667, 3),
        (0.333, 3),
        (0.333, 3),
        None,
    ]
    assert [(stage.questions.mean, stage.questions.n) for stage in found] == [(1, 2), (0.5, 2), (0, 2), (0, 2), (0.5, 2)]
    assert all(stage.questions.low <= stage.questions.mean <= stage.questions.high for stage in found)


def test_no_gold_no_funnel() -> None:
    assert funnel(run_of([(0.5, 1)])) == []


@pytest.mark.parametrize(
    ("reached", "stage"),
    [([], "retrieved"), (STAGES[:1], "graded"), (STAGES[:2], "read"), (STAGES[:3], "cited"), (STAGES, ""), (["read"], "cited")],
)
def test_a_question_is_lost_where_its_first_gold_passage_is(reached: list[str], stage: str) -> None:
    record = Record(Question("q", "?", gold=["a", "b"]), {}, {name: ["a", "b"] if name in reached else ["a"] for name in STAGES})
    assert lost(record) == stage
    assert lost(Record(Question("q", "?"), {})) == ""
    assert lost(Record(Question("q", "?", gold=["a"], answerable=False), {})) == ""
