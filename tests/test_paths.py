"""Subagents that follow what they find: the second half of a chain shares no word with the question."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from agentic_rag.budget import Meter
from agentic_rag.graph import ask, build_graph
from agentic_rag.interfaces import Roles
from agentic_rag.joins import Join
from agentic_rag.paths import FollowUp, lacking, named, naming, telling
from agentic_rag.state import Task
from agentic_rag.subagent import Subagent, merged
from agentic_rag.testing import Listed, Scripted, quoting
from agentic_rag.types import Budget, Complexity, Finding, Hit, Passage, Plan, Reading, SubQuestion

QUESTION = "In which town was the designer of Saltgate Bridge born?"
BRIDGE = Passage("bridge", "The designer was Maren Tolquist.", "Saltgate Bridge")
TOWER = Passage("tower", "Its designer, Oda Fenn, also built bridges.", "Saltgate Tower")
TOLQUIST = Passage("tolquist", "She grew up in Ashmarrow.", "Maren Tolquist")
FENN = Passage("fenn", "He grew up in Port Ell.", "Oda Fenn")
EVERYTHING = [BRIDGE, TOWER, TOLQUIST, FENN]
GRADES = {"bridge": 0.8, "tower": 0.6, "tolquist": 0.1, "fenn": 0.1}


class Titled:
    """Finds the passages whose title stands in the query."""

    def search(self, query: str, k: int) -> list[Hit]:
        found = [passage for passage in EVERYTHING if passage.title in query]
        return [Hit(passage, rank, 1.0, "titled") for rank, passage in enumerate(found[:k], 1)]


class Stuck(Titled):
    """Hangs on what follows the tower until it is released."""

    def __init__(self, released: threading.Event) -> None:
        self.released, self.begun = released, threading.Event()

    def search(self, query: str, k: int) -> list[Hit]:
        if "Oda Fenn" in query:
            self.begun.set()
            self.released.wait(20)
        self.begun.wait(20)
        return super().search(query, k)


class Grades:
    """Knows how good each passage is alone, and that beside the bridge its designer is right; `pairs` are what it was shown."""

    model = "grades"

    def __init__(self) -> None:
        self.pairs: list[tuple[str, list[str]]] = []

    def __call__(self, _question: str, passages: Sequence[Passage]) -> list[float]:
        return [GRADES[passage.id] for passage in passages]

    def beside(self, _question: str, leading: Passage, passages: Sequence[Passage]) -> list[float]:
        self.pairs.append((leading.id, [passage.id for passage in passages]))
        return [0.9 if (leading.id, passage.id) == ("bridge", "tolquist") else 0.2 for passage in passages]


def subagent(grader: Any = None, reader: Any = None, **options: Any) -> Subagent:
    follow = {"follow_ups": [FollowUp(Titled(), named)], "paths": 2} | options
    return Subagent("chains", "chains", Listed([BRIDGE, TOWER]), grader or Grades(), reader or quoting("Ashmarrow"), **follow)


def found(by: Subagent, budget: Budget | None = None) -> tuple[Finding, Meter]:
    meter = Meter(budget or Budget())
    task = Task(question=QUESTION, type="bridge", sub_question=SubQuestion(1, QUESTION, "chains"), budget=meter.budget, round=1)
    return by(task, meter), meter


def test_a_passage_that_shares_no_word_with_the_question_is_found_by_following_one_that_does() -> None:
    finding, _ = found(subagent())
    assert finding.reading.answer == "Ashmarrow"
    assert [hit.passage.id for hit in finding.hits] == ["bridge", "tolquist", "tower", "fenn"]


def test_every_hit_says_what_led_to_it_and_how_good_the_whole_chain_is() -> None:
    finding, _ = found(subagent())
    assert {hit.passage.id: (hit.via, hit.grade) for hit in finding.hits} == {
        "bridge": ("", 0.8),
        "tolquist": ("bridge", pytest.approx(0.72)),
        "tower": ("", 0.6),
        "fenn": ("tower", pytest.approx(0.12)),
    }


def test_each_path_sees_one_passage_and_not_what_the_others_found() -> None:
    grader = Grades()
    found(subagent(grader))
    assert sorted(grader.pairs) == [("bridge", ["tolquist"]), ("tower", ["fenn"])]


def test_one_path_follows_the_best_passage_only() -> None:
    grader = Grades()
    finding, _ = found(subagent(grader, paths=1))
    assert grader.pairs == [("bridge", ["tolquist"])]
    assert "fenn" not in {hit.passage.id for hit in finding.hits}


def test_a_reading_that_is_good_enough_ends_the_search() -> None:
    grader = Grades()
    finding, _ = found(subagent(grader, quoting("Maren Tolquist")))
    assert (finding.reading.answer, grader.pairs) == ("Maren Tolquist", [])


def test_a_passage_that_an_answer_cites_is_kept_however_many_better_ones_come_later() -> None:
    told = found(subagent(reader=quoting("Oda Fenn"), k=2, keep=2, enough=0.95))[0]
    assert [citation.passage_id for citation in told.reading.citations] == ["tower"]
    assert [hit.passage.id for hit in told.hits] == ["bridge", "tolquist", "tower"]


def test_what_was_followed_once_is_not_followed_again() -> None:
    grader = Grades()
    found(subagent(grader, quoting("nothing"), rounds=4, paths=1))
    assert [leading for leading, _ in grader.pairs] == ["bridge", "tolquist", "tower", "fenn"][: len(grader.pairs)]


def test_a_path_that_hangs_is_left_behind_and_the_others_count() -> None:
    released = threading.Event()
    grader = Grades()
    finding, meter = found(subagent(grader, follow_ups=[FollowUp(Stuck(released), named)], join=Join(quorum=1)))
    released.set()
    for path in [thread for thread in threading.enumerate() if thread.name == "agentic-rag-path"]:
        path.join()
    assert finding.reading.answer == "Ashmarrow"
    assert meter.remarks == ["1 of 2 paths were not waited for"]
    assert grader.pairs == [("bridge", ["tolquist"])]
    assert [usage.calls for usage in meter.usage if usage.model == "Stuck"] == [2]


def test_a_path_that_hangs_leaves_time_to_read_what_the_others_found() -> None:
    released = threading.Event()
    finding, _ = found(subagent(follow_ups=[FollowUp(Stuck(released), named)]), Budget(seconds=1.5))
    released.set()
    assert (finding.reading.answer, finding.status) == ("Ashmarrow", "answered")


def test_a_path_whose_time_is_up_hands_over_what_it_found() -> None:
    released = threading.Event()

    class Hanging(Grades):
        def beside(self, *_: object) -> list[float]:
            released.wait(20)
            return []

    finding, meter = found(subagent(Hanging(), paths=1), Budget(seconds=3))
    released.set()
    assert [hit.passage.id for hit in finding.hits] == ["bridge", "tower", "tolquist"]
    assert (finding.status, meter.remarks, meter.exhausted) == ("answered", [], [])
    assert "grader timed out" in meter.notes[0]


def test_two_paths_use_all_the_calls_but_the_readers() -> None:
    grader = Grades()
    finding, meter = found(subagent(grader, enough=None), Budget(calls=4))
    assert (len(grader.pairs), meter.calls, meter.exhausted, finding.status) == (2, 4, [], "answered")


def test_a_reader_that_is_sure_of_nothing_does_not_hide_a_later_answer() -> None:
    def reader(question: str, passages: Sequence[Passage]) -> Reading:
        later = quoting("Ashmarrow", 0.4)(question, passages)
        return later if later.answer else Reading(None, 0.9)

    assert found(subagent(reader=Scripted(reader)))[0].reading.answer == "Ashmarrow"


def test_a_follow_up_that_cannot_be_asked_costs_nothing_but_itself() -> None:
    def broken(_question: str, passage: Passage) -> str:
        return {"bridge": passage.text}[passage.id]

    finding, meter = found(subagent(follow_ups=[FollowUp(Titled(), broken)]))
    assert (finding.reading.answer, meter.notes) == ("Ashmarrow", ["the path from 'tower' has no query: KeyError: 'tower'"])


def test_paths_share_the_budget_of_their_subagent() -> None:
    for calls in range(12):
        _, meter = found(subagent(), Budget(calls=calls))
        assert meter.calls <= calls


def test_a_grader_that_knows_nothing_of_pairs_is_told_the_passage_that_leads() -> None:
    grader = Scripted(lambda _question, passages: [GRADES[passage.id] for passage in passages])
    found(subagent(grader, quoting("nothing"), paths=1))
    assert grader.calls[1][0] == f"{QUESTION} (Known: Saltgate Bridge. The designer was Maren Tolquist.)"


def test_a_grader_that_fails_on_pairs_leaves_what_was_found_behind_the_rest() -> None:
    class Failing(Grades):
        def beside(self, *_: object) -> list[float]:
            raise ConnectionError("no grader today")

    finding, meter = found(subagent(Failing(), paths=1))
    assert [hit.passage.id for hit in finding.hits] == ["bridge", "tower", "tolquist"]
    assert meter.notes == ["grader failed: ConnectionError: no grader today"]


def test_a_passage_found_twice_keeps_its_better_grade() -> None:
    weak, strong = (Hit(TOLQUIST, 1, 1.0, "titled", grade, via) for grade, via in ((0.2, "tower"), (0.7, "bridge")))
    assert merged([weak], [strong]) == merged([strong], [weak]) == [strong]
    assert merged([replace(weak, grade=None)], [weak]) == [weak]


@pytest.mark.parametrize(
    ("ask_for", "query"),
    [
        (naming, f"{QUESTION} Saltgate Bridge"),
        (telling, f"{QUESTION} Saltgate Bridge. The designer was Maren Tolquist."),
        (lacking, "The designer was Maren Tolquist. town born"),
        (named, "The designer was Maren Tolquist."),
    ],
)
def test_what_a_follow_up_asks(ask_for: Any, query: str) -> None:
    assert ask_for(QUESTION, BRIDGE) == query


def test_the_question_itself_is_asked_beside_its_plan_and_saves_a_plan_that_leads_nowhere() -> None:
    wrong = Plan([SubQuestion(1, "Who likes pie?", "chains")], "last")
    roles = Roles(Scripted(Complexity(0.9)), Scripted(wrong), Grades(), quoting("Ashmarrow"), Scripted(0.9))
    result = ask(build_graph(roles, Listed([BRIDGE]), [subagent()], whole="chains"), QUESTION)
    assert result.answer == "Ashmarrow"
    assert [(line.text, line.status) for line in result.sub_questions] == [(QUESTION, "answered"), ("Who likes pie?", "empty")]
