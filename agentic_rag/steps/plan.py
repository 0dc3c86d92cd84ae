"""question -> sub-questions as a DAG, each addressed to a subagent"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from agentic_rag import types
from agentic_rag.budget import Meter
from agentic_rag.interfaces import Planner, is_plan
from agentic_rag.state import State, metered
from agentic_rag.steps.delegate import start_wave
from agentic_rag.types import WHOLE, SubQuestion


@dataclass(frozen=True)
class Plan:
    """Asks the planner for at most `most` sub-questions. `subagents` maps the names it may use to what they are good at.

    Beside them the question itself goes to the subagent `whole`, if there is one: what a plan gets wrong, it may find.
    """

    planner: Planner
    subagents: Mapping[str, str]
    whole: str = ""
    most: int = 8

    def __call__(self, state: State) -> State:
        return metered("plan", state, self._plan)

    def _plan(self, state: State, meter: Meter) -> State:
        question, subagents = state["question"], dict(self.subagents)
        plan = meter.attempt("planner", self.planner, question, subagents, default=types.Plan([]), accept=is_plan, reserve=1)
        plan = mended(plan, question, list(subagents), self.most)
        meter.notes.extend(plan.notes)
        if self.whole and not any(line.text == question and line.subagent == self.whole for line in plan.sub_questions):
            plan = replace(plan, sub_questions=[SubQuestion(WHOLE, question, self.whole), *plan.sub_questions])
        return {"plan": plan, **start_wave(state, plan, [], meter)}


def mended(plan: types.Plan, question: str, subagents: Sequence[str], most: int) -> types.Plan:
    """A plan that can be carried out: never empty, no cycle, only known subagents; `notes` say what was changed."""
    notes = list(plan.notes)
    lines = [line for line in plan.sub_questions if line.text.strip()]
    if len(lines) > most:
        notes.append(f"the plan had {len(lines)} sub-questions, the first {most} were kept")
    lines = [_addressed(line, subagents, notes) for line in lines[:most]]
    if flaw := _flaw(lines):
        notes.append(f"{flaw}, so every subagent was asked the question itself")
        return types.Plan([SubQuestion(number, question, name) for number, name in enumerate(subagents, 1)], "read", notes)
    return types.Plan(lines, plan.combine, notes)


def _addressed(line: SubQuestion, subagents: Sequence[str], notes: list[str]) -> SubQuestion:
    if line.subagent in subagents:
        return line
    notes.append(
        f"the plan named an unknown subagent {line.subagent!r} (there are {', '.join(subagents)}), {subagents[0]!r} was asked"
    )
    return replace(line, subagent=subagents[0])


def _flaw(lines: Sequence[SubQuestion]) -> str:
    if not lines:
        return "the plan was empty"
    known, numbers = {line.id for line in lines}, list[object](line.id for line in lines)
    if wrong := [number for number in numbers if not isinstance(number, int) or number <= WHOLE]:
        return f"the plan used the number {wrong[0]!r}, and lines are counted from 1"
    if len(known) < len(lines):
        return "the plan used a number twice"
    if unknown := sorted({number for line in lines for number in line.depends_on} - known):
        return f"the plan referred to #{unknown[0]}, which it does not have"
    try:
        TopologicalSorter({line.id: line.depends_on for line in lines}).prepare()
    except CycleError:
        return "the plan had a cycle"
    return ""
