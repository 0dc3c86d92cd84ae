"""The planner without training: it recognises comparisons and nested descriptions by the grammar of the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from agentic_rag.baselines.chains import unfold
from agentic_rag.baselines.comparatives import find_comparison
from agentic_rag.pairs import compared
from agentic_rag.phrasing import second_look
from agentic_rag.types import PLACEHOLDER, Plan, SubQuestion


@dataclass(frozen=True)
class TrainingFreePlanner:
    """A comparison becomes one question per entity, a nested description a chain, anything else a second look at what was found.

    Every sub-question goes to the first of `subagents`, which is the preferred one. What decides a comparison is in
    `Plan.combine` and concerns the sub-questions that have an `about`. A `#1` of the user's own is spelled out as "number 1".
    """

    model: ClassVar[str] = "training-free"

    def __call__(self, question: str, subagents: Mapping[str, str], /) -> Plan:
        if not subagents or not question.strip():
            return Plan([], notes=["There is no subagent to ask." if question.strip() else "The question is empty."])
        subagent = next(iter(subagents))
        question = PLACEHOLDER.sub(r"number \1", question)
        if comparison := find_comparison(question):
            return compared(comparison, subagent)
        chain = unfold(question)
        if len(chain) > 1:
            return Plan([SubQuestion(number, text, subagent) for number, text in enumerate(chain, 1)], "last")
        return second_look(question, subagent)
