from __future__ import annotations

from typing import Any

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, R, nDCG

from agentic_rag.evaluation.errors import EvaluationError
from agentic_rag.evaluation.metrics import ALL, METRICS, RUN_METRICS, named, normalised
from agentic_rag.evaluation.records import Question, Record


def record(
    answer: str | None = None, *, stages: dict[str, list[str]] | None = None, failed: bool = False, **given: Any
) -> Record:
    """A record with the few fields of a result that metrics read; `given` are fields of the question or of the result."""
    asked = {key: given.pop(key) for key in ("answers", "answerable", "gold", "id") if key in given}
    question = Question(**{"id": "q", "question": "?", **asked})
    if failed:
        return Record(question, None, stages or {}, error="TimeoutError: too slow")
    result = {
        "answer": answer,
        "abstained": answer is None,
        "confidence": given.get("confidence", 0.9),
        "citations": [{"passage_id": name} for name in given.get("cited", [])],
        "claims": [{"support": support} for support in given.get("supports", [])],
        "route": given.get("route"),
        "budget": {"spent": {"calls": 3, "tokens": 120, "rounds": 2, "seconds": 0.25}},
        "seconds": 0.25,
    }
    return Record(question, result, stages or {})


def score(name: str, *given: Any, **more: Any) -> float | None:
    return METRICS[name](record(*given, **more))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The Eiffel Tower", "eiffel tower"),
        ("  an\tapple \n a day ", "apple day"),
        ("there, another", "there another"),
        ("U.S.A.", "usa"),
        ("A.N. Other", "other"),
        ("re-entry", "reentry"),
        ("the-man", "theman"),
        ("don't", "dont"),
        ("1,000.50", "100050"),
        ("“Quoted” – dashed", "“quoted” – dashed"),
        ("ﬁve ½", "ﬁve ½"),
        ("CAFÉ\u00a0Zoë", "café zoë"),
        ("théa the á", "théa á"),
        ("The The", ""),
        ("...", ""),
    ],
)
def test_text_is_normalised_as_in_the_squad_script(text: str, normal: str) -> None:
    assert normalised(text) == normal


@pytest.mark.parametrize(
    ("answer", "golds", "em", "f1"),
    [
        ("the Eiffel Tower", ["Eiffel Tower"], 1, 1),
        ("Eiffel Tower!", ["An Eiffel tower"], 1, 1),
        ("Eiffel", ["the Eiffel Tower"], 0, 2 / 3),
        ("tower of Eiffel", ["Eiffel Tower"], 0, 4 / 5),
        ("New York New York", ["New York"], 0, 2 / 3),
        ("York", ["New York", "York, England", "Paris"], 0, 2 / 3),
        ("York", ["New York", "the York"], 1, 1),
        ("Paris", ["London"], 0, 0),
        ("well-known", ["well known"], 0, 0),
        ("well-known", ["wellknown"], 1, 1),
        ("11,840", ["11840"], 1, 1),
        ("11 840", ["11840"], 0, 0),
        ("3.5", ["35"], 1, 1),
        ("ten", ["10"], 0, 0),
        ("Zoë", ["Zoe"], 0, 0),
        ("Zoe\u0308", ["Zoë"], 0, 0),
        ("“Emma”", ["Emma"], 0, 0),
        ('"Emma"', ["Emma"], 1, 1),
        ("1914–1918", ["1914-1918"], 0, 0),
        ("Yes.", ["yes"], 1, 1),
        ("yes", ["no"], 0, 0),
        ("yes, it was", ["yes"], 0, 0),
        ("no", ["no one", "nobody"], 0, 0),
        ("noanswer", ["noanswer given"], 0, 0),
        ("no", ["yes", "no"], 1, 1),
        ("no one", ["no man"], 0, 1 / 2),
        ("The The", ["The The"], 1, 1),
        ("the", ["The", "Theo"], 0, 0),
        ("a", ["...", "?!"], 1, 1),
        ("word", ["..."], 0, 0),
        (None, ["Paris"], 0, 0),
        (None, ["The The"], 0, 0),
    ],
)
def test_answers_score_as_in_the_squad_and_hotpot_scripts(answer: str | None, golds: list[str], em: float, f1: float) -> None:
    assert score("em", answer, answers=golds) == em
    assert score("f1", answer, answers=golds) == pytest.approx(f1)


@pytest.mark.parametrize(("answer", "failed", "right"), [(None, False, 1), ("Paris", False, 0), (None, True, 0)])
@pytest.mark.parametrize("name", ["em", "f1"])
def test_the_unanswerable_is_right_exactly_if_the_run_abstained(
    name: str, answer: str | None, failed: bool, right: float
) -> None:
    assert score(name, answer, failed=failed, answers=[], answerable=False) == right


def test_without_answers_no_answer_is_judged() -> None:
    judging = ["em", "f1", "selective_accuracy", "s@0", "s@0.5", "s@0.75", "s@0.9"]
    assert [score(name, "Paris", answers=[]) for name in judging] == [None] * 7
    assert score("coverage", "Paris", answers=[]) == 1


CASES: list[dict[str, Any]] = [
    {"answer": "Paris", "answers": ["Paris"]},
    {"answer": "Rome", "answers": ["Paris"]},
    {"answer": None, "answers": ["Paris"]},
    {"failed": True, "answers": ["Paris"]},
    {"answer": "Paris", "answerable": False},
    {"answer": None, "answerable": False},
]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("coverage", [1, 1, 0, 0, 1, 0]),
        ("selective_accuracy", [1, 0, None, 0, 0, None]),
        ("s@0", [1, 0, 0, 0, 0, 0]),
        ("s@0.5", [1, -1, 0, -1, -1, 0]),
        ("s@0.75", [1, -3, 0, -3, -3, 0]),
        ("s@0.9", [1, -9, 0, -9, -9, 0]),
        ("failed", [0, 0, 0, 1, 0, 0]),
    ],
)
def test_not_knowing_is_better_than_being_wrong_but_failing_is_not(name: str, values: list[float | None]) -> None:
    assert [score(name, **case) for case in CASES] == values


def test_a_failed_question_is_wrong_wherever_quality_is_judged_and_costs_nothing_known() -> None:
    broken = record(failed=True, answers=["Paris"], gold=["p"], stages={"retrieved": ["p"]})
    values = {name: metric(broken) for name, metric in METRICS.items()}
    unknown = ["complex", "escalated", "rounds", "calls", "tokens", "seconds"]
    assert [name for name, value in values.items() if value is None] == unknown
    assert {name for name, value in values.items() if value} == {"s@0.5", "s@0.75", "s@0.9", "failed"}


@pytest.mark.parametrize(
    ("retrieved", "gold", "expected"),
    [
        (["a", "b", "c"], ["a"], [1, 1, 1, 1]),
        (["x", "a"], ["a"], [1, 1, 0.6309, 0.5]),
        (["a", "x", "b"], ["a", "b"], [1, 1, 0.9197, 1]),
        (["a", "a", "b"], ["a", "b"], [1, 1, 1, 1]),
        (["x", "a", "y", "z", "w", "b"], ["a", "b"], [0.5, 0, 0.6053, 0.5]),
        (["x", "y"], ["a"], [0, 0, 0, 0]),
        ([], ["a"], [0, 0, 0, 0]),
        (["a"], [], [None, None, None, None]),
    ],
)
def test_retrieval_is_judged_by_the_gold(retrieved: list[str], gold: list[str], expected: list[float | None]) -> None:
    names = ("recall@5", "all_gold@5", "ndcg@10", "mrr")
    found = [score(name, gold=gold, stages={"retrieved": retrieved}) for name in names]
    assert [value if value is None else round(value, 4) for value in found] == expected


def test_rank_metrics_agree_with_ir_measures() -> None:
    rng = np.random.default_rng(0)
    names = [f"d{n}" for n in range(40)]
    asked = [
        record(
            id=f"q{n}",
            gold=rng.choice(names, rng.integers(1, 14), replace=False).tolist(),
            stages={"retrieved": rng.permutation(names)[: rng.integers(1, 40)].tolist()},
        )
        for n in range(60)
    ]
    qrels = {one.question.id: dict.fromkeys(one.question.gold, 1) for one in asked}
    runs = {one.question.id: {name: -float(at) for at, name in enumerate(one.stages["retrieved"])} for one in asked}
    measures = {R @ 5: "recall@5", R @ 10: "recall@10", R @ 20: "recall@20", nDCG @ 10: "ndcg@10", RR: "mrr"}
    theirs = {(one.query_id, measures[one.measure]): one.value for one in ir_measures.iter_calc(list(measures), qrels, runs)}
    ours = {(one.question.id, name): METRICS[name](one) for one in asked for name in measures.values()}
    assert ours == pytest.approx(theirs, abs=1e-4)


@pytest.mark.parametrize(
    ("cited", "gold", "precision", "recall"),
    [
        (["a", "b"], ["a", "b"], 1, 1),
        (["a", "x", "a"], ["a", "b"], 0.5, 0.5),
        (["x"], ["a"], 0, 0),
        ([], ["a"], None, 0),
        (["a"], [], None, None),
    ],
)
def test_citations_are_judged_by_the_gold(cited: list[str], gold: list[str], precision: float, recall: float) -> None:
    assert score("citation_precision", "Paris", gold=gold, cited=cited) == precision
    assert score("citation_recall", "Paris", gold=gold, cited=cited) == recall


@pytest.mark.parametrize(
    ("supports", "share"), [([0.9, 0.5], 1), ([0.9, 0.49], 0.5), ([None, 0.0, 1.0, 0.7], 0.5), ([None], 0), ([], 0)]
)
def test_a_claim_is_supported_from_one_half_and_only_if_it_was_verified(supports: list[float | None], share: float) -> None:
    assert score("supported", "Paris", supports=supports) == share


def test_claims_of_an_answer_that_was_withheld_do_not_count() -> None:
    assert score("supported", None, supports=[0.1]) is None


@pytest.mark.parametrize(
    ("route", "complex_share", "escalated"),
    [
        ({"label": "simple", "escalated": False}, 0, 0),
        ({"label": "complex", "escalated": False}, 1, 0),
        ({"label": "complex", "escalated": True}, 1, 1),
        (None, None, None),
    ],
)
def test_routes_are_counted(route: dict[str, Any] | None, complex_share: float | None, escalated: float | None) -> None:
    assert score("complex", route=route) == complex_share
    assert score("escalated", route=route) == escalated


def test_costs_come_from_what_was_spent() -> None:
    assert [score(name) for name in ("rounds", "calls", "tokens", "seconds")] == [2, 3, 120, 0.25]


SURE = [
    record("Paris", answers=["Paris"], confidence=0.9),
    record("Rome", answers=["Paris"], confidence=0.9),
    record("Paris", answers=["Paris"], confidence=0.3),
    record("Rome", answers=["Paris"], confidence=0.25),
    record(None, answers=["Paris"], confidence=0.4),
    record("Rome", answers=[], confidence=1.0),
]


def test_confidence_is_held_against_being_right_in_ten_bins() -> None:
    rows = np.array([RUN_METRICS["ece"].row(one) for one in SURE[:4]])
    assert RUN_METRICS["ece"].of(rows) == pytest.approx(0.5 * 0.225 + 0.5 * 0.4)


def test_the_risk_is_averaged_over_every_coverage() -> None:
    rows = np.array([RUN_METRICS["aurc"].row(one) for one in SURE[:4]])
    assert RUN_METRICS["aurc"].of(rows) == pytest.approx((0.5 + 0.5 + 1 / 3 + 0.5) / 4)


def test_metrics_are_found_by_name_and_an_unknown_one_names_those_that_exist() -> None:
    assert list(named(["f1", "ece"])) == ["f1", "ece"]
    with pytest.raises(EvaluationError, match=r"^there is no metric 'f2'; there are em, f1, recall@5, .*seconds_p95$"):
        named(["em", "f2"])
    assert list(ALL) == [*METRICS, *RUN_METRICS]
