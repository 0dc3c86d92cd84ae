"""From what a model wrote to a typed value: every rung of the ladder, and what is said of it."""

import threading

import pytest

from agentic_rag.budget import Meter
from agentic_rag.errors import BusyError
from agentic_rag.models.replies import json_in, without_thinking
from agentic_rag.prompted import PromptedRouter, PromptedVerifier, ReplyError
from agentic_rag.prompted.probe import probe
from agentic_rag.testing import ScriptedModel
from agentic_rag.types import Budget, Claim, Complexity, Passage, Reply

SIMPLE, COMPLEX = '{"label": "simple"}', '{"label": "complex"}'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('Sure! Here it is: {"a": 1} I hope that helps.', {"a": 1}),
        ('<think>maybe {"a": 2}?</think>{"a": 1}', {"a": 1}),
        ('so {"a": 2} it is</think> {"a": 1}', {"a": 1}),
        ('{"a": 1}\n\n\n      ', {"a": 1}),
        ('the list is ["x", "y"].', ["x", "y"]),
        ('{"a": {"b": 1}} {"c": 2}', {"a": {"b": 1}}),
        ('[1] says so: {"a": 1}', {"a": 1}),
        ("the passages [1, 2]", [1, 2]),
    ],
)
def test_json_is_found_in_what_stands_around_it(text, value):
    assert json_in(text) == value


@pytest.mark.parametrize("text", ["", "   \n\t", "I cannot help with that.", '{"a": ', "<think>" * 300, "[" * 5000])
def test_where_there_is_no_json_the_reply_is_quoted(text):
    with pytest.raises(ValueError, match="no JSON in the reply"):
        json_in(text)


def test_thinking_that_never_ends_leaves_nothing():
    assert without_thinking("<think>hm, hm, hm") == ""
    assert without_thinking("plain") == "plain"


def test_a_good_reply_is_asked_for_once():
    model = ScriptedModel([SIMPLE])
    assert PromptedRouter(model)("Who?") == Complexity(pytest.approx(0.15))
    assert len(model.asked) == 1
    assert model.schemas[0]["properties"]["label"]["enum"] == ["simple", "complex"]


def test_the_probability_of_the_tokens_is_the_score():
    assert PromptedRouter(ScriptedModel([Reply(COMPLEX, logprob=-0.1)]))("Who?").score == pytest.approx(0.9048, abs=1e-4)
    assert PromptedRouter(ScriptedModel([Reply(SIMPLE, logprob=-0.1)]))("Who?").score == pytest.approx(0.0952, abs=1e-4)


def test_a_bad_reply_is_shown_to_the_model_with_what_is_wrong():
    model = ScriptedModel(['{"label": "hard"}', COMPLEX])
    assert PromptedRouter(model)("Who?").score > 0.5
    assert "'label' was 'hard'; it must be one of 'simple', 'complex'" in model.asked[1]


def test_after_two_bad_replies_one_word_is_asked_for():
    model = ScriptedModel(["", "It depends.", "Complex!"])
    meter = Meter(Budget())
    found = meter.attempt("router", PromptedRouter(model), "Who?", default=None)
    assert found == Complexity(0.85)
    assert model.schemas[2] is None
    assert meter.remarks == ["router: asked for one word, because no JSON in the reply 'It depends.'"]
    assert meter.usage[0].output_tokens == 3


def test_where_the_context_has_no_room_to_say_what_was_wrong_one_word_is_asked_for():
    claim, full = Claim("How long?", "212 metres", []), [Passage("long", "word " * 500)]
    model = ScriptedModel(["no idea at all", "Supported."], context=400)
    assert PromptedVerifier(model)(claim, full) == 0.85
    assert len(model.asked) == 2
    assert model.asked[1].endswith("Reply with one word.")


@pytest.mark.parametrize("said", ["Not supported.", "It isn't supported.", "supported? no"])
def test_a_word_that_is_denied_is_no_answer(said):
    with pytest.raises(ReplyError):
        PromptedVerifier(ScriptedModel(["", "", said]))(Claim("How long?", "212 metres", []), [Passage("p", "It is long.")])


def test_an_ambiguous_word_is_no_answer():
    with pytest.raises(ReplyError, match="could not use any reply of 'scripted'") as failed:
        PromptedRouter(ScriptedModel(["simple or complex, who knows"]))("Who?")
    assert failed.value.raw == "simple or complex, who knows"


def test_who_stands_in_is_noted():
    meter = Meter(Budget())
    for trouble in (BusyError("the server is down"), TimeoutError("too slow")):
        router = PromptedRouter(ScriptedModel([trouble]), lambda _: Complexity(0.25))
        assert meter.attempt("router", router, "Who?", default=None) == Complexity(0.25)
    assert meter.notes == []
    assert [remark.partition("stood in, because ")[2] for remark in meter.remarks] == ["the server is down", "too slow"]


def test_without_anyone_to_stand_in_the_failure_is_a_value_of_the_run():
    meter = Meter(Budget())
    assert meter.attempt("router", PromptedRouter(ScriptedModel(["?"])), "Who?", default=Complexity(1.0)) == Complexity(1.0)
    [note] = meter.notes
    assert note.startswith(
        "router failed: ReplyError: the router could not use any reply of 'scripted': no JSON in the reply '?'"
    )


class Hanging(ScriptedModel):
    def generate(self, *_asked: object, **_settings: object) -> Reply:
        threading.Event().wait(5)
        return Reply("too late")


def test_a_probe_keeps_its_seconds_and_says_that_no_reply_came():
    found = list(probe(Hanging([]), [Passage("p", "The mill opened in 1901.", "Mill")], seconds=0.2))
    assert {(one.valid, one.trouble) for one in found} == {(0, "no reply in time")}
