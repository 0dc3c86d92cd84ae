from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agentic_rag.evaluation.controls import Control, controls
from agentic_rag.evaluation.errors import EvaluationError
from agentic_rag.evaluation.metrics import METRICS
from agentic_rag.evaluation.records import Header, Question, Record, Run

HEADER = Header("suite", "corpus", "d1", 4, "graph.py", "", "", {}, {}, 0, "", "", "")
QUESTIONS = ["short?", "the longest question of all?", "a bit longer?", "rather a long question?"]


def run(answers: str, calls: int, labels: str = "ssss", **header: Any) -> Run:
    """One question per letter: r is right, h half right, w wrong, f failed; labels are s, c or e for the routes."""
    said = {"r": "Paris", "h": "Paris France Europe", "w": "Rome"}
    records = []
    for at, (letter, label) in enumerate(zip(answers, labels, strict=True)):
        route = {"label": "simple" if label == "s" else "complex", "escalated": label == "e"}
        result = {"answer": said.get(letter), "abstained": False, "confidence": 0.8, "route": route, "seconds": calls / 10}
        result["budget"] = {"spent": {"calls": calls, "tokens": 0, "rounds": 0}}
        records.append(Record(Question(str(at), QUESTIONS[at % 4], ["Paris"]), None if letter == "f" else result))
    return Run(replace(HEADER, **header), records)


def table(rows: list[Control]) -> dict[str, tuple[float, ...]]:
    return {row.name: (row.share, *(round(estimate.mean, 4) for estimate in row.estimates.values())) for row in rows}


def test_every_routing_table_has_its_controls() -> None:
    rows = controls(run("rwhw", 2), run("wrrw", 10), run("rrhw", 6, "scse"), run("rrwh", 2))
    assert table(rows) == {
        "always simple": (0, 0.25, 0.375, 2, 0.2),
        "always complex": (1, 0.5, 0.5, 10, 1.0),
        "random at the same rate": (0.5, 0.375, 0.4375, 6, 0.6),
        "longest questions": (0.5, 0.5, 0.625, 6, 0.6),
        "adaptive": (0.5, 0.5, 0.625, 6, 0.6),
        "oracle": (0.5, 0.75, 0.75, 6, 0.6),
        "oracle of two simple runs": (0, 0.5, 0.75, 2, 0.2),
    }


def test_rows_have_intervals() -> None:
    rows = controls(run("rwhw", 2), run("wrrw", 10), run("rrhw", 6, "scse"))
    assert all(row.estimates["em"].low < row.estimates["em"].mean < row.estimates["em"].high for row in rows)
    assert {row.estimates["f1"].n for row in rows} == {4}


def test_without_a_second_simple_run_the_oracle_has_no_control() -> None:
    names = [row.name for row in controls(run("rwhw", 2), run("wrrw", 10), run("rrhw", 6))]
    assert names[-2:] == ["adaptive", "oracle"]


def test_an_oracle_between_equal_paths_gains_by_luck_alone() -> None:
    rng = np.random.default_rng(0)
    simple, complex_, again = (run("".join(rng.choice(["r", "w"], 1000)), 2, "s" * 1000) for _ in range(3))
    rows = table(controls(simple, complex_, simple, again))
    assert rows["oracle"][1] == pytest.approx(0.75, abs=0.05)
    assert rows["oracle of two simple runs"][1] == pytest.approx(0.75, abs=0.05)
    assert rows["always simple"][1] == pytest.approx(0.5, abs=0.05)


def test_failed_questions_are_wrong_on_the_path_that_was_chosen() -> None:
    rows = table(controls(run("ffrr", 2), run("rrff", 10), run("rrrr", 6, "ccss")))
    assert rows["always simple"] == (0, 0.5, 0.5, 2, 0.2)
    assert rows["oracle"] == (0.5, 1, 1, 6, 0.6)
    assert rows["random at the same rate"] == (0.5, 0.5, 0.5)


def test_only_questions_of_all_runs_count() -> None:
    shorter = Run(HEADER, run("rwhw", 2).records[:3])
    assert {row.estimates["em"].n for row in controls(shorter, run("wrrw", 10), run("rrhw", 6))} == {3}


def test_other_metrics_can_be_shown() -> None:
    metrics = {"s@0.5": METRICS["s@0.5"]}
    first = controls(run("rwhw", 2), run("wrrw", 10), run("rrhw", 6), metrics=metrics)[0]
    assert first.estimates["s@0.5"].mean == -0.5


def test_runs_over_other_data_are_refused() -> None:
    with pytest.raises(EvaluationError, match="give two with the same one"):
        controls(run("rwhw", 2), run("wrrw", 10, setting="gold"), run("rrhw", 6))
    with pytest.raises(EvaluationError, match="have no question in common"):
        controls(run("rwhw", 2), run("wrrw", 10), Run(HEADER, []))
