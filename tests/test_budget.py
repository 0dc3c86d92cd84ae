"""The laws of the budget: shares never exceed what is left, usage adds up, nothing raises."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from agentic_rag.budget import SEARCH, Meter, current_call, merge_usage, share, spent_by, within_part
from agentic_rag.types import Budget, Spent, Usage

LIMITS = st.none() | st.integers(-3, 200)
USAGES = st.lists(
    st.builds(Usage, st.sampled_from(["reader", SEARCH]), st.sampled_from("ab"), st.integers(0, 9), st.integers(0, 9))
)


@given(LIMITS, LIMITS, st.integers(1, 12), st.integers(0, 5))
def test_shares_of_a_budget_never_add_up_to_more_than_it(
    calls: int | None, tokens: int | None, branches: int, reserve: int
) -> None:
    shares = share(Budget(calls, tokens, 10.0, 2), branches, seconds=0.8, reserve=reserve)
    assert len(shares) == branches
    assert all(part.seconds == 8.0 for part in shares)
    if calls is not None:
        assert sum(part.calls or 0 for part in shares) == max(0, calls - reserve)
    if tokens is not None:
        assert sum(part.tokens or 0 for part in shares) <= max(0, tokens)


@given(USAGES, USAGES)
def test_merged_usage_keeps_every_call(first: list[Usage], second: list[Usage]) -> None:
    merged = merge_usage(first, second)
    assert len({(usage.role, usage.model) for usage in merged}) == len(merged)
    assert sum(usage.calls for usage in merged) == sum(usage.calls for usage in first + second)
    assert spent_by(merged, Spent()).calls == sum(usage.calls for usage in first + second if usage.role != SEARCH)


def test_the_last_calls_can_be_kept_for_somebody_else() -> None:
    meter = Meter(Budget(calls=2), Spent(calls=1))
    assert meter.attempt("router", lambda: "yes", default="no", reserve=1) == "no"
    assert meter.attempt("reader", lambda: "yes", default="no") == "yes"
    assert meter.attempt("reader", lambda: "yes", default="no") == "no"
    assert (meter.calls, meter.exhausted) == (1, ["calls", "calls"])


def test_searches_are_metered_but_do_not_count_as_calls() -> None:
    meter = Meter(Budget(calls=0))
    assert meter.attempt(SEARCH, lambda: "found", default="") == "found"
    assert (meter.calls, meter.usage[0].calls) == (0, 1)


def test_tokens_that_a_model_reports_are_counted_and_end_a_budget() -> None:
    def model() -> str:
        current_call().input_tokens += 70
        current_call().output_tokens += 30
        return "said"

    meter = Meter(Budget(tokens=100))
    assert [meter.attempt("reader", model, default="refused") for _ in range(2)] == ["said", "refused"]
    assert (meter.usage[0].input_tokens, meter.usage[0].output_tokens, meter.exhausted) == (70, 30, ["tokens"])


def test_what_prepares_a_call_and_the_call_are_both_counted_within_a_part() -> None:
    def prepare() -> None:
        current_call().read_and_wrote(100, 0)

    def model() -> str:
        within_part(prepare, calls=0)
        current_call().read_and_wrote(7, 3)
        return "said"

    meter = Meter(Budget())
    assert meter.attempt("reader", lambda: within_part(model), default="") == "said"
    assert [(one.model, one.calls, one.input_tokens) for one in meter.usage] == [("model", 1, 7), ("prepare", 0, 100)]


def test_a_model_is_told_how_long_it_has() -> None:
    left: list[float | None] = []
    Meter(Budget(seconds=5)).attempt("reader", lambda: left.append(current_call().seconds_left), default=None)
    Meter(Budget(seconds=None)).attempt("reader", lambda: left.append(current_call().seconds_left), default=None)
    assert left[0] is not None
    assert 4 < left[0] <= 5
    assert left[1] is None


def test_a_part_that_gives_up_by_itself_does_not_use_up_the_budget() -> None:
    def late() -> None:
        raise TimeoutError("the server took ten seconds")

    for seconds in (None, 60.0):
        meter = Meter(Budget(seconds=seconds))
        assert meter.attempt("retriever", late, default="nothing") == "nothing"
        assert (meter.exhausted, meter.notes[0][:20]) == ([], "retriever timed out ")


def test_what_hangs_is_left_behind() -> None:
    meter = Meter(Budget(seconds=0.1))
    started = time.monotonic()
    assert meter.attempt("reader", lambda: time.sleep(3) or "late", default="in time") == "in time"
    assert time.monotonic() - started < 2.5
    assert (meter.exhausted, meter.notes[0][:17]) == (["seconds"], "reader timed out ")
