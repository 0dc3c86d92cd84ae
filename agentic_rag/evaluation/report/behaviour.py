"""What the planner did: which plans and which sequences of events there were, how often, and how they ended."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from agentic_rag.evaluation.records import Record
from agentic_rag.evaluation.report.curves import Share, share
from agentic_rag.evaluation.report.view import RunView
from agentic_rag.types import SubQuestion

MOST = 12
OTHERS = "others"


class Ended(NamedTuple):
    """Questions of a run that went alike: how many, the share of them that is right, and their mean seconds."""

    n: int
    right: Share
    seconds: float


@dataclass(frozen=True, slots=True)
class Variety:
    """How many questions have events, how many different sequences these are, and their entropy in bits."""

    questions: int
    sequences: int
    bits: float


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


def sequence(record: Record) -> str:
    """The events of a question as one text; "" if none were recorded."""
    return " → ".join(record.events)


def frequencies(runs: Sequence[RunView], of: Callable[[Record], str]) -> dict[str, list[Ended | None]]:
    """By what questions have in common, the most frequent first and rare ones as "others": how they ended in each run."""
    asked = [(name, at, record) for at, run in enumerate(runs) for record in run.records if (name := of(record))]
    counts = Counter(name for name, _, _ in asked)
    frequent = sorted(counts, key=lambda name: (-counts[name], name))[:MOST]
    rows: dict[str, list[list[Record]]] = {name: [[] for _ in runs] for name in [*frequent, OTHERS]}
    for name, at, record in asked:
        rows[name if name in rows else OTHERS][at].append(record)
    return {name: [_ended(run, alike) for run, alike in zip(runs, row, strict=True)] for name, row in rows.items() if any(row)}


def variety(run: RunView) -> Variety:
    counts = Counter(name for record in run.records if (name := sequence(record)))
    return Variety(counts.total(), len(counts), entropy(counts.values()))


def entropy(counts: Collection[int]) -> float:
    """Of the shares that were counted, in bits (Shannon 1948): 0 if all went alike, the logarithm of their number if none did."""
    total = sum(counts)
    return sum(count / total * math.log2(total / count) for count in counts)


def _ended(run: RunView, records: Sequence[Record]) -> Ended | None:
    if not records:
        return None
    judged = [right for record in records if (right := run.right(record)) is not None]
    taken = [float(record.result["seconds"]) for record in records if record.result]
    return Ended(len(records), share(sum(judged), len(judged)), sum(taken) / len(taken) if taken else math.nan)
