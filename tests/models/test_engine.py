"""The OpenAI-compatible adapter against a real engine: llama.cpp's Python server with a language model of half a megabyte.

It knows nothing, so what it says is noise: noise under a schema becomes typed values, a context is not overrun in silence, and a
graph runs on it. Needs the extra `engine`.
"""

import importlib.util
import json
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from agentic_rag.adaptive import build
from agentic_rag.baselines import training_free
from agentic_rag.budget import Meter
from agentic_rag.errors import BusyError, ContextError
from agentic_rag.graph import ask
from agentic_rag.interfaces import are_grades, is_complexity, is_plan, is_reading, is_support
from agentic_rag.models import OpenAIModel, OpenAIServer
from agentic_rag.prompted import prompted
from agentic_rag.prompted.probe import probe
from agentic_rag.testing import PASSAGES, WordEncoder
from agentic_rag.types import Budget, Claim

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not (importlib.util.find_spec("llama_cpp") and importlib.util.find_spec("gguf")), reason="needs the extra `engine`"
    ),
]
CONTEXT = 2048
LABEL = {
    "type": "object",
    "properties": {"label": {"type": "string", "enum": ["simple", "complex"]}},
    "required": ["label"],
    "additionalProperties": False,
}


class Engine:
    """A server of its own on a free port, in a process that can be killed."""

    def __init__(self, model, log):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        options = {"--model": model, "--model_alias": "tiny", "--port": self.port, "--n_ctx": CONTEXT, "--n_threads": 1}
        command = [sys.executable, "-m", "llama_cpp.server", *(str(part) for pair in options.items() for part in pair)]
        self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while not self.answers():
            assert self.process.poll() is None, "the server ended; its log says why"
            assert time.monotonic() < deadline, "the server did not come up within a minute"
            time.sleep(0.1)

    def answers(self):
        try:
            return urllib.request.urlopen(f"{self.url}/models", timeout=5).status == 200
        except OSError:
            return False

    def model(self, **options):
        return OpenAIModel("tiny", OpenAIServer(self.url), num_ctx=CONTEXT, **{"timeout": 30, "tries": 1} | options)

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def gguf(tmp_path_factory):
    from tiny_gguf import write_tiny_gguf

    return write_tiny_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture(scope="module")
def engine(gguf):
    with (gguf.parent / "server.log").open("w") as log:
        running = Engine(gguf, log)
        yield running
        running.kill()


def test_a_reply_obeys_its_schema_whatever_the_model_says(engine):
    model = engine.model()
    for number in range(5):
        reply = model.generate(f"Is question {number} simple?", LABEL, tokens=64)
        assert json.loads(reply.text)["label"] in ("simple", "complex")
        assert reply.finish == "stop"
    assert model.abilities.formats[0] == "schema"


def test_words_without_a_schema_end_where_they_were_told_to(engine):
    reply = engine.model().generate("Say something.", tokens=12)
    assert reply.output_tokens <= 12
    assert reply.input_tokens > 0


def test_a_prompt_that_is_too_long_is_an_error_and_not_an_answer(engine):
    with pytest.raises(ContextError, match=r"maximum context length is 2048 tokens"):
        engine.model().generate("é" * 1500, LABEL)
    with pytest.raises(ContextError, match="shorten the prompt"):
        engine.model().generate("word " * 9000, LABEL)


def test_every_role_gives_what_it_is_asked_for(engine):
    roles, claim = prompted(engine.model(), training_free(WordEncoder())), Claim("How long is it?", "212 metres", [])
    values = [
        (roles.router, ("How long is Saltgate Bridge?",), is_complexity),
        (roles.planner, ("How long is Saltgate Bridge?", {"words": "names"}), is_plan),
        (roles.grader, ("How long is Saltgate Bridge?", PASSAGES[:2]), are_grades),
        (roles.reader, ("How long is Saltgate Bridge?", PASSAGES[:2]), is_reading),
        (roles.verifier, (claim, PASSAGES[:1]), is_support),
    ]
    meter = Meter(Budget(seconds=120))
    for role, asked, fits in values:
        assert fits(meter.attempt("role", role, *asked, default=None))
    assert meter.notes == []


def test_a_graph_runs_on_it_and_cites_only_what_stands_there(engine, store):
    graph = build(store, prompted(engine.model(), training_free(WordEncoder())))
    result = ask(graph, "Who designed Saltgate Bridge?", budget=Budget(seconds=120))
    assert {one.model for one in result.usage} >= {"openai:tiny"}
    texts = {passage.id: passage.text for passage in PASSAGES}
    for claim in result.claims:
        for citation in claim.citations:
            assert texts[citation.passage_id][citation.start : citation.end] == citation.quote


def test_the_probe_finds_that_its_json_is_valid(engine):
    found = {one.role: one for one in probe(engine.model(), PASSAGES[:1], seconds=10)}
    assert found["router"].valid == found["router"].asked > 0
    assert found["verifier"].valid == found["verifier"].asked > 0


def test_a_server_that_is_killed_in_mid_stream_is_one_sentence(gguf, tmp_path):
    with (tmp_path / "log").open("w") as log:
        engine = Engine(gguf, log)
        model = engine.model(timeout=20)
        parts = model._parts("Go on and on.", None, 1500, 20)
        next(parts)
        engine.kill()
        with pytest.raises(BusyError, match=r"broke off|no server answers"), model._explained():
            list(parts)
        with pytest.raises(BusyError, match="is it running"):
            model.generate("Again?", LABEL)
