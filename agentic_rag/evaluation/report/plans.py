"""Which plans were made, how often, and how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from agentic_rag.evaluation.records import Record
from agentic_rag.evaluation.report.curves import Share, share
from agentic_rag.evaluation.report.view import RunView
from agentic_rag.types import SubQuestion


class Planned(NamedTuple):
    """The questions whose plan has one shape: how many were judged and right, and their mean seconds."""

    shape: str
    n: int
    right: Share
    seconds: float


def shape(plan: Mapping[str, Any]) -> str:
    """The subagents of a plan by wave and how their answers combine: `hybrid + words → hybrid, last`; "" for no plan."""
    waves: dict[int, list[str]] = {}
    wave_of: dict[int, int] = {}
    for line in plan.get("sub_questions", []):
        asked = SubQuestion(line["id"], line["text"], line["subagent"])
        wave_of[asked.id] = 1 + max((wave_of.get(earlier, 0) for earlier in asked.depends_on), default=0)
        waves.setdefault(wave_of[asked.id], []).append(asked.subagent)
    if not waves:
        return ""
    return " → ".join(" + ".join(sorted(waves[at])) for at in sorted(waves)) + f", {plan.get('combine', 'read')}"


def planned(run: RunView) -> list[Planned]:
    """Every shape of plan, the most frequent first."""
    by_shape: dict[str, list[Record]] = {}
    for record in run.records:
        if name := shape(record.plan):
            by_shape.setdefault(name, []).append(record)
    return sorted((_planned(run, name, records) for name, records in by_shape.items()), key=lambda plan: (-plan.n, plan.shape))


def _planned(run: RunView, name: str, records: list[Record]) -> Planned:
    judged = [right for record in records if (right := run.right(record)) is not None]
    taken = [float(record.result["seconds"]) for record in records if record.result]
    return Planned(name, len(records), share(sum(judged), len(judged)), sum(taken) / len(taken) if taken else 0.0)
