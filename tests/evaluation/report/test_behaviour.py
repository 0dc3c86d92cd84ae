"""How often the planner did what, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from agentic_rag.evaluation.records import Record
from agentic_rag.evaluation.report.behaviour import Variety, entropy, frequencies, sequence, shape, variety
from agentic_rag.evaluation.report.view import RunView

SIMPLE = "simple → retrieve → read → answer"


def went(run: RunView, sequences: Sequence[Sequence[str]]) -> RunView:
    """The first record of a run once for each sequence of events."""
    return replace(run, records=[replace(run.records[0], events=list(events)) for events in sequences])


@pytest.mark.parametrize(
    ("lines", "combine", "expected"),
    [
        ([], "read", ""),
        ([("Who?", "words")], "read", "words, read"),
        ([("Who?", "words"), ("When was #1?", "hybrid")], "last", "words → hybrid, last"),
        ([("A?", "words"), ("B?", "hybrid"), ("#1 or #2?", "words")], "higher", "hybrid + words → words, higher"),
    ],
)
def test_the_shape_of_a_plan(lines: list[tuple[str, str]], combine: str, expected: str) -> None:
    subs = [{"id": at, "text": text, "subagent": subagent, "about": ""} for at, (text, subagent) in enumerate(lines, 1)]
    assert shape({"sub_questions": subs, "combine": combine, "notes": []} if subs else {}) == expected


def test_plans_are_counted_with_how_they_ended(runs: list[RunView]) -> None:
    [(name, [none, ended])] = frequencies(runs, lambda record: shape(record.plan)).items()
    assert (name, none) == ("words → hybrid, last", None)
    assert (ended.n, ended.right.mean, ended.right.n, ended.seconds) == (1, 0.0, 1, 0.5)


def test_sequences_are_counted_with_how_they_ended(runs: list[RunView]) -> None:
    found = frequencies(runs[1:], sequence)
    assert list(found) == [SIMPLE, "complex → plan last 2 → wave timed_out → wave answered → chain → answer"]
    [ended] = found[SIMPLE]
    assert (ended.n, ended.seconds, ended.right) == (3, 0.5, pytest.approx((0.6667, 0.2077, 0.9385, 3), abs=1e-4))


def test_the_twelve_most_frequent_stand_alone_and_the_others_together(runs: list[RunView]) -> None:
    often = [["simple"]] * 2 + [["complex", f"plan last {n}"] for n in range(10, 24)]
    found = frequencies([went(runs[0], often), went(runs[1], [["complex", "plan last 23"]])], sequence)
    assert list(found) == ["complex → plan last 23", "simple", *(f"complex → plan last {n}" for n in range(10, 20)), "others"]
    assert [[ended and ended.n for ended in found[name]] for name in ("complex → plan last 23", "simple", "others")] == [
        [1, 1],
        [2, None],
        [3, None],
    ]


def test_questions_that_all_failed_took_no_known_time(runs: list[RunView]) -> None:
    failed = replace(runs[0], records=[Record(runs[0].records[0].question, None, events=["failed"])])
    [[ended]] = frequencies([failed], sequence).values()
    assert str(ended.seconds) == "nan"


@pytest.mark.parametrize(
    ("counts", "bits"), [([], 0.0), ([7], 0.0), ([1, 1], 1.0), ([2, 1, 1], 1.5), ([1, 1, 1, 1], 2.0), ([3, 1], 0.811278)]
)
def test_the_entropy_of_counts(counts: list[int], bits: float) -> None:
    assert entropy(counts) == pytest.approx(bits)


def test_variety_is_that_of_the_questions_with_events(runs: list[RunView]) -> None:
    assert variety(runs[0]) == Variety(0, 0, 0.0)
    assert variety(runs[1]) == Variety(4, 2, pytest.approx(0.811278))
    assert variety(went(runs[0], [["simple"], ["simple"], ["complex"], ["failed"], []])) == Variety(4, 3, 1.5)
