"""What a script makes the double of an Ollama server do, as the real client sees it."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import Any, Literal

import httpx
import ollama
import pytest
from pydantic import BaseModel, Field

from agentic_rag.testing.ollama import Behaviour, OllamaDouble, OllamaModel, OllamaRequest, faults, fill_schema

ASKED = [{"role": "user", "content": "Who designed Saltgate Bridge?"}]
THINKER = OllamaModel("thinker:4b", ("completion", "thinking"))


class Verdict(BaseModel):
    label: Literal["supported", "contradicted"]
    confidence: float = Field(ge=0, le=1)
    quotes: list[str]


VERDICT = '{"label": "supported", "confidence": 0, "quotes": []}'


def test_without_a_script_a_schema_is_filled(served: Any) -> None:
    with served() as (_, client):
        assert client.chat("small", ASKED, format=Verdict.model_json_schema()).message.content == VERDICT
        assert client.chat("small", ASKED, format="json").message.content == "{}"
        assert client.generate("small", "Hm?").response == "This is a reply of a test double."


class Node(BaseModel):
    name: str = Field(min_length=6)
    parent: Node | None
    children: list[Node] = Field(min_length=0)


class Everything(BaseModel):
    node: Node
    few: list[int] = Field(min_length=2)
    small: int = Field(gt=2, lt=4)
    negative: float = Field(lt=0)
    between: float = Field(gt=0, lt=0.5)
    even: int = Field(ge=3, multiple_of=2)
    either: int | str
    flag: bool
    short: str = Field(max_length=2)


def test_a_filled_schema_is_valid_and_simple() -> None:
    filled = fill_schema(Everything.model_json_schema())
    assert filled == {
        "node": {"name": "textte", "parent": None, "children": []},
        "few": [0, 0],
        "small": 3,
        "negative": -1,
        "between": 0.25,
        "even": 4,
        "either": 0,
        "flag": False,
        "short": "te",
    }
    assert Everything.model_validate(filled)


def test_properties_that_nobody_requires_are_filled_only_where_no_property_is_required() -> None:
    properties = {"answer": {"type": "string"}, "day": {"type": "string", "format": "date"}}
    assert fill_schema({"type": "object", "properties": properties}) == {"answer": "text", "day": "2000-01-01"}
    assert fill_schema({"type": "object", "properties": properties, "required": ["answer"]}) == {"answer": "text"}


@pytest.mark.parametrize(
    ("behaviour", "content"),
    [
        (Behaviour.says("42"), "42"),
        (Behaviour.fills_schema(), VERDICT),
        (Behaviour.wraps_in_prose(), f"Sure! Here it is:\n\n{VERDICT}\n\nHope this helps!"),
        (Behaviour.fences(), f"```json\n{VERDICT}\n```"),
        (Behaviour.truncates(), '{"label": "supported", "co'),
        (Behaviour.tags_thinking("Hm, so."), f"<think>\nHm, so.\n</think>\n\n{VERDICT}"),
        (Behaviour.says_nothing(), ""),
        (Behaviour.refuses(), "I'm sorry, but I can't help with that."),
        (Behaviour.speaks_another_language(), "Das geht aus den vorliegenden Texten leider nicht hervor."),
        (Behaviour.stalls(0.01), VERDICT),
        (Behaviour.dawdles(0.0001), VERDICT),
        (replace(Behaviour.fences(), text="[]"), "```json\n[]\n```"),
    ],
)
def test_a_behaviour_decides_what_is_said(served: Any, behaviour: Behaviour, content: str) -> None:
    with served(behaviour) as (_, client):
        assert client.chat("small", ASKED, format=Verdict.model_json_schema()).message.content == content


def test_a_model_thinks_first_where_it_can_and_may(served: Any, error_of: Any) -> None:
    with served(Behaviour.thinks("She did it.", "Tolquist"), models=["small", THINKER]) as (_, client):
        replies = [client.chat("thinker:4b", ASKED, think=think) for think in (True, False, None, "low")]
        generated = client.generate("thinker:4b", "Who?", think=True)
        parts = list(client.chat("thinker:4b", ASKED, think=True, stream=True))
        cut = client.chat("thinker:4b", ASKED, think=True, options={"num_predict": 3})
        unable = client.chat("small", ASKED, think=False)
        assert error_of(client.chat, "small", ASKED, think=True) == (400, '"small" does not support thinking')
    assert [reply.message.thinking for reply in replies] == ["She did it.", None, "She did it.", "She did it."]
    assert {reply.message.content for reply in replies} == {"Tolquist"}
    assert (generated.thinking, generated.response, generated.eval_count) == ("She did it.", "Tolquist", 5)
    assert [(part.message.thinking, part.message.content) for part in parts[-3:]] == [(".", ""), (None, "Tolquist"), (None, "")]
    assert (cut.message.thinking, cut.message.content, cut.done_reason) == ("She did it", "", "length")
    assert (unable.message.thinking, unable.message.content) == (None, "Tolquist")


def test_endless_white_space_ends_at_num_predict(served: Any) -> None:
    with served(Behaviour.whitespace(pace=0)) as (_, client):
        reply = client.chat("small", ASKED, format="json", options={"num_predict": 200})
        unlimited = client.chat("small", ASKED, options={"num_ctx": 16})
    assert (reply.message.content, reply.done_reason, reply.eval_count) == ("\n" * 200, "length", 200)
    assert unlimited.eval_count == 160


def test_endless_white_space_ends_when_the_client_leaves(connected: Any) -> None:
    with OllamaDouble(script=Behaviour.whitespace()) as server, connected(server, timeout=0.6) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.chat("small", ASKED)
        stream = client.chat("small", ASKED, stream=True)
        next(stream)
        stream.close()
        assert [exchange.client_left for exchange in server.settle()] == [True, True]
        assert client.list().models


def test_a_server_that_notices_the_loop_fails(served: Any, error_of: Any) -> None:
    with served(Behaviour.loops()) as (_, client):
        assert error_of(client.chat, "small", ASKED) == (500, "prediction aborted, token repeat limit reached")
        assert client.chat("small", ASKED, options={"num_predict": 9}).done_reason == "length"


def test_http_errors_have_their_status_and_message(served: Any, error_of: Any) -> None:
    with served([Behaviour.fails(), Behaviour.fails(503, "server busy"), Behaviour.says("ok")]) as (server, client):
        assert error_of(client.chat, "small", ASKED)[0] == 500
        assert error_of(lambda: list(client.chat("small", ASKED, stream=True))) == (503, "server busy")
        assert client.chat("small", ASKED).message.content == "ok"
    assert [(exchange.outcome, exchange.status) for exchange in server.exchanges] == [
        ("error", 500),
        ("error", 503),
        ("stop", 200),
    ]


def test_an_error_in_the_middle_of_a_stream_is_a_line_of_it(served: Any, error_of: Any) -> None:
    with served(Behaviour.breaks(tokens=2)) as (server, client):
        said: list[str | None] = []
        with pytest.raises(ollama.ResponseError) as raised:
            said.extend(part.message.content for part in client.chat("small", ASKED, stream=True))
        assert (raised.value.status_code, raised.value.error) == (-1, "an error was encountered while running the model")
        assert error_of(client.chat, "small", ASKED) == (500, "an error was encountered while running the model")
    assert server.exchanges[0].status == 200
    assert server.exchanges[1].status == 500


@pytest.mark.parametrize(
    ("tokens_first", "stream", "message"),
    [
        (0, False, "Server disconnected without sending a response."),
        (0, True, "Server disconnected without sending a response."),
        (2, False, "peer closed connection without sending complete message body (received"),
        (2, True, "peer closed connection without sending complete message body (incomplete chunked read)"),
    ],
)
def test_the_connection_closes_before_or_in_the_middle_of_a_reply(
    served: Any, tokens_first: int, stream: bool, message: str
) -> None:
    with served(Behaviour.hangs_up(tokens_first)) as (server, client):
        got = []
        with pytest.raises(httpx.RemoteProtocolError) as raised:
            got += list(client.chat("small", ASKED, stream=True)) if stream else [client.chat("small", ASKED)]
        assert str(raised.value).startswith(message)
        assert [exchange.outcome for exchange in server.settle()] == ["hung up"]


def test_an_embed_fails_as_the_script_says(served: Any, error_of: Any) -> None:
    with served([Behaviour.fails(500, "no"), Behaviour.hangs_up(), Behaviour.says("unheard")]) as (_, client):
        assert error_of(client.embed, "small", "a") == (500, "no")
        with pytest.raises(httpx.RemoteProtocolError):
            client.embed("small", "a")
        assert client.embed("small", "a").prompt_eval_count == 1


def test_tokens_come_at_their_pace(served: Any) -> None:
    with served([Behaviour.dawdles(0.02), replace(Behaviour.says("one two three four"), seconds=1.0)]) as (_, client):
        slow = client.chat("small", ASKED)
        arrivals = [time.monotonic() for _ in client.chat("small", ASKED, stream=True)]
    assert slow.eval_duration >= 9 * 0.02e9
    assert arrivals[3] - arrivals[0] > (arrivals[4] - arrivals[3]) * 3 > 0


def test_a_list_ends_with_its_last_behaviour_and_a_function_sees_the_request(served: Any) -> None:
    with served([Behaviour.says("1"), Behaviour.says("2")]) as (_, client):
        assert [client.chat("small", ASKED).message.content for _ in range(4)] == ["1", "2", "2", "2"]

    def echo(request: OllamaRequest) -> Behaviour:
        return Behaviour.says(f"{request.endpoint} {request.model} {request.options['seed']} {request.text}")

    with served(echo) as (_, client):
        assert (
            client.chat("small", ASKED, options={"seed": 7}).message.content == "/api/chat small 7 Who designed Saltgate Bridge?"
        )
    with pytest.raises(ValueError, match="the script is an empty list"):
        OllamaDouble(script=[])


def test_a_script_that_raises_is_an_error_of_the_server(served: Any, error_of: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with served(lambda request: request.body["nothing"]) as (_, client):
        assert error_of(client.chat, "small", ASKED) == (500, "the double or its script failed: KeyError: 'nothing'")
    assert capfd.readouterr() == ("", "")


def test_faults_come_at_their_rate_whatever_the_order_of_the_requests() -> None:
    requests = [OllamaRequest("/api/generate", {"model": "small", "prompt": str(number)}) for number in range(500)]
    among = [Behaviour.fails(), Behaviour.hangs_up()]
    script, other_order, other_seed = (faults(0.1, seed, among, Behaviour.says("ok")) for seed in (1, 1, 2))
    drawn = [script(request) for request in requests]
    assert Counter(behaviour.ending if behaviour.status == 200 else "fails" for behaviour in drawn) == {
        "done": 405,
        "fails": 43,
        "close": 52,
    }
    assert [other_order(request) for request in reversed(requests)] == drawn[::-1]
    assert [other_seed(request) for request in requests] != drawn
    assert len({script(requests[0]).status for _ in range(60)}) == 2
    with pytest.raises(ValueError, match=r"2 faults at a rate of 0\.6 each"):
        faults(0.6, 1, among)
