"""What a graph carries from step to step, and how it becomes the result object.

A key has a reducer only where parallel steps write it. The allow-list of types that a checkpoint may hold stands beside it.
"""

from __future__ import annotations

import dataclasses
import math
import operator
import re
import unicodedata
from collections.abc import Callable
from numbers import Real
from typing import Annotated, Any, TypedDict, cast

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agentic_rag import types
from agentic_rag.budget import Meter, merge_usage, spent_by
from agentic_rag.errors import GraphError, QuestionError
from agentic_rag.plain import as_plain
from agentic_rag.types import (
    Budget,
    BudgetReport,
    Draft,
    Finding,
    Hit,
    Passage,
    Plan,
    Result,
    Route,
    Spent,
    StepRecord,
    SubAnswer,
    SubQuestion,
    Usage,
)

MOST_CHARACTERS = 4000


class State(TypedDict, total=False):
    """`question` is the only key that a run needs; `budget` and `confidence` are its other inputs.

    `hits` are those of the simple path, best grade first; `contexts` are the passages that `synthesize` chose from all that was
    found, best first, and `read` the ids of those that it read.
    """

    question: str
    budget: Budget
    confidence: float
    route: Route
    hits: list[Hit]
    plan: Plan
    draft: Draft
    first: Draft
    contexts: list[Hit]
    read: list[str]
    spent: Spent
    findings: Annotated[list[Finding], operator.add]
    usage: Annotated[list[Usage], merge_usage]
    steps: Annotated[list[StepRecord], operator.add]
    notes: Annotated[list[str], operator.add]
    exhausted: Annotated[list[str], operator.add]


class Task(TypedDict):
    """All that a subagent sees: its own sub-question, the question it serves and of which type, its share of the budget."""

    question: str
    type: str
    sub_question: SubQuestion
    budget: Budget
    round: int


def metered(step: str, state: State, work: Callable[[State, Meter], State]) -> State:
    """What `work` writes, and what it cost: every step that is not run in parallel is wrapped in this."""
    meter = Meter(budget_of(state), spent_by(state.get("usage", []), state.get("spent", Spent())))
    written = work(state, meter)
    spent = written.get("spent", state.get("spent", Spent()))
    cost: State = {
        "spent": dataclasses.replace(spent, seconds=spent.seconds + meter.seconds),
        "usage": meter.usage,
        "steps": [StepRecord(step, meter.seconds - meter.waited, meter.calls)],
        "notes": [*meter.notes, *meter.remarks],
        "exhausted": meter.exhausted,
    }
    return {**written, **cost}


def budget_of(state: State) -> Budget:
    """The budget of a run; one that came as JSON from a client is made a value, endless limits none. Raises `GraphError`."""
    budget: Any = state.get("budget") or Budget()
    limits = [limit.name for limit in dataclasses.fields(Budget)]
    if isinstance(budget, dict) and budget.keys() <= set(limits):
        budget = Budget(**budget)
    if not isinstance(budget, Budget):
        raise GraphError(f"the budget is {budget!r}; give an object with any of {', '.join(limits)}")
    given = {name: getattr(budget, name) for name in limits}
    if wrong := [name for name, limit in given.items() if limit is not None and not _between(0, limit, math.inf)]:
        raise GraphError(f"the budget has {given[wrong[0]]!r} {wrong[0]}; give a number of at least 0, or None for no limit")
    return Budget(**{name: as_plain(limit) for name, limit in given.items()})


def limits_of(state: State) -> State:
    """The budget and the confidence that a run is given, as values; raises `GraphError` for what cannot be kept to."""
    asked: Any = state.get("confidence")
    if asked is not None and not _between(0, asked, 1):
        raise GraphError(f"the confidence asked for is {asked!r}; give a number between 0 and 1")
    given: Any = {"budget": budget_of(state), "confidence": as_plain(asked)}
    return cast("State", given)


def _between(low: float, number: object, high: float) -> bool:
    return isinstance(number, Real) and bool(low <= float(number) <= high)


def clean_question(question: object) -> str:
    """The question without control characters and surplus white space; raises `QuestionError` if nothing can be asked."""
    if not isinstance(question, str):
        raise QuestionError(f"the question is {question!r}; give a string")
    printable = "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in question[: MOST_CHARACTERS * 4])
    text = re.sub(r"\s+", " ", printable).strip()
    if not text:
        raise QuestionError(f"the question is empty ({question[:20]!r}); ask one in words")
    if len(question) > MOST_CHARACTERS:
        raise QuestionError(
            f"the question has {len(question):,} characters, at most {MOST_CHARACTERS:,} can be asked; "
            "put long text into a document and index it"
        )
    return text


def evidence(state: State) -> dict[str, Passage]:
    """Every passage that was found in this run, by id."""
    hits = [*state.get("hits", []), *(hit for finding in state.get("findings", []) for hit in finding.hits)]
    return {hit.passage.id: hit.passage for hit in hits}


def result(state: State, *, trace_id: str = "", config_hash: str = "") -> Result:
    """The result object of a finished run, of whatever topology."""
    draft = state.get("draft") or Draft(None, reason="the graph ended without a draft")
    spent = spent_by(state.get("usage", []), state.get("spent", Spent()))
    abstained = draft.outcome != "answer"
    unverified = "the graph has no step that verifies the answer" if draft.outcome == "pending" else ""
    return Result(
        question=state["question"],
        answer=None if abstained else draft.answer,
        abstained=abstained,
        reason="; ".join(dict.fromkeys(part for part in [draft.reason or unverified, *state.get("notes", [])] if part)),
        confidence=draft.confidence,
        citations=[] if abstained else draft.citations,
        claims=draft.claims,
        route=state.get("route"),
        sub_questions=[_sub_answer(finding) for finding in state.get("findings", [])],
        contexts=_contexts(state),
        usage=state.get("usage", []),
        budget=BudgetReport(budget_of(state), spent, list(dict.fromkeys(state.get("exhausted", [])))),
        seconds=spent.seconds,
        trace_id=trace_id,
        config_hash=config_hash,
    )


def serializer() -> JsonPlusSerializer:
    """For checkpointers: may read back our values and nothing else."""
    ours = [value for value in vars(types).values() if dataclasses.is_dataclass(value) and isinstance(value, type)]
    return JsonPlusSerializer(allowed_msgpack_modules=[(value.__module__, value.__name__) for value in ours])


def _sub_answer(finding: Finding) -> SubAnswer:
    asked = finding.sub_question
    return SubAnswer(asked.text, asked.subagent, finding.status, finding.reading.answer, finding.error)


def _contexts(state: State) -> list[Hit]:
    """The chosen ones first."""
    unique: dict[str, Hit] = {}
    found = [*state.get("contexts", []), *state.get("hits", []), *(hit for one in state.get("findings", []) for hit in one.hits)]
    for hit in found:
        unique.setdefault(hit.passage.id, hit)
    return list(unique.values())
