"""Waves of subagents: independent sub-questions run at once, dependent ones wait for the answers they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from langgraph.types import Send

from agentic_rag import types
from agentic_rag.budget import Meter, describe, share, spent_by, within
from agentic_rag.state import State, Task, budget_of, metered
from agentic_rag.types import PLACEHOLDER, Finding, Spent, StepRecord, SubQuestion

KEPT_CALLS = 3
"""Calls kept back from subagents, for grading, reading and verifying the answer."""
WAVE_SECONDS = 0.8
"""The part of the remaining time that one wave may use."""
GRACE = 0.25
"""Seconds behind its own deadline in which a subagent hands over what it has found."""


@dataclass(frozen=True)
class Delegate:
    """One sub-question on its subagent; LangGraph runs many of these at once. Whatever goes wrong becomes the finding."""

    subagents: Mapping[str, Callable[[Task, Meter], Finding]]

    def __call__(self, state: Task) -> State:
        meter = Meter(state["budget"])
        asked = state["sub_question"]
        failed = Finding(asked, "failed", round=state["round"])
        seconds = meter.left().seconds
        try:
            found = within(None if seconds is None else seconds + GRACE, self.subagents[asked.subagent], state, meter)
            finding = replace(found, sub_question=asked, round=state["round"])
        except Exception as error:  # noqa: BLE001  one raising branch would lose its siblings
            finding = replace(failed, error=describe(error))
            if isinstance(error, TimeoutError) and seconds is not None and meter.seconds >= seconds:
                meter.exhausted.append("seconds")
                finding = replace(failed, status="timed_out", error=f"no answer within {meter.seconds:.1f} s")
        finding = replace(finding, seconds=meter.seconds)
        lost = [f"subagent {asked.subagent!r} {finding.status}: {finding.error}"] if finding.error else []
        return {
            "findings": [finding],
            "usage": list(meter.usage),
            "steps": [StepRecord("delegate", meter.seconds, meter.calls)],
            "notes": [*lost, *meter.remarks],
            "exhausted": list(meter.exhausted),
        }


@dataclass(frozen=True)
class Gather:
    """Joins a wave, and decides whether the budget allows the next one."""

    def __call__(self, state: State) -> State:
        return metered("gather", state, self._join)

    def _join(self, state: State, meter: Meter) -> State:
        findings = state.get("findings", [])
        latest = max(finding.round for finding in findings)
        meter.waited = max(finding.seconds for finding in findings if finding.round == latest)
        return start_wave(state, state["plan"], findings, meter)


def start_wave(state: State, plan: types.Plan, findings: Sequence[Finding], meter: Meter) -> State:
    """Count a new round if there is one to run; if the budget does not allow it, what is still open becomes skipped findings.

    The first wave searches even where all calls are kept for the answer: a search is no call.
    """
    if not ready(plan, findings, state["question"]):
        return {}
    spent, left = state.get("spent", Spent()), meter.left()
    refused = [name for name in ("rounds", "seconds") if (rest := getattr(left, name)) is not None and rest <= 0]
    if left.calls is not None and left.calls <= (KEPT_CALLS if findings else 0):
        refused.append("calls")
    if not refused:
        return {"spent": replace(spent, rounds=spent.rounds + 1)}
    meter.exhausted.extend(refused)
    reason = f"the budget of {' and '.join(refused)} is exhausted"
    open_lines = [line for line in plan.sub_questions if line.id not in {finding.sub_question.id for finding in findings}]
    meter.notes.append(f"{len(open_lines)} of {len(plan.sub_questions)} sub-questions were not asked: {reason}")
    return {"findings": [Finding(line, "skipped", error=reason, round=spent.rounds + 1) for line in open_lines]}


def next_wave(state: State) -> list[Send] | str:
    """The edge behind `plan` and `gather`: the sub-questions that can run now, or `synthesize` when none is left."""
    findings = state.get("findings", [])
    lines = ready(state["plan"], findings, state["question"])
    if not lines:
        return "synthesize"
    spent = spent_by(state.get("usage", []), state["spent"])
    shares = share(Meter(budget_of(state), spent).left(), len(lines), seconds=WAVE_SECONDS, reserve=KEPT_CALLS)
    kind = state["route"].type if "route" in state else ""
    return [
        Send("delegate", Task(question=state["question"], type=kind, sub_question=line, budget=budget, round=spent.rounds))
        for line, budget in zip(filled(lines, findings, state["question"], state["plan"]), shares, strict=True)
    ]


def ready(plan: types.Plan, findings: Sequence[Finding], question: str) -> list[SubQuestion]:
    """The sub-questions not asked yet whose own questions have all come back."""
    done = {finding.sub_question.id for finding in findings}
    return [line for line in plan.sub_questions if line.id not in done and done.issuperset(awaited(line, question))]


def awaited(line: SubQuestion, question: str) -> list[int]:
    """The numbers of the lines that one waits for; the question itself waits for none, a "#1" in it is a word of the user's."""
    return [] if line.text == question else line.depends_on


def filled(lines: Sequence[SubQuestion], findings: Sequence[Finding], question: str, plan: types.Plan) -> list[SubQuestion]:
    """With answers in place of `#n`; a line whose answer was not found asks the question itself, which answers no other line."""
    own = {line.id for line in plan.sub_questions if line.text == question}
    asked = [one for one in findings if one.sub_question.text != question or one.sub_question.id in own]
    answers = {finding.sub_question.id: finding.reading.answer for finding in asked}

    def fill(line: SubQuestion) -> SubQuestion:
        if line.text == question or not all(answers.get(number) for number in line.depends_on):
            return replace(line, text=question)
        return replace(line, text=PLACEHOLDER.sub(lambda match: str(answers[int(match[1])]), line.text))

    return [fill(line) for line in lines]
