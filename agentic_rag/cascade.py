"""A small role backed by a larger one, which is asked only where there is evidence that the small one failed.

The evidence is one of `REASONS`, as FrugalGPT's cascades judge a reply before they pay for a better one (Chen et al. 2023, arXiv
2305.05176, section 3); here it is what the role itself says: no usable reply, too late, nothing found, or not sure of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from agentic_rag.budget import current_call, describe, early, model_name, within_part
from agentic_rag.errors import GraphError
from agentic_rag.interfaces import are_grades, is_complexity, is_plan, is_reading, is_support
from agentic_rag.types import Complexity, Plan, Reading

Reason = Literal["failed", "timeout", "nothing_found", "low_confidence"]
REASONS: tuple[Reason, ...] = get_args(Reason)


@dataclass(frozen=True, slots=True)
class Escalation:
    """One time that the larger one was asked: why, and what the small one had said (None if nothing)."""

    reason: Reason
    small: Any
    large: Any


@dataclass(frozen=True)
class Cascade:
    """Does what `small` does, and asks `large` for one of the reasons in `when`; both are the same role.

    `below` is the confidence under which a reply is not good enough: of a reading its own, of a router and a verifier how far
    the number is from undecided (0 at .5, 1 at 0 and 1), of a grader its highest grade. `most` bounds how often this object asks
    `large`, over all questions. Where `large` fails, the reply of `small` stands. `escalations` is the log.
    """

    small: Callable[..., Any]
    large: Callable[..., Any]
    when: tuple[Reason, ...] = REASONS
    below: float = 0.5
    most: int | None = None
    escalations: list[Escalation] = field(default_factory=list, repr=False, compare=False)
    _free: threading.Semaphore | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_free", None if self.most is None else threading.Semaphore(self.most))
        if unknown := [reason for reason in self.when if reason not in REASONS]:
            raise GraphError(f"there is no reason {unknown[0]!r} to escalate; there are {', '.join(REASONS)}")

    @property
    def model(self) -> str:
        return f"{model_name(self.small)} > {model_name(self.large)}"

    def __call__(self, *asked: Any) -> Any:
        said: Any = None
        trouble: Exception | None = None
        try:
            said = within_part(self.small, *asked)
            reason = shortcoming(said, self.below)
        except TimeoutError as error:
            reason, trouble = "timeout", error
        except Exception as error:  # noqa: BLE001  whatever is wrong with the small one, the larger one may do
            reason, trouble = "failed", error
        if reason is None or reason not in self.when or not self._may_ask():
            if trouble:
                raise trouble
            return said
        return self._escalated(reason, said, trouble, asked)

    def _escalated(self, reason: Reason, said: Any, trouble: Exception | None, asked: tuple[Any, ...]) -> Any:
        why = f"{reason.replace('_', ' ')}{f' ({describe(trouble)})' if trouble else ''}"
        current_call().notes.append(f"{model_name(self.large)!r} was asked after {model_name(self.small)!r}: {why}")
        left = current_call().seconds_left
        try:  # a little early, so that it is not the whole call that is late
            better = within_part(self.large, *asked, seconds=None if left is None else left - early(left))
        except Exception as error:
            if trouble:
                raise
            current_call().notes.append(f"{model_name(self.large)!r} failed: {describe(error)}; the smaller one's reply stands")
            return said
        self.escalations.append(Escalation(reason, said, better))
        return better

    def _may_ask(self) -> bool:
        """Whether there is time and a call for it, and one more of `most`, which is then taken."""
        seconds, calls = current_call().seconds_left, current_call().calls_left
        enough = (seconds is None or seconds > early(seconds)) and (calls is None or calls > 0)
        return enough and (self._free is None or self._free.acquire(blocking=False))


def shortcoming(said: Any, below: float) -> Reason | None:
    """Why a reply is not good enough, if it is not; one that no role may give has failed."""
    if not any(allowed(said) for allowed in (is_reading, is_plan, is_complexity, are_grades, is_support)):
        return "failed"
    if isinstance(said, Reading):
        return "nothing_found" if said.answer is None else "low_confidence" if said.confidence < below else None
    if isinstance(said, Plan):
        return None if said.sub_questions else "nothing_found"
    if isinstance(said, Complexity):
        return "low_confidence" if decidedness(said.score) < below else None
    if isinstance(said, list):
        return "nothing_found" if said and max(said) < below else None
    return "low_confidence" if decidedness(float(said)) < below else None


def decidedness(score: float) -> float:
    return abs(score - 0.5) * 2
