"""The planner: sub-questions one by one, each for a named subagent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

from agentic_rag.interfaces import Model, Planner
from agentic_rag.prompted.asking import Request, answered
from agentic_rag.prompted.shown import cut
from agentic_rag.types import Combine, Plan, SubQuestion

MOST = 4
"""Sub-questions."""
TOKENS = 320
COMBINE = {
    "read": "read everything together", "last": "the last sub-question's answer", "lowest": "the thing with the lowest value",
    "highest": "the thing with the highest value", "same": "yes if all answers are the same", "both": "yes if all are yes",
}  # fmt: skip


def prompt(question: str, subagents: Mapping[str, str]) -> str:
    known = "\n".join(f"- {name}: {described}" for name, described in subagents.items())
    ways = "\n".join(f"- {name}: {described}" for name, described in COMBINE.items())
    return (
        f"Break the question into at most {MOST} short sub-questions that can be searched for one by one. Where one needs the "
        "answer of an earlier one, write #1 for the answer of the first, #2 for that of the second. If the question is simple, "
        "keep it as the only one.\n\n"
        f"Who can be asked:\n{known}\n\nHow the answers combine:\n{ways}\n\n"
        f"Question: {cut(question)}\n\n"
        'Reply with JSON: {"sub_questions": [{"text": "...", "subagent": "...", "about": "..."}, ...], "combine": "..."}. Where '
        'answers are compared, "about" is the thing whose answer this is, as the question names it; else it is "".'
    )


def schema(subagents: Mapping[str, str]) -> dict[str, Any]:
    name = {"type": "string", "enum": list(subagents)}
    line = {
        "type": "object",
        "properties": {"text": {"type": "string"}, "subagent": name, "about": {"type": "string"}},
        "required": ["text", "subagent", "about"],
        "additionalProperties": False,
    }
    lines = {"type": "array", "items": line, "minItems": 1, "maxItems": MOST}
    properties = {"sub_questions": lines, "combine": {"type": "string", "enum": list(COMBINE)}}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


@dataclass(frozen=True)
class PromptedPlanner:
    """Asks for a plan; whether it can be carried out (no cycle, known subagents) is mended by the graph."""

    by: Model
    instead: Planner | None = None

    @property
    def model(self) -> str:
        return self.by.model

    def __call__(self, question: str, subagents: Mapping[str, str], /) -> Plan:
        if not subagents or not question.strip():
            return Plan([], notes=["There is no subagent to ask." if question.strip() else "The question is empty."])
        return answered("planner", self.by, self.request, self.instead, question, subagents)

    def request(self, question: str, subagents: Mapping[str, str]) -> Request[Plan]:
        return Request(prompt(question, subagents), schema(subagents), lambda value, _: plan(value, subagents), TOKENS)


def plan(value: Any, subagents: Mapping[str, str]) -> Plan:
    """Raises `ValueError` if there is no sub-question; an unknown subagent becomes the first one."""
    listed = value.get("sub_questions") if isinstance(value, Mapping) else value
    if not isinstance(listed, list):
        raise ValueError('"sub_questions" is not a list')  # noqa: TRY004  what is wrong with a reply
    said = [one if isinstance(one, Mapping) else {"text": one} for one in listed[:MOST]]
    told = [(number, of(one, "text"), of(one, "subagent"), of(one, "about")) for number, one in enumerate(said, 1)]
    first = next(iter(subagents))
    lines = [SubQuestion(n, text, name if name in subagents else first, about) for n, text, name, about in told if text]
    needed = {number for line in lines for number in line.depends_on}
    lines = [replace(line, about="") if line.id in needed else line for line in lines]  # a step on the way is not compared
    if not lines:
        raise ValueError("there is no sub-question")
    combine = value.get("combine") if isinstance(value, Mapping) else None
    return Plan(lines, cast("Combine", combine) if combine in get_args(Combine) else "read")


def of(line: Mapping[str, Any], key: str) -> str:
    """What a line has under a key, as one line of text."""
    return " ".join(str(line.get(key) or "").split())
