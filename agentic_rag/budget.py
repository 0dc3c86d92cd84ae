"""One budget for a whole run: who may still call a model, for how long, and what was spent.

A step makes a `Meter` from the state, does its calls through it, and writes back what the meter counted. Nothing is shared
between threads: a parallel branch gets a share of what is left, so runs with a tight budget are repeatable too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from agentic_rag.types import Budget, Spent, Usage

T = TypeVar("T")
N = TypeVar("N", int, float)

SEARCH = "retriever"
"""The role name under which searches are metered; they do not count as model calls."""


@dataclass(slots=True)
class Call:
    """The role call that is under way: models report tokens to it and take their timeout from it.

    `calls` is how many calls of models the budget has left for it, None for any number. `notes` are what a part has to say of its
    own work: that it had to do with less than it was meant to. `parts` is what each of several models did, where one call was the
    work of several (`within_part`).
    """

    deadline: float | None
    calls: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    role: str = ""
    notes: list[str] = field(default_factory=list)
    parts: list[Usage] = field(default_factory=list)

    def read_and_wrote(self, input_tokens: int, output_tokens: int) -> None:
        """Count the tokens of one call of a model."""
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens

    @property
    def seconds_left(self) -> float | None:
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    @property
    def calls_left(self) -> int | None:
        return _minus(self.calls, sum(part.calls for part in self.parts))


_current: ContextVar[Call | None] = ContextVar("agentic_rag_call", default=None)
_run: ContextVar[str] = ContextVar("agentic_rag_run", default="")


def current_call() -> Call:
    """The call being metered in this context; outside a graph, one without limits that nobody reads."""
    return _current.get() or Call(deadline=None)


def current_run() -> str:
    """The `trace_id` of the question that is being asked in this context; "" outside of `ask`."""
    return _run.get()


@contextmanager
def run_named(trace_id: str) -> Iterator[None]:
    """What is called inside belongs to the run of that name."""
    token = _run.set(trace_id)
    try:
        yield
    finally:
        _run.reset(token)


def early(seconds: float) -> float:
    """How long before the end of so many seconds that gives up which keeps to it: a machine at work wakes nobody in time."""
    return min(1.0, max(0.05, seconds / 10))


def within_part(part: Callable[..., T], *args: object, calls: int = 1, seconds: float | None = None) -> T:
    """`part(*args)` as one of several models that do the work of one call: its tokens and seconds are counted as its own.

    `calls` is 0 of one that only prepares the work of the model whose call this is. Raises `TimeoutError` after `seconds`.
    """
    whole, started = current_call(), time.monotonic()
    deadline = whole.deadline if seconds is None else started + seconds
    own = Call(deadline, whole.calls_left, role=whole.role, notes=whole.notes)
    try:
        return within(seconds, part, *args, call=own)
    finally:
        used = own.input_tokens, own.output_tokens, time.monotonic() - started - sum(one.seconds for one in own.parts)
        if not any(one.calls for one in own.parts) and (calls or any(used[:2])):
            whole.parts.append(Usage("", model_name(part), calls, *used))
        whole.parts += own.parts


@dataclass
class Meter:
    """Counts what one step spends, and refuses what the budget no longer allows.

    `attempt` never raises: what failed, timed out or was refused is in `notes`, and the limits that refused in `exhausted`.
    `remarks` are what parts said of their own work.
    """

    budget: Budget
    spent: Spent = field(default_factory=Spent)
    usage: list[Usage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    exhausted: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    waited: float = 0.0
    started: float = field(default_factory=time.monotonic)
    _under_way: list[tuple[str, object, Call, float]] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def calls(self) -> int:
        return sum(usage.calls for usage in self.usage if usage.role != SEARCH)

    @property
    def seconds(self) -> float:
        """Time that this step has taken, and what it `waited` for: the slowest of the parallel branches that it joins."""
        return self.waited + time.monotonic() - self.started

    def left(self) -> Budget:
        """What remains of the budget now."""
        tokens = sum(usage.input_tokens + usage.output_tokens for usage in self.usage)
        return Budget(
            calls=_minus(self.budget.calls, self.spent.calls + self.calls),
            tokens=_minus(self.budget.tokens, self.spent.tokens + tokens),
            seconds=_minus(self.budget.seconds, self.spent.seconds + self.seconds),
            rounds=_minus(self.budget.rounds, self.spent.rounds),
        )

    def shared(self, branches: int, reserve: int = 0, seconds: float = 1.0) -> list[Meter]:
        """A meter of its own for each parallel branch, over its share of what is left; `joined` takes them back."""
        return [Meter(budget) for budget in share(self.left(), branches, seconds=seconds, reserve=reserve)]

    def joined(self, branches: Iterable[Meter]) -> None:
        """Count what branches spent, and keep what they noted."""
        for branch in branches:
            self.usage = merge_usage(self.usage, branch.usage)
            self.notes += branch.notes
            self.remarks += branch.remarks
            self.exhausted += branch.exhausted

    def close(self) -> None:
        """Refuse every further call, and count the one that is under way: of a branch that nobody waits for any longer."""
        self.budget = Budget(calls=0, tokens=0, seconds=0.0)
        self._record()

    def attempt(
        self,
        role: str,
        part: Callable[..., T],
        *args: object,
        default: T,
        accept: Callable[[Any], bool] | None = None,
        reserve: int = 0,
    ) -> T:
        """Call `part(*args)` within the budget, keeping `reserve` calls for later.

        Returns `default` when the part may not be called, fails, or replies with something that `accept` refuses.
        """
        if limit := self._refusal(role, reserve):
            self.exhausted.append(limit)
            self.notes.append(f"no {role}: the budget of {limit} is exhausted")
            return default
        left = self.left()
        seconds, calls = left.seconds, None if left.calls is None else left.calls - reserve
        call = Call(None if seconds is None else time.monotonic() + seconds, calls, role=role)
        started = time.monotonic()
        self._under_way.append((role, part, call, started))
        try:
            reply = within(seconds, part, *args, call=call)
            if accept is None or accept(reply):
                return reply
            self.notes.append(f"{role} gave {reply!r:.80}, which is not what it is asked for")
        except TimeoutError:
            if seconds is not None and time.monotonic() - started > seconds - early(seconds):
                self.exhausted.append("seconds")
            self.notes.append(f"{role} timed out after {time.monotonic() - started:.1f} s")
        except Exception as error:  # noqa: BLE001  a part may fail in any way; the run goes on and says so
            self.notes.append(f"{role} failed: {describe(error)}")
        finally:
            self._record()
        return default

    def _refusal(self, role: str, reserve: int) -> str:
        left = self.left()
        if left.seconds is not None and left.seconds <= 0:
            return "seconds"
        if role != SEARCH and left.calls is not None and left.calls <= reserve:
            return "calls"
        return "tokens" if left.tokens is not None and left.tokens <= 0 else ""

    def _record(self) -> None:
        """Count the call that is under way, unless another thread has just counted it."""
        try:
            role, part, call, started = self._under_way.pop()
        except IndexError:
            return
        seconds = time.monotonic() - started
        self.remarks += call.notes
        parts = [replace(one, role=role) for one in call.parts]
        if not any(one.calls for one in parts):
            seconds -= sum(one.seconds for one in parts)
            parts = [Usage(role, model_name(part), 1, call.input_tokens, call.output_tokens, seconds), *parts]
        self.usage = merge_usage(self.usage, parts)


def merge_usage(old: list[Usage], new: list[Usage]) -> list[Usage]:
    """Sum by role and model; the order of first appearance is kept."""
    merged: dict[tuple[str, str], Usage] = {}
    for usage in [*old, *new]:
        seen = merged.get((usage.role, usage.model))
        merged[usage.role, usage.model] = usage if seen is None else _sum(seen, usage)
    return list(merged.values())


def share(left: Budget, branches: int, *, seconds: float = 1.0, reserve: int = 0) -> list[Budget]:
    """Split what is left among parallel branches: calls and tokens are divided, time is not.

    `reserve` calls are kept back, and of the time the branches get the part `seconds` (0..1), so that a wave that uses all it
    was given still leaves something to answer with.
    """
    calls = None if left.calls is None else max(0, left.calls - reserve)
    return [
        Budget(
            calls=None if calls is None else calls // branches + (branch < calls % branches),
            tokens=None if left.tokens is None else max(0, left.tokens) // branches,
            seconds=None if left.seconds is None else max(0.0, left.seconds * seconds),
            rounds=left.rounds,
        )
        for branch in range(branches)
    ]


def spent_by(usage: Iterable[Usage], spent: Spent) -> Spent:
    """`spent` with the calls and tokens of `usage`."""
    usage = list(usage)
    return replace(
        spent,
        calls=sum(entry.calls for entry in usage if entry.role != SEARCH),
        tokens=sum(entry.input_tokens + entry.output_tokens for entry in usage),
    )


def model_name(part: object) -> str:
    """How a part is named in usage: its `model`, or the name of its class or function."""
    owner = getattr(part, "__self__", part)
    return str(getattr(owner, "model", "") or getattr(owner, "__name__", "") or type(owner).__name__)


def describe(error: BaseException) -> str:
    """One line that says what an exception is."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def within(seconds: float | None, part: Callable[..., T], *args: object, call: Call | None = None) -> T:
    """`part(*args)`, or `TimeoutError` after `seconds`; what hangs is left behind in a daemon thread, and its result is lost."""
    context = copy_context()
    if call is not None:
        context.run(_current.set, call)
    if seconds is None:
        return context.run(part, *args)
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(context.run(part, *args))
        except BaseException as error:  # noqa: BLE001  handed to the caller, who is waiting for it
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True, name="agentic-rag-call").start()
    return outcome.result(timeout=min(seconds, threading.TIMEOUT_MAX))


def _minus(limit: N | None, spent: N) -> N | None:
    return None if limit is None else limit - spent


def _sum(a: Usage, b: Usage) -> Usage:
    return Usage(
        a.role,
        a.model,
        a.calls + b.calls,
        a.input_tokens + b.input_tokens,
        a.output_tokens + b.output_tokens,
        a.seconds + b.seconds,
    )
