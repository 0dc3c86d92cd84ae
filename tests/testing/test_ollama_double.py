"""The double of an Ollama server, asked by the real client: what it replies, what it refuses, what it remembers."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentic_rag.testing.ollama import Behaviour, OllamaModel, count_tokens
from agentic_rag.testing.wire import tokens

ASKED = [{"role": "user", "content": "Who designed Saltgate Bridge?"}]


def test_a_chat_is_answered_whole_with_what_ollama_counts(served: Any) -> None:
    with served(Behaviour.says("Maren Tolquist did.")) as (_, client):
        reply = client.chat("small", ASKED)
    assert (reply.model, reply.message.role, reply.message.content) == ("small", "assistant", "Maren Tolquist did.")
    assert (reply.done, reply.done_reason, reply.prompt_eval_count, reply.eval_count) == (True, "stop", 9, 4)
    assert reply.message.thinking is None
    assert 0 < reply.load_duration < reply.total_duration < 5e9
    assert min(reply.prompt_eval_duration, reply.eval_duration) > 0


def test_a_chat_is_streamed_token_by_token_with_the_counts_at_the_end(served: Any) -> None:
    with served(Behaviour.says("Maren Tolquist did.")) as (_, client):
        parts = list(client.chat("small", ASKED, stream=True))
    assert [part.message.content for part in parts] == ["Maren", " Tolquist", " did", ".", ""]
    assert [part.done for part in parts] == [False, False, False, False, True]
    assert [part.eval_count for part in parts] == [None, None, None, None, 4]
    assert parts[-1].done_reason == "stop"


def test_a_generate_is_answered_whole_and_as_a_stream(served: Any) -> None:
    with served(Behaviour.says("In 1748.")) as (server, client):
        whole = client.generate("small", "When was she born?", system="Be brief.")
        parts = list(client.generate("small", "When was she born?", stream=True))
    assert (whole.response, whole.done_reason, whole.prompt_eval_count, whole.eval_count) == ("In 1748.", "stop", 16, 3)
    assert [part.response for part in parts] == ["In", " 1748", ".", ""]
    assert server.exchanges[0].request.messages == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "When was she born?"},
    ]


def test_a_request_that_does_not_say_is_streamed(served: Any) -> None:
    with served(Behaviour.says("Yes.")) as (server, _):
        reply = httpx.post(f"{server.url}/api/generate", json={"model": "small", "prompt": "Is it?"}, verify=False)
    assert reply.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line)["response"] for line in reply.text.splitlines()] == ["Yes", ".", ""]


def test_texts_that_share_words_are_embedded_near_each_other(served: Any, error_of: Any) -> None:
    with served(models=[OllamaModel("embedder", ("embedding",), embedding_length=64)]) as (_, client):
        reply = client.embed("embedder", ["smoked char", "char and barley", "a footbridge"])
        short = client.embed("embedder", "smoked char", dimensions=8)
        nothing = client.embed("embedder", [])
        assert error_of(client.chat, "embedder", ASKED) == (400, '"embedder" does not support chat')
    near, far = (sum(a * b for a, b in zip(reply.embeddings[0], other, strict=True)) for other in reply.embeddings[1:])
    assert near > far
    assert (reply.model, len(reply.embeddings[0]), reply.prompt_eval_count) == ("embedder", 64, 7)
    assert len(short.embeddings[0]) == 8
    assert nothing.embeddings == []


def test_models_are_listed_and_shown(served: Any) -> None:
    with served(models=["small", OllamaModel("qwen3:4b", ("completion", "thinking"), {"num_ctx": 8192}, family="qwen3")]) as (
        _,
        client,
    ):
        listed = client.list().models
        shown = client.show("qwen3:4b")
    assert [model.model for model in listed] == ["small:latest", "qwen3:4b"]
    assert (listed[0].size, len(listed[0].digest)) == (2019393189, 64)
    assert (shown.details.family, shown.details.parameter_size, shown.details.quantization_level) == ("qwen3", "3.2B", "Q4_K_M")
    assert shown.modelinfo == {
        "general.architecture": "qwen3",
        "qwen3.context_length": 131072,
        "qwen3.embedding_length": 256,
    }
    assert shown.capabilities == ["completion", "thinking"]
    assert shown.parameters == "num_ctx                        8192"


def test_the_server_greets_and_says_its_version(served: Any) -> None:
    with served(version="0.34.0") as (server, _), httpx.Client(base_url=server.url, verify=False) as client:
        assert client.get("/").text == "Ollama is running"
        assert (client.head("/").status_code, client.head("/").text) == (200, "")
        assert client.get("/api/version").json() == {"version": "0.34.0"}
        assert (client.get("/api/nothing").status_code, client.get("/api/nothing").text) == (404, "404 page not found")
        assert client.get("/api/chat").status_code == 405


def test_an_unknown_model_is_an_error_404(served: Any, error_of: Any) -> None:
    with served() as (_, client):
        assert error_of(client.chat, "large", ASKED) == (404, "model 'large' not found")
        assert error_of(client.generate, "large", "Hm?") == (404, "model 'large' not found")
        assert error_of(client.show, "large") == (404, "model 'large' not found")
        assert error_of(client.embed, "large", "Hm.") == (404, 'model "large" not found, try pulling it first')
        assert client.chat("SMALL:latest", ASKED).model == "SMALL:latest"


LEVELS = 'must be "high", "medium", "low", "max", true, or false'
UNDECODED = "json: cannot unmarshal {} into Go struct field ChatRequest.{} of type {}"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("", 400, "missing request body"),
        ("{", 400, "invalid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("{}", 400, "model is required"),
        ('{"model": 3}', 400, UNDECODED.format("number", "model", "string")),
        ('{"model": "small", "messages": "hi"}', 400, UNDECODED.format("string", "messages", "[]api.Message")),
        ('{"model": "small", "messages": ["hi"]}', 400, UNDECODED.format("string", "messages", "api.Message")),
        ('{"model": "small", "think": "hard"}', 400, f'invalid think value: "hard" ({LEVELS})'),
        ('{"model": "small", "keep_alive": "soon"}', 400, 'time: invalid duration "soon"'),
        ('{"model": "small", "keep_alive": "5"}', 400, 'time: missing unit in duration "5"'),
        ('{"model": "small", "format": "x"}', 400, r'invalid format: "\"x\""; expected "json" or a valid JSON Schema object'),
        ('{"model": "small", "options": {"num_ctx": "big"}}', 500, 'option "num_ctx" must be of type integer'),
    ],
)
def test_bad_input_is_refused_in_the_words_of_ollama(served: Any, body: str, status: int, error: str) -> None:
    with served() as (server, _):
        reply = httpx.post(f"{server.url}/api/chat", content=body, verify=False)
    assert (reply.status_code, reply.json()) == (status, {"error": error})


def test_tokens_are_words_and_signs() -> None:
    assert tokens("Who's she?\n\nTolquist (1748) ") == ["Who", "'", "s", " she", "?", "\n\nTolquist", " (", "1748", ")", " "]
    assert [count_tokens(text) for text in ["", " ", "a b", "212 metres."]] == [0, 1, 2, 3]


@settings(max_examples=30)
@given(st.text())
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text


@pytest.mark.parametrize(
    ("overflow", "words", "counted"),
    [
        ("half", 59, 63),
        ("half", 60, 34),  # a prompt that fills the window is cut to 4 + 60 / 2
        ("half", 5000, 34),
        ("window", 60, 64),
        ("window", 5000, 64),
    ],
)
def test_a_prompt_that_is_too_long_is_cut_in_silence(served: Any, overflow: str, words: int, counted: int) -> None:
    with served(overflow=overflow) as (server, client):
        reply = client.generate("small", "word " * (words - 1) + "word", options={"num_ctx": 64})
    assert (reply.done_reason, reply.prompt_eval_count) == ("stop", counted)
    assert (server.exchanges[0].prompt_tokens, server.exchanges[0].kept_tokens) == (words + 4, counted)


def test_old_messages_go_before_the_system_message_and_the_last_one(served: Any) -> None:
    said = [("system", "word " * 9), ("user", "word " * 99), ("assistant", "word " * 9), ("user", "word " * 19)]
    with served() as (_, client):
        messages = [{"role": role, "content": content + "word"} for role, content in said]
        assert client.chat("small", messages, options={"num_ctx": 60}).prompt_eval_count == 14 + 14 + 24


def test_the_window_is_that_of_the_server_of_the_model_or_of_the_request_whichever_is_last(served: Any) -> None:
    models = ["small", OllamaModel("wide", parameters={"num_ctx": 8192}), OllamaModel("narrow", context_length=512)]
    with served(models=models) as (_, client):
        for model, options in [("small", {}), ("wide", {}), ("narrow", {"num_ctx": 9999})]:
            client.chat(model, ASKED, options=options)
        windows = {model.model: model.context_length for model in client.ps().models}
        client.chat("wide", ASKED, options={"num_ctx": 1024})
        assert {model.model: model.context_length for model in client.ps().models}["wide:latest"] == 1024
    assert windows == {"small:latest": 4096, "wide:latest": 8192, "narrow:latest": 512}


def test_a_server_may_refuse_prompts_that_are_too_long(served: Any, error_of: Any) -> None:
    with served(overflow="error") as (_, client):
        status, error = error_of(client.generate, "small", "word " * 5000)
        assert (status, error[:50]) == (400, "the prompt is longer than the context length curre")
        assert client.generate("small", "word").done


def test_num_predict_cuts_the_reply(served: Any) -> None:
    with served(Behaviour.says("one two three four")) as (_, client):
        reply = client.chat("small", ASKED, options={"num_predict": 2})
        parts = list(client.chat("small", ASKED, options={"num_predict": 2}, stream=True))
        assert client.chat("small", ASKED, options={"num_predict": 4}).done_reason == "stop"
    assert (reply.message.content, reply.done_reason, reply.eval_count) == ("one two", "length", 2)
    assert [part.message.content for part in parts] == ["one", " two", ""]
    assert parts[-1].done_reason == "length"


def test_every_request_is_on_record(served: Any) -> None:
    with served(models=["small", "other"]) as (server, client):
        client.chat("small", ASKED, format="json", options={"num_ctx": 512})
        client.embed("other", ["a", "b"])
        client.ps()
    chat, embed, ps = server.exchanges
    assert (chat.request.endpoint, chat.request.model, chat.request.messages) == ("/api/chat", "small", ASKED)
    assert (chat.request.format, chat.request.options, chat.request.stream) == ("json", {"num_ctx": 512}, False)
    assert chat.arrived <= chat.dispatched <= chat.ended <= embed.arrived
    assert (embed.request.inputs, embed.outcome, embed.status) == (["a", "b"], "done", 200)
    assert (ps.request.endpoint, ps.dispatched, ps.client_left) == ("/api/ps", None, False)
