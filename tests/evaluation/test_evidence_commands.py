"""The commands behind the figures of evidence: every variant can be built, and takes away what it says."""

from __future__ import annotations

import runpy
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import record
from alone import asked, unread

from agentic_rag import adaptive
from agentic_rag.evaluation.records import Question, Record
from agentic_rag.graph import ask
from agentic_rag.interfaces import Roles
from agentic_rag.store import Store
from agentic_rag.testing import PASSAGES, Listed, Scripted, quoting
from agentic_rag.types import Complexity, Passage, Plan, SubQuestion

COMMANDS = Path(__file__).parents[2] / "eval"
EVIDENCE, ABLATIONS, ROBUSTNESS, FUSION, ESCALATION = (
    runpy.run_path(str(COMMANDS / f"{name}.py")) for name in ("evidence", "ablations", "robustness", "fusion", "escalation")
)
QUESTION = "When was the architect of Saltgate Bridge born?"
PLAN = Plan([SubQuestion(1, "Who designed Saltgate Bridge?", "hybrid"), SubQuestion(2, "When was #1 born?", "hybrid")], "last")


class Pairs:
    """A grader that grades pairs too."""

    model = "pairs"

    def __call__(self, _question: str, passages: list[Passage]) -> list[float]:
        return [0.5] * len(passages)

    def beside(self, _question: str, _leading: Passage, passages: list[Passage]) -> list[float]:
        return [0.5] * len(passages)


def roles() -> Roles:
    grader = Pairs()
    return Roles(Scripted(Complexity(0.9, "bridge")), Scripted(PLAN), grader, quoting("1748", 0.4), Scripted(0.9))


def names(retriever: Any) -> list[str]:
    return [one.name for one in getattr(retriever, "retrievers", [retriever])]


@pytest.mark.parametrize("variant", EVIDENCE["VARIANTS"])
def test_every_variant_answers(variant: str, store: Store) -> None:
    assert ask(EVIDENCE["graph"](variant, store, roles()), "When was Maren Tolquist born?", confidence=0.0).answer == "1748"


def test_suites_may_be_named_before_and_after_the_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[tuple[str, str]] = []
    monkeypatch.setattr(record, "record", lambda suite, options, _: named.append((suite, options.roles)))
    monkeypatch.setattr(record, "MiniLM", lambda: None)
    monkeypatch.setattr(record, "Remembering", lambda encoder: encoder)
    monkeypatch.chdir(tmp_path)
    for words in (["demo", "--roles", "mine:roles"], ["--roles", "mine:roles", "demo"]):
        monkeypatch.setattr(sys, "argv", ["record.py", "OUT", *words])
        record.main()
    assert named == [("demo", "mine:roles")] * 2


def test_a_variant_without_waves_asks_only_the_question_itself(store: Store) -> None:
    result = ask(EVIDENCE["graph"]("no_waves", store, roles()), QUESTION, confidence=0.0)
    assert [(line.text, line.subagent) for line in result.sub_questions] == [(QUESTION, "chains")]


def test_a_subagent_without_a_retriever_has_it_in_no_fusion_and_on_no_path(store: Store) -> None:
    chains = ABLATIONS["without"]("links")(adaptive.subagents(store, roles())[-1], store)
    assert names(chains.retriever) == ["bm25", "dense"]
    assert [names(one) for one in chains.by_type.values()] == [["bm25", "dense"]] * 3
    assert [list(one.weights) for one in chains.by_type.values()] == [list(w[:2]) for w in adaptive.WEIGHTS.values()]
    assert [one.retriever.name for one in chains.follow_ups] == ["bm25", "dense"]


@pytest.mark.parametrize("change", ABLATIONS["CHANGES"])
def test_every_ablation_finds_something(change: str, store: Store) -> None:
    question = Question("1", "How long is Saltgate Bridge?", gold=["saltgate"])
    subagent = ABLATIONS["CHANGES"][change](adaptive.subagents(store, roles())[-1], store)
    assert asked(replace(subagent, reader=unread), question, "bridge").all_gold == 1.0


def test_as_many_paths_are_misled_as_are_asked_for_and_no_more() -> None:
    question = Question("1", QUESTION, gold=["saltgate", "tolquist"])
    starts: list[str] = []

    class Watching:
        model = "watching"

        def __call__(self, _question: str, passages: list[Passage]) -> list[float]:
            return [0.5] * len(passages)

        def beside(self, _question: str, leading: Passage, passages: list[Passage]) -> list[float]:
            starts.append(leading.id)
            return [0.1] * len(passages)

    subagent = adaptive.Subagent("chains", "chains", Listed(), Watching(), unread, paths=2)
    wrong = Passage("wrong", "Nothing of it.", "Nowhere")
    misled = ROBUSTNESS["Misled"](wrong=[1], passages=[wrong], draw=Random(0))
    asked(replace(subagent, join=misled), question)
    assert len(starts) == 2
    assert starts.count("wrong") == 1


def test_weights_are_learned_from_what_each_retriever_finds() -> None:
    passages = [Passage(str(number), "A bridge.") for number in range(40)]
    right, wrong, other = (Listed(some).search("bridge", 20) for some in (passages[:5], passages[5:25], passages[20:]))
    asked = FUSION["Asked"]("hotpotqa", "bridge", {str(number) for number in range(5)}, [right, wrong, other])
    few = asked._replace(type="single")
    learned = FUSION["learned"]([*[asked] * 100, *[few] * 5])
    assert learned.keys() == {"bridge"}
    words, meaning, links = learned["bridge"]
    assert words > max(meaning, links)


def test_weights_that_make_no_difference_stay_equal() -> None:
    ranking = Listed(PASSAGES).search("bridge", 4)
    asked = FUSION["Asked"]("hotpotqa", "bridge", {ranking[0].passage.id}, [ranking] * 3)
    assert FUSION["learned"]([asked] * 100) == {"bridge": (1.0, 1.0, 1.0)}


def test_a_question_escalates_where_the_simple_answer_is_not_confident_and_costs_both() -> None:
    def record(name: str, answer: str, confidence: float, calls: int) -> Record:
        result = {
            "answer": answer,
            "abstained": False,
            "confidence": confidence,
            "budget": {"spent": {"calls": calls, "tokens": calls}},
        }
        return Record(Question(name, "?", ["yes"]), result)

    simple = [record("a", "yes", 0.9, 2), record("b", "no", 0.3, 2)]
    complex_ = [record("a", "no", 0.9, 10), record("b", "yes", 0.9, 10)]
    row = ESCALATION["row"](simple, complex_, 0.5)
    assert (row["escalated"], row["em"]["mean"], row["calls of always complex"]) == (0.5, 1.0, pytest.approx(14 / 20))
    assert np.isclose(row["em minus always complex"]["mean"], 0.5)
