"""Ollama models over real HTTP: what comes back, what is sent, and every way in which it goes wrong."""

import hashlib
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from agentic_rag.budget import Meter
from agentic_rag.errors import BusyError, ContextError, ModelError
from agentic_rag.models import Models, OllamaModel, OllamaServer, Slots
from agentic_rag.testing.ollama import Behaviour, OllamaDouble
from agentic_rag.testing.ollama import OllamaModel as Known
from agentic_rag.types import Budget

SCHEMA = {"type": "object", "properties": {"label": {"type": "string", "enum": ["simple"]}}, "required": ["label"]}


def model_on(server: OllamaDouble, **settings) -> OllamaModel:
    return OllamaModel("small", OllamaServer(server.url, Slots(4)), **{"tries": 1, "timeout": 5.0, **settings})


def test_a_reply_comes_with_its_tokens_and_seconds_and_the_meter_counts_them():
    with OllamaDouble(script=Behaviour.says("Four words are here.")) as server:
        meter = Meter(Budget())
        reply = meter.attempt("reader", model_on(server).generate, "How many words are there?", default=None)
    assert (reply.text, reply.finish, reply.output_tokens) == ("Four words are here.", "stop", 5)
    assert reply.input_tokens > 5
    assert 0 < reply.seconds < 5
    [usage] = meter.usage
    assert (usage.model, usage.input_tokens, usage.output_tokens) == ("ollama:small", reply.input_tokens, 5)


def test_what_is_sent_says_context_length_schema_and_no_thinking():
    with OllamaDouble() as server:
        assert json.loads(model_on(server, num_ctx=2048).generate("Simple?", SCHEMA, tokens=32).text) == {"label": "simple"}
        [sent] = [exchange.request.body for exchange in server.exchanges if exchange.request.endpoint == "/api/chat"]
    assert sent["options"] == {"num_ctx": 2048, "num_predict": 32, "temperature": 0.0}
    assert sent["format"] == SCHEMA
    assert sent["think"] is False
    assert sent["keep_alive"] == "10m"


def test_the_context_is_no_larger_than_what_the_model_was_trained_for():
    with OllamaDouble(models=[Known("small", context_length=1024)]) as server:
        assert model_on(server).context == 1024
        assert model_on(server, num_ctx=512).context == 512


@pytest.mark.parametrize("told", [None, [], "many", 0])
def test_a_context_that_the_server_does_not_tell_is_the_usual_one(told):
    model = OllamaModel("small", num_ctx=2048)
    model.__dict__["about"] = {"model_info": {"small.context_length": told}}
    assert model.context == 2048


def test_the_digest_tells_exact_weights_apart():
    with OllamaDouble(models=[Known("small"), "other"]) as server:
        assert model_on(server).digest == hashlib.sha256(b"small:latest").hexdigest()


@pytest.mark.parametrize("overflow", ["half", "window"])
def test_a_prompt_that_the_server_cut_is_an_error_and_not_an_answer(overflow):
    with OllamaDouble(overflow=overflow) as server:
        model = model_on(server, num_ctx=512)
        model.count._rate = 0.001  # as if earlier prompts had had hardly any tokens
        with pytest.raises(ContextError, match=r"the prompt was cut, so the reply is not used"):
            model.generate("words that are many " * 149, tokens=16)


def test_a_prompt_that_is_too_long_is_not_sent():
    with OllamaDouble() as server:
        with pytest.raises(ContextError, match="more than the 512 of 'ollama:small'"):
            model_on(server, num_ctx=512).generate("x" * 5000)
        assert [exchange.request.endpoint for exchange in server.exchanges] == ["/api/show"]


def test_the_estimate_of_tokens_learns_from_the_servers_counts():
    with OllamaDouble() as server:
        model, prompt = model_on(server), "some words of a usual length " * 40
        before = model.count(prompt)
        told = model.generate(prompt).input_tokens
        assert told < model.count(prompt) < before


@pytest.mark.parametrize(
    ("behaviour", "tokens", "text", "finish"),
    [
        (Behaviour.tags_thinking("hm, hm", "42"), 64, "42", "stop"),
        (Behaviour.tags_thinking("hm, hm", "42"), 4, "", "length"),
        (Behaviour.says_nothing(), 8, "", "stop"),
        (Behaviour.says("one two three four five"), 3, "one two three", "length"),
    ],
)
def test_odd_replies_are_replies(behaviour, tokens, text, finish):
    with OllamaDouble(script=behaviour) as server:
        reply = model_on(server).generate("Well?", tokens=tokens)
    assert (reply.text, reply.finish) == (text, finish)


def test_a_thinking_model_is_told_not_to_think():
    with OllamaDouble([Known("small", capabilities=("completion", "thinking"))], Behaviour.thinks("hm", "42")) as server:
        assert model_on(server).generate("Well?").text == "42"


def test_white_space_without_end_is_hung_up_on():
    with OllamaDouble(script=Behaviour.whitespace()) as server:
        assert model_on(server).generate("Well?", SCHEMA, tokens=4000).text == ""
        outcome = [exchange.outcome for exchange in server.settle()][-1]
    assert outcome == "client left"


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (Behaviour.fails(500), "refused: model runner has unexpectedly stopped"),
        (Behaviour.fails(503, "server busy"), "refused: server busy"),
        (Behaviour.breaks(), "refused: an error was encountered"),
        (Behaviour.hangs_up(), "broke off"),
        (Behaviour.hangs_up(tokens=2), "broke off"),
    ],
)
def test_what_may_go_better_is_tried_again(behaviour, said):
    good = Behaviour.says("At last.")
    with OllamaDouble(script=[behaviour, good]) as server:
        assert model_on(server, tries=2).generate("Well?").text == "At last."
    with OllamaDouble(script=[behaviour, good]) as server, pytest.raises(BusyError, match=said):
        model_on(server).generate("Well?")


def test_tokens_of_a_reply_that_broke_off_are_counted_too():
    meter = Meter(Budget())
    with OllamaDouble(script=[Behaviour.hangs_up(tokens=3), Behaviour.hangs_up(tokens=2)]) as server:
        meter.attempt("reader", model_on(server, tries=2).generate, "Well?", default=None)
    assert meter.usage[0].output_tokens == 5
    assert meter.usage[0].input_tokens > 0


def test_an_unknown_model_is_not_tried_again_and_the_cure_is_named():
    with OllamaDouble() as server:
        unknown = replace(model_on(server, tries=3), name="missing")
        with pytest.raises(ModelError, match=r"has no model 'missing'; get it with `ollama pull missing`"):
            unknown.generate("Well?")
        assert len(server.exchanges) == 1


def test_without_a_server_the_cure_is_named():
    with OllamaDouble() as server:
        model = model_on(server)
        server.kill()
        with pytest.raises(BusyError, match=r"no Ollama server answers at http://127.0.0.1:\d+; start one with `ollama serve`"):
            model.generate("Well?")


@pytest.mark.parametrize("behaviour", [Behaviour.stalls(30), Behaviour.dawdles(0.2)])
def test_a_stall_ends_at_the_deadline_of_the_call(behaviour):
    with OllamaDouble(script=behaviour) as server:
        model, meter = model_on(server, timeout=60), Meter(Budget(seconds=0.6))
        _ = model.context
        started = time.monotonic()
        assert meter.attempt("reader", model.generate, "Well?", default="nothing") == "nothing"
        assert time.monotonic() - started < 10
    assert meter.exhausted == ["seconds"]


def test_the_models_own_timeout_runs_from_the_dispatch():
    with OllamaDouble(script=Behaviour.stalls(30)) as server, pytest.raises(TimeoutError, match="did not answer in time"):
        model_on(server, timeout=0.3).generate("Well?")


def test_waiting_for_a_slot_takes_nothing_from_the_timeout():
    with OllamaDouble(slots=1, seconds=0.5) as server:
        model = OllamaModel("small", OllamaServer(server.url, Slots(1)), timeout=1.5, tries=1)
        _ = model.context
        with ThreadPoolExecutor(5) as pool:
            replies = list(pool.map(model.generate, [f"Question {number}" for number in range(5)]))
    assert len(replies) == 5
    assert all(reply.seconds < 1.5 for reply in replies)


def test_killing_the_server_in_mid_reply_is_one_sentence():
    with OllamaDouble(script=Behaviour.dawdles(0.1)) as server:
        model = model_on(server)
        _ = model.context
        threading.Timer(0.3, server.kill).start()
        with pytest.raises(BusyError, match=r"broke off|no Ollama server answers"):
            model.generate("Well?")


def test_models_on_one_server_share_its_slots(monkeypatch):
    monkeypatch.setenv("OLLAMA_NUM_PARALLEL", "3")
    models = Models()
    one, other, elsewhere = (models.named(spec) for spec in ("ollama:a", "ollama:b:1.7b", "ollama:a@gpu-box:11434/"))
    assert one.server is other.server
    assert one.server.slots.most == 3
    assert (other.name, elsewhere.server.url) == ("b:1.7b", "http://gpu-box:11434")
    assert models.named("openai:q@http://127.0.0.1:8080/v1").server.url == "http://127.0.0.1:8080/v1"


@pytest.mark.parametrize(
    ("spec", "url"),
    [
        ("ollama:m@gpu-box", "http://gpu-box:11434"),
        ("ollama:m@gpu-box/behind", "http://gpu-box:11434/behind"),
        ("ollama:m@[::1]", "http://[::1]:11434"),
        ("ollama:m@gpu-box:80", "http://gpu-box:80"),
        ("ollama:m@https://gpu-box/", "https://gpu-box"),
        ("openai:m@gpu-box/v1", "http://gpu-box/v1"),
    ],
)
def test_an_ollama_address_without_scheme_and_port_has_ollamas_own(spec, url):
    assert Models().named(spec).server.url == url


@pytest.mark.parametrize(
    "spec", ["openai:m@host:abc/v1", "ollama:m@host:abc", "ollama:m@http://[::1", "openai:m@ftp://host", "ollama:m@http://"]
)
def test_an_address_that_is_none_is_one_sentence(spec):
    with pytest.raises(ModelError, match=r"^the address '.*' of a model cannot be read; write http\(s\)://HOST:PORT"):
        Models()(spec)


@pytest.mark.parametrize("family", ["ollama", "openai"])
def test_a_password_in_an_address_is_shown_to_nobody(family):
    model = replace(Models().named(f"{family}:m@http://ann:secret@127.0.0.1:9/v1"), tries=1)
    assert model.server.url == "http://ann:secret@127.0.0.1:9/v1"
    assert f"{model.server}" == "http://127.0.0.1:9/v1"
    assert "secret" not in repr(model)
    with pytest.raises(BusyError, match=r"answers at http://127.0.0.1:9/v1; "):
        _ = model.context
    for spec in ("m@ann:secret@host:abc", "m@http://ann:secret@host:abc", "m@http://ann:secret@host more"):
        with pytest.raises(ModelError, match=r"^(?!.*secret).* cannot be read"):
            Models()(f"{family}:{spec}")


def test_name_and_password_of_an_address_are_sent():
    sent, server = [], OllamaServer("http://ann:s%40cret@127.0.0.1:9")
    answer = httpx.Response(200, json={"models": []})
    vars(server)["_transport"] = httpx.MockTransport(lambda request: sent.append(request.headers["authorization"]) or answer)
    server.client().list()
    assert sent == [httpx.BasicAuth("ann", "s@cret")._auth_header]


def test_slots_that_are_no_number_are_bad_input(monkeypatch):
    monkeypatch.setenv("OLLAMA_NUM_PARALLEL", "many")
    with pytest.raises(ModelError, match=r"OLLAMA_NUM_PARALLEL is 'many'; set it to"):
        Models().named("ollama:a")


@pytest.mark.parametrize("spec", ["ollama:", "llama:x", "openai:a b@c", ""])
def test_a_model_that_cannot_be_read_is_told_how_to_be_written(spec):
    with pytest.raises(ModelError, match="cannot be read; write ollama:NAME, ollama:NAME@URL or openai:NAME@URL"):
        Models()(spec)


def test_an_openai_model_needs_an_address(monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(ModelError, match=r"'openai:q' has no address; write openai:q@URL, or set OPENAI_BASE_URL"):
        Models()("openai:q")
