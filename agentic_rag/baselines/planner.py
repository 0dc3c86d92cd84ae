"""The planner without training: it recognises comparisons and nested descriptions by the grammar of the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from agentic_rag.baselines.chains import unfold
from agentic_rag.baselines.comparatives import Comparison, find_comparison
from agentic_rag.baselines.grammar import tidy
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
            return _compared(comparison, subagent)
        chain = unfold(question)
        if len(chain) > 1:
            return Plan([SubQuestion(number, text, subagent) for number, text in enumerate(chain, 1)], "last")
        whole = " ".join(question.split())
        again = [SubQuestion(1, whole, subagent), SubQuestion(2, f"{tidy(question)} #1?", subagent)]
        return Plan(again, "read", ["No structure was recognised: the question is asked again with what was found."])


def _compared(comparison: Comparison, subagent: str) -> Plan:
    sides = (comparison.left, comparison.right)
    if not comparison.role:
        asked = [SubQuestion(n, _fill(comparison.template, side), subagent, side) for n, side in enumerate(sides, 1)]
        return Plan(asked, comparison.combine)
    first = [SubQuestion(n, f"Who is the {comparison.role} of {side}?", subagent) for n, side in enumerate(sides, 1)]
    then = [SubQuestion(n + 2, _fill(comparison.template, f"#{n}"), subagent, side) for n, side in enumerate(sides, 1)]
    return Plan([*first, *then], comparison.combine)


def _fill(template: str, entity: str) -> str:
    return template.replace("{}", entity)
