"""Every file in graphs/ builds on any store and with any roles, and answers."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from agentic_rag import adaptive
from agentic_rag.graph import ask
from agentic_rag.interfaces import Roles
from agentic_rag.store import Store
from agentic_rag.testing import Scripted, quoting, steps_taken
from agentic_rag.types import Complexity, Passage, Plan

GRAPHS = sorted(path for path in (Path(__file__).parents[1] / "graphs").glob("*.py") if path.stem != "served")
QUESTION = "What is Ollun pie made with?"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def roles(score: float) -> Roles:
    grader = Scripted(lambda _question, passages: [0.5] * len(passages))
    return Roles(Scripted(Complexity(score)), Scripted(Plan([])), grader, Scripted(quoting("smoked char")), Scripted(0.9))


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)
def test_it_answers_with_any_roles_and_with_its_own(path: Path, store: Store) -> None:
    build = load(path).build
    assert ask(build(store, roles=roles(0.2)), QUESTION).answer == "smoked char"
    assert ask(build(store), QUESTION).question == QUESTION


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_what_the_router_says_matters_to_the_adaptive_graph_only(score: float, store: Store) -> None:
    planned = {path.stem: "plan" in steps_taken(load(path).build(store, roles=roles(score)), QUESTION) for path in GRAPHS}
    assert planned == {"adaptive": score == 1.0, "fan_out": True, "single": False}


def test_the_question_itself_is_asked_where_the_grader_grades_pairs_or_paths_are_asked_for(store: Store) -> None:
    prompted, own = roles(1.0), Roles(Scripted(Complexity(1.0)), Scripted(Plan([])), None, Scripted(quoting("?")), Scripted(0.9))

    class Pairs:
        def __call__(self, _question: str, passages: list[Passage]) -> list[float]:
            return [0.5] * len(passages)

        beside = None

    asked = [
        [line.subagent for line in ask(adaptive.build(store, **options), QUESTION).sub_questions]
        for options in ({"roles": prompted}, {"roles": replace(own, grader=Pairs())}, {"roles": prompted, "paths": 2})
    ]
    assert ["chains" in names for names in asked] == [False, True, True]
