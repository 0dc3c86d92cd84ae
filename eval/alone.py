"""A subagent that is asked the question itself, without a plan and without a reader: what it finds, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from agentic_rag.budget import Meter
from agentic_rag.evaluation.records import Question
from agentic_rag.state import Task
from agentic_rag.subagent import Subagent
from agentic_rag.types import Budget, Hit, Passage, Reading, SubQuestion


class Outcome(NamedTuple):
    """Of one question: whether all gold passages are among the ten best, and what that cost."""

    all_gold: float
    calls: int
    tokens: int
    seconds: float


def unread(_question: str, _passages: Sequence[Passage]) -> Reading:
    """No reading, so that no path ends early and nothing but the evidence counts."""
    return Reading()


def asked(subagent: Subagent, question: Question, kind: str = "") -> Outcome:
    """`kind` is the type of the question, as a router names it."""
    meter, line = Meter(Budget()), SubQuestion(1, question.question, subagent.name)
    task = Task(question=question.question, type=kind, sub_question=line, budget=meter.budget, round=1)
    hits = subagent(task, meter).hits
    return Outcome(all_gold(question, hits), meter.calls, sum(usage.input_tokens for usage in meter.usage), meter.seconds)


def all_gold(question: Question, hits: Sequence[Hit]) -> float:
    return float(set(question.gold) <= {hit.passage.id for hit in hits[:10]})
