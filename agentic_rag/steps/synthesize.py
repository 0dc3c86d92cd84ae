"""hits and findings -> one answer whose every claim has a quoted span"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agentic_rag.budget import Meter
from agentic_rag.comparison import decide, truth
from agentic_rag.interfaces import Grader, Reader, is_reading
from agentic_rag.state import State, metered
from agentic_rag.steps.evidence import chosen
from agentic_rag.subagent import graded
from agentic_rag.text import normalise
from agentic_rag.types import WHOLE, Claim, Draft, Finding, Plan, Reading, SubQuestion


@dataclass(frozen=True)
class Synthesize:
    """Combines findings as the plan says, and reads the best `keep` of the `k` chosen passages itself, all together.

    What belongs into the set and what is read first are two questions: the set covers the sub-questions, the reader wants the
    passage that tells the answer, so the set is graded for the whole question.

    Of a chain's answer, that of the one reading and those of subagents that were asked the question itself the surest is the
    draft; the others are its rivals, for the verify step. Two things that were compared are not read again: no passage says which
    is older. Where nothing is found after an escalation, the draft that led to it is the draft again.
    """

    reader: Reader
    grader: Grader
    keep: int = 8
    k: int = 10

    def __call__(self, state: State) -> State:
        return metered("synthesize", state, self._best)

    def _best(self, state: State, meter: Meter) -> State:
        found, before = self._draft(state, meter), state.get("draft")
        again = before and before.answer and not found["draft"].answer
        return {**found, "draft": replace(before, outcome="pending", reason="")} if before and again else found

    def _draft(self, state: State, meter: Meter) -> State:
        plan, question, findings = state.get("plan") or Plan([]), state["question"], state.get("findings", [])
        answered = [finding for finding in findings if finding.reading.answer]
        hits = chosen(question, state.get("hits", []), findings, self.k)
        chained = combined(plan, answered)
        if chained and plan.combine != "last":
            return {"draft": chained, "contexts": hits}
        ordered = graded(hits, question, self.grader, meter, reserve=2) if findings else hits
        passages = [hit.passage for hit in ordered[: self.keep]]
        if not passages:
            return {"draft": chained or Draft(None, reason="no passage was found")}
        reading = meter.attempt("reader", self.reader, question, passages, default=Reading(), accept=is_reading)
        whole = [finding.reading for finding in answered if finding.sub_question.text == question]
        drafts = [*([chained] if chained else []), *(of_reading(question, one) for one in [reading, *whole])]
        return {"draft": surest(drafts), "contexts": hits, "read": [passage.id for passage in passages]}


def surest(drafts: Sequence[Draft]) -> Draft:
    """The draft of the highest confidence, any answer before none; as its rivals what else the drafts and their rivals say."""
    first, *rest = sorted(drafts, key=lambda draft: (bool(draft.answer), draft.confidence), reverse=True)
    told = [*first.others, *(one for draft in rest for one in (draft, *draft.others))]
    rivals: dict[str, Draft] = {}
    for one in sorted(told, key=lambda one: -one.confidence):
        if one.answer and normalise(one.answer) != normalise(first.answer or ""):
            rivals.setdefault(normalise(one.answer), replace(one, others=[]))
    return replace(first, others=list(rivals.values()))


def of_reading(question: str, reading: Reading) -> Draft:
    if not reading.answer:
        return Draft(None, reading.confidence, reason="no passage that was read answers the question")
    claims, others = [Claim(question, reading.answer, reading.citations)], [of_reading(question, one) for one in reading.others]
    return Draft(reading.answer, reading.confidence, claims, others=others)


def combined(plan: Plan, answered: Sequence[Finding]) -> Draft | None:
    """The answer that follows from the findings alone, each a claim of its own; None when they are not enough for it.

    One no is enough for "both", the surest one, whatever the others say; a line that none waits for must say what it is about.
    """
    lines, known = [line for line in plan.sub_questions if line.id != WHOLE], {one.sub_question.id for one in answered}
    missing = dict[int, SubQuestion]()
    for line in sorted(lines, key=lambda line: line.id):
        if line.id not in known or not missing.keys().isdisjoint(line.depends_on):
            missing[line.id] = line
    if plan.combine == "read" or (missing and plan.combine != "both"):
        return None
    told = [one for one in answered if one.sub_question.id not in {WHOLE, *missing}]
    answered = sorted(told, key=lambda one: one.sub_question.id)
    if plan.combine == "last":
        return drafted(answered[-1].reading.answer, answered)
    steps = {number for line in lines for number in line.depends_on}
    if any(not line.about and line.id not in steps for line in lines):
        return None
    compared = [one for one in answered if one.sub_question.about]
    asked = compared[0].sub_question.text if compared else ""
    values = [(one.sub_question.about, one.reading) for one in compared]
    found = decide(plan.combine, [*values, *((line.about, Reading()) for line in missing.values() if line.about)], asked)
    if not found.answer:
        return None
    if plan.combine == "both" and found.answer == "no":
        denied = max((one for one in compared if truth(one.reading) is False), key=lambda one: one.reading.confidence)
        answered = led_to(denied, answered, lines)
    if found.doubt is None:
        return replace(drafted(found.answer, answered), reason=found.reason)
    telling = [finding for finding in answered if finding.sub_question.about in ("", found.answer)]
    return replace(drafted(found.answer, telling), confidence=1 - found.doubt, reason=found.reason)


def led_to(last: Finding, findings: Sequence[Finding], lines: Sequence[SubQuestion]) -> list[Finding]:
    """It and what it rests on, of the findings of these lines."""
    needed = {last.sub_question.id}
    for line in sorted(lines, key=lambda line: -line.id):
        needed.update(line.depends_on if line.id in needed else ())
    return [one for one in findings if one.sub_question.id in needed]


def drafted(answer: str | None, findings: Sequence[Finding]) -> Draft:
    """Each finding a claim of its own; as sure as the least sure of them."""
    claims = [Claim(one.sub_question.text, str(one.reading.answer), one.reading.citations) for one in findings]
    return Draft(answer, min(one.reading.confidence for one in findings), claims)
