"""A small role backed by a larger one: when the larger one is asked, what it costs, and what is said of it."""

import threading

import pytest

from agentic_rag.budget import Meter, current_call
from agentic_rag.cascade import Cascade, Escalation
from agentic_rag.errors import BusyError, GraphError
from agentic_rag.types import Budget, Complexity, Plan, Reading, SubQuestion

SURE, UNSURE = Reading("1748", 0.9), Reading("1749", 0.2)


class Says:
    """A role that says the same of everything, for three tokens; an exception is raised."""

    def __init__(self, model, value):
        self.model, self.value, self.asked = model, value, 0

    def __call__(self, *_):
        self.asked += 1
        current_call().input_tokens += 3
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def cascade(small, large=SURE, **settings) -> Cascade:
    return Cascade(Says("small", small), Says("large", large), **settings)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (SURE, None),
        (UNSURE, "low_confidence"),
        (Reading(), "nothing_found"),
        (BusyError("no server"), "failed"),
        (TimeoutError("late"), "timeout"),
        (Complexity(0.97), None),
        (Complexity(0.6), "low_confidence"),
        (Plan([]), "nothing_found"),
        (Plan([SubQuestion(1, "Who?", "words")]), None),
        ([0.1, 0.9], None),
        ([0.1, 0.2], "nothing_found"),
        ([], None),
        (0.05, None),
        (0.45, "low_confidence"),
        (5.0, "failed"),
        ([2.0, 3.0], "failed"),
        (Complexity(7.0), "failed"),
        (Reading("1748", float("nan")), "failed"),
        (None, "failed"),
    ],
)
def test_the_larger_one_is_asked_for_a_reason(said, reason):
    both = cascade(said, "the larger one's")
    value = both("When?", [])
    assert value == ("the larger one's" if reason else said)
    assert [one.reason for one in both.escalations] == ([reason] if reason else [])


def test_only_the_reasons_that_were_chosen_count():
    both = cascade(UNSURE, when=("failed",))
    assert both("When?", []) == UNSURE
    with pytest.raises(BusyError):
        cascade(BusyError("no server"), when=("low_confidence",))("When?", [])
    with pytest.raises(GraphError, match="there is no reason 'boredom' to escalate; there are failed, timeout"):
        cascade(SURE, when=("boredom",))


def test_tokens_and_calls_are_those_of_both_and_the_escalation_is_noted():
    meter = Meter(Budget())
    both = cascade(UNSURE)
    assert meter.attempt("reader", both, "When?", [], default=None) == SURE
    assert [(one.role, one.model, one.calls, one.input_tokens) for one in meter.usage] == [
        ("reader", "small", 1, 3),
        ("reader", "large", 1, 3),
    ]
    assert meter.remarks == ["'large' was asked after 'small': low confidence"]
    assert both.escalations == [Escalation("low_confidence", UNSURE, SURE)]


def test_what_the_larger_one_cannot_do_the_smaller_ones_reply_does():
    meter = Meter(Budget())
    assert meter.attempt("reader", cascade(UNSURE, BusyError("down")), "When?", [], default=None) == UNSURE
    assert meter.remarks[-1] == "'large' failed: BusyError: down; the smaller one's reply stands"
    with pytest.raises(BusyError, match="down"):
        cascade(BusyError("no server"), BusyError("down"))("When?", [])


def test_a_larger_one_that_hangs_takes_no_reply_away():
    hanging = Cascade(Says("small", UNSURE), lambda *_: threading.Event().wait(5))
    meter = Meter(Budget(seconds=1.5))
    assert meter.attempt("reader", hanging, "When?", [], default=None) == UNSURE
    assert "TimeoutError" in meter.remarks[-1]
    assert meter.calls == 2


def test_there_is_a_limit_to_spending():
    both = cascade(UNSURE, most=2)
    assert [both("When?", []) for _ in range(4)] == [SURE, SURE, UNSURE, UNSURE]
    assert both.large.asked == 2


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_the_larger_one_is_not_asked_where_the_budget_has_no_call_left_for_it(calls):
    meter = Meter(Budget(calls=calls))
    three = Cascade(cascade(UNSURE, UNSURE), Says("largest", SURE))
    assert meter.attempt("reader", three, "When?", [], default=None) == (SURE if calls == 3 else UNSURE)
    assert meter.calls == calls


def test_cascades_nest():
    meter = Meter(Budget())
    three = Cascade(cascade(UNSURE, Reading()), Says("largest", SURE))
    assert meter.attempt("reader", three, "When?", [], default=None) == SURE
    assert [one.model for one in meter.usage] == ["small", "large", "largest"]
