"""Is every claim supported by what it cites? Answer, escalate once, or abstain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from langgraph.graph import END

from agentic_rag.budget import Meter
from agentic_rag.interfaces import Verifier, is_support
from agentic_rag.odds import SURE, agreed
from agentic_rag.state import State, evidence, metered
from agentic_rag.types import Citation, Claim, Draft, Passage, Route

CONFIDENCE = 0.35
"""What an answer must reach. Of HotpotQA's dev questions (distractors) the specialists then answer 79%, and 53% of these exactly
right; at .5 it would be 67% and 57% (`eval/README.md`)."""
SUPPORT = 0.3
"""What each claim must have. A mere doubt lowers the confidence instead."""
ESCALATION_CALLS = 4
"""Calls that the complex path needs at the least: plan, grade, read, verify."""


@dataclass(frozen=True)
class Verify:
    """An answer passes if every claim has `support`, and reader and verifier together (`agreed`) reach `confidence`.

    A simple question whose answer does not pass `escalates` to the plan, once and if the budget allows; else the run abstains.
    The draft that escalates stays as it was drafted: it is judged again if nothing better is found.
    A run's own confidence replaces the graph's: a higher one also escalates more, a lower one only abstains less, and asks
    claims for no more support than for confidence.

    Of a draft and the next `others` of its rivals, the one of which reader and verifier together are surest is judged; of a draft
    that they are `SURE` of, and where the calls may be needed for an escalation, no rival is looked at.
    """

    verifier: Verifier
    support: float = SUPPORT
    confidence: float = CONFIDENCE
    escalates: bool = True
    others: int = 2

    def __call__(self, state: State) -> State:
        return metered("verify", state, self._judge)

    def _judge(self, state: State, meter: Meter) -> State:
        drafted, draft = self._best(state, meter)
        asked = state.get("confidence")
        least = self.confidence if asked is None else asked
        passages, route = evidence(state), state.get("route")
        misquote = misquoted(draft, passages)
        weakness = misquote or self._flaw(draft, max(least, self.confidence), self.support)
        if weakness and route and self._could_escalate(route) and self._may_escalate(meter):
            escalated = replace(route, label="complex", escalated=True)
            return {"draft": replace(drafted, outcome="escalate", reason=weakness), "first": draft, "route": escalated}
        support = self.support if asked is None else min(asked, self.support)
        flaw = misquote or self._flaw(draft, least, support)
        first = state.get("first") or Draft(None)
        for one in sorted([draft, first] if first.answer else [draft], key=lambda one: -one.confidence):
            if not (misquoted(one, passages) or self._flaw(one, least, support)):
                return {"draft": replace(one, outcome="answer", reason="" if one is first else one.reason)}
        return {"draft": replace(without_misquotes(draft, passages), outcome="abstain", reason=flaw)}

    def _best(self, state: State, meter: Meter) -> tuple[Draft, Draft]:
        """The draft with the support of its claims; and it as judged, or a rival that was checked and that both are surer of."""
        draft, passages = state.get("draft") or Draft(None), evidence(state)
        first = self._supported(draft, passages, meter)
        left = meter.left().calls
        route = state.get("route")
        kept = ESCALATION_CALLS if route and self._could_escalate(route) else 0
        spare = left is None or left - self.others >= kept
        asked = draft.others[: self.others] if first.confidence < SURE and spare else []
        rivals = [self._supported(one, passages, meter) for one in asked]
        known = [one for one in rivals if all(claim.support is not None for claim in one.claims)]
        return replace(draft, claims=first.claims), replace(max([first, *known], key=lambda one: one.confidence), others=[])

    def _supported(self, draft: Draft, passages: Mapping[str, Passage], meter: Meter) -> Draft:
        def check(claim: Claim) -> Claim:
            said = meter.attempt("verifier", self.verifier, claim, claim.cited(passages), default=None, accept=is_support)
            return claim if said is None else replace(claim, support=float(said))

        claims = [check(claim) for claim in draft.claims] if draft.answer else []
        known = [claim.support for claim in claims if claim.support is not None]
        return replace(draft, claims=claims, confidence=agreed(draft.confidence, min(known)) if known else draft.confidence)

    def _flaw(self, draft: Draft, target: float, support: float) -> str:
        if not draft.answer:
            return draft.reason or "no answer was found"
        if not draft.claims or any(not claim.citations for claim in draft.claims):
            return f"the answer {draft.answer!r} has a claim without a citation"
        weakest = min(
            (claim for claim in draft.claims if claim.support is not None), key=lambda c: c.support or 0.0, default=None
        )
        if weakest and (weakest.support or 0.0) < support:
            return f"the claim {weakest.answer!r} is not supported by what it cites ({weakest.support:.2f} < {support:.2f})"
        if draft.confidence < target:
            return f"the best answer has confidence {draft.confidence:.2f}, below {target:.2f}"
        return ""

    def _could_escalate(self, route: Route) -> bool:
        return self.escalates and route.label == "simple" and not route.escalated

    def _may_escalate(self, meter: Meter) -> bool:
        left = meter.left()
        enough = left.calls is None or left.calls >= ESCALATION_CALLS
        return enough and all(rest is None or rest > 0 for rest in (left.seconds, left.rounds, left.tokens))


def misquoted(draft: Draft, passages: Mapping[str, Passage]) -> str:
    """What is wrong with the quotes of a draft: each must stand in its passage, at its offsets, to the letter."""
    wrong = next((citation for citation in draft.citations if not stands(citation, passages)), None)
    return f"the quote {wrong.quote!r:.60} does not stand in passage {wrong.passage_id!r} where it is said to" if wrong else ""


def without_misquotes(draft: Draft, passages: Mapping[str, Passage]) -> Draft:
    def mended(claim: Claim) -> Claim:
        return replace(claim, citations=[citation for citation in claim.citations if stands(citation, passages)])

    return replace(draft, claims=[mended(claim) for claim in draft.claims])


def stands(citation: Citation, passages: Mapping[str, Passage]) -> bool:
    passage = passages.get(citation.passage_id)
    return bool(passage and citation.quote and passage.text[citation.start : citation.end] == citation.quote)


def outcome(state: State) -> str:
    """The edge behind `verify`."""
    return "plan" if state["draft"].outcome == "escalate" else END
