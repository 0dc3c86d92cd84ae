"""What the state machine decided for one question, in words that are equal where the behaviour is equal.

simple | complex            the route
retrieve                    the simple path
plan last 2 + whole         how answers combine, how many sub-questions, and whether the question itself is asked beside them
wave answered, empty        how each subagent of a wave ended, sorted; +followed if it asked more than one query
read | chain | compared     whose draft it is: a reader's of the question itself, or that of the sub-questions' answers
nothing                     there is no draft
answer | abstain | escalate
failed                      an error ended the run
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from agentic_rag.state import State
from agentic_rag.types import WHOLE, Finding, Plan

FAILED = "failed"


def events(updates: Iterable[State]) -> list[str]:
    """From what each step wrote, in order; what parallel branches of one step wrote is one event in whatever order it came."""
    told: list[str] = []
    state = State()
    for step, branches in groupby(updates, key=_step):
        findings: list[Finding] = []
        for written in branches:
            state.update(written)
            findings += written.get("findings", [])
        if step in DECIDED:
            told.append(DECIDED[step](state))
        if findings:
            told.append(wave(findings))
    return told


def planned(plan: Plan) -> str:
    numbers = [line.id for line in plan.sub_questions]
    whole = numbers.count(WHOLE)
    return f"plan {plan.combine} {len(numbers) - whole}{' + whole' if whole else ''}"


def wave(findings: Sequence[Finding]) -> str:
    return f"wave {', '.join(sorted(one.status + ('+followed' if len(one.queries) > 1 else '') for one in findings))}"


def drafted(state: State) -> str:
    """A draft has one claim, the question itself, if it was read, and else a claim for each sub-question."""
    draft, combine = state["draft"], (state.get("plan") or Plan([])).combine
    if not draft.answer:
        return "nothing"
    if combine == "read" or [claim.question for claim in draft.claims] == [state.get("question")]:
        return "read"
    return "chain" if combine == "last" else "compared"


DECIDED: Mapping[str, Callable[[State], str]] = {
    "route": lambda state: state["route"].label,
    "retrieve": lambda _: "retrieve",
    "plan": lambda state: planned(state["plan"]),
    "synthesize": drafted,
    "verify": lambda state: state["draft"].outcome,
}


def _step(written: State) -> str:
    """As the step itself says: a graph may have given its node another name."""
    return next((record.step for record in written.get("steps", [])), "")
