"""hits and findings -> one answer whose every claim has a quoted span"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentic_rag.budget import Meter
from agentic_rag.comparison import decide
from agentic_rag.interfaces import Grader, Reader, is_reading
from agentic_rag.state import State, metered
from agentic_rag.steps.evidence import chosen
from agentic_rag.subagent import graded
from agentic_rag.types import WHOLE, Claim, Draft, Finding, Plan, Reading


@dataclass(frozen=True)
class Synthesize:
    """Combines findings as the plan says, and reads the best `keep` of the `k` chosen passages itself, all together.

    What belongs into the set and what is read first are two questions: the set covers the sub-questions, the reader wants the
    passage that tells the answer, so the set is graded for the whole question.

    Of a chain's answer and that of the one reading the surer counts. Two things that were compared are not read again: no
    passage says which is older. Where all subagents were asked the question itself, their own answers only fill in.
    """

    reader: Reader
    grader: Grader
    keep: int = 8
    k: int = 10

    def __call__(self, state: State) -> State:
        return metered("synthesize", state, self._draft)

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
        instead = [finding.reading for finding in answered] if plan.combine == "read" and not reading.answer else []
        drafts = [chained] if chained else []
        drafts += [of_reading(question, one) for one in [reading, *instead]]
        return {"draft": max(drafts, key=confidence), "contexts": hits, "read": [passage.id for passage in passages]}


def confidence(draft: Draft) -> tuple[bool, float]:
    """Any answer is better than none."""
    return bool(draft.answer), draft.confidence


def of_reading(question: str, reading: Reading) -> Draft:
    if not reading.answer:
        return Draft(None, reading.confidence, reason="no passage that was read answers the question")
    claims, others = [Claim(question, reading.answer, reading.citations)], [of_reading(question, one) for one in reading.others]
    return Draft(reading.answer, reading.confidence, claims, others=others)


def combined(plan: Plan, answered: Sequence[Finding]) -> Draft | None:
    """The answer that follows from the findings alone, each a claim of its own; None when they are not enough for it."""
    answered = sorted((one for one in answered if one.sub_question.id != WHOLE), key=lambda one: one.sub_question.id)
    if plan.combine == "read" or len(answered) < sum(line.id != WHOLE for line in plan.sub_questions):
        return None
    confidence = min(finding.reading.confidence for finding in answered)
    claims = [Claim(f.sub_question.text, str(f.reading.answer), f.reading.citations) for f in answered]
    if plan.combine == "last":
        return Draft(claims[-1].answer, confidence, claims)
    answer, reason = decide(plan.combine, [(f.sub_question.about, f.reading) for f in answered if f.sub_question.about])
    return Draft(answer, confidence, claims, reason=reason) if answer else None
