"""Models behind an OpenAI-compatible endpoint, over real HTTP: what is sent, what is left out, and what goes wrong."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from agentic_rag.errors import BusyError, ContextError, ModelError
from agentic_rag.models import OpenAIModel, OpenAIServer
from agentic_rag.models.openai import Abilities

SCHEMA = {"type": "object", "properties": {"label": {"type": "string"}}, "required": ["label"]}


class Endpoint(ThreadingHTTPServer):
    """Streams `said`; refuses the parameters in `refuses` with status 400; `status`, `error` or `page` in place of a reply."""

    def __init__(self, said=('{"label"', ': "simple"}'), refuses=(), status=200, error="", cut=False, listed=None, page=""):
        super().__init__(("127.0.0.1", 0), Handler)
        self.page = page
        self.said, self.refuses, self.status, self.error, self.cut = said, refuses, status, error, cut
        self.listed = [{"id": "tiny", "object": "model", "meta": {"n_ctx_train": 2048}}] if listed is None else listed
        self.bodies: list[dict] = []
        self.keys: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def model(self) -> OpenAIModel:
        return OpenAIModel("tiny", OpenAIServer(f"http://127.0.0.1:{self.server_address[1]}/v1"), tries=1, timeout=5)

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.reply(200, {"object": "list", "data": self.server.listed})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body)
        self.server.keys.append(self.headers["Authorization"])
        kind = (body.get("response_format") or {}).get("type")
        refused = [name for name in self.server.refuses if name in body or name == kind]
        if refused or self.server.status != 200:
            message = f"{refused[0]} is not supported" if refused else self.server.error
            self.reply(400 if refused else self.server.status, {"error": {"message": message, "code": None}})
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if self.server.page.startswith("<") else "text/event-stream")
        self.end_headers()
        if self.server.page:
            self.wfile.write(self.server.page.encode())
            return
        for text in self.server.said:
            logprobs = {"content": [{"token": text, "logprob": -0.25, "top_logprobs": []}]} if body.get("logprobs") else None
            self.event([{"index": 0, "delta": {"content": text}, "logprobs": logprobs, "finish_reason": None}])
        if not self.server.cut:
            self.event([{"index": 0, "delta": {}, "finish_reason": "stop"}])
            self.event([], {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11})
            self.wfile.write(b"data: [DONE]\n\n")

    def event(self, choices, usage=None):
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "tiny", "choices": choices, "usage": usage}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def reply(self, status, value):
        told = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)


def test_a_reply_comes_with_tokens_and_probability():
    with Endpoint() as endpoint:
        reply = endpoint.model.generate("Simple?", SCHEMA, tokens=16)
    assert (reply.text, reply.finish, reply.input_tokens, reply.output_tokens) == ('{"label": "simple"}', "stop", 9, 2)
    assert reply.logprob == pytest.approx(-0.5)
    [body] = endpoint.bodies
    assert (body["max_tokens"], body["temperature"], body["stream"]) == (16, 0.0, True)
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize(
    ("refuses", "calls", "formats"),
    [
        (("logprobs",), 2, ["json_schema", "json_schema"]),
        (("json_schema",), 3, ["json_schema", "json_schema", "json_object"]),
        (("response_format", "logprobs"), 5, ["json_schema", "json_object", "json_object", None, None]),
    ],
)
def test_what_a_server_refuses_is_left_out_from_then_on(refuses, calls, formats):
    with Endpoint(refuses=refuses) as endpoint:
        model = endpoint.model
        assert model.generate("Simple?", SCHEMA).text == '{"label": "simple"}'
        assert len(endpoint.bodies) == calls
        assert [(body.get("response_format") or {}).get("type") for body in endpoint.bodies] == formats
        model.generate("Again?", SCHEMA)
        assert len(endpoint.bodies) == calls + 1


def test_a_refusal_that_stays_whatever_is_left_out_gives_nothing_up():
    with Endpoint(status=400, error="the content filter was triggered") as endpoint:
        model = endpoint.model
        with pytest.raises(ModelError, match="content filter"):
            model.generate("Well?", SCHEMA)
    assert model.abilities == Abilities()


def test_the_key_of_the_environment_is_sent(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    with Endpoint() as endpoint:
        endpoint.model.generate("Well?")
    assert endpoint.keys == ["Bearer a-key"]


def test_the_context_is_asked_of_the_server():
    with Endpoint() as endpoint:
        assert endpoint.model.context == 2048
    with Endpoint(listed=[{"id": "tiny", "object": "model", "max_model_len": 512}]) as endpoint:
        assert endpoint.model.context == 512
    with Endpoint(listed=[]) as endpoint:
        assert endpoint.model.context == 8192


def test_a_model_that_is_not_listed_is_told_what_there_is():
    with (
        Endpoint(listed=[{"id": "large", "object": "model"}]) as endpoint,
        pytest.raises(ModelError, match=r"/v1 has no model 'tiny'; it has 'large'"),
    ):
        _ = endpoint.model.context


@pytest.mark.parametrize(
    ("status", "error", "kind", "said"),
    [
        (429, "slow down", BusyError, "refused: .*slow down"),
        (503, "loading model", BusyError, "refused: .*loading model"),
        (401, "wrong key", ModelError, "put a key that it accepts into OPENAI_API_KEY"),
        (400, "the request exceeds the available context size", ContextError, "context size"),
        (400, "no such thing", ModelError, "no such thing"),
    ],
)
def test_errors_say_what_they_mean(status, error, kind, said):
    with Endpoint(status=status, error=error) as endpoint, pytest.raises(kind, match=said):
        endpoint.model.generate("Well?")


def test_an_answer_that_breaks_off_may_be_tried_again():
    with Endpoint(cut=True) as endpoint, pytest.raises(BusyError, match=r"broke off: .*the last part did not come"):
        endpoint.model.generate("Well?")


def streamed(delta, usage=None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": "stop"}
    return f"data: {json.dumps({'id': '1', 'choices': [choice], 'usage': usage})}\n\ndata: [DONE]\n\n"


@pytest.mark.parametrize(
    "page",
    [
        "<html>Log in first.</html>",
        '{"error": {"message": "no memory"}}',
        "data: null\n\n",
        streamed(None),
        streamed({"content": [{"type": "text", "text": "hi"}]}),
        streamed({"content": "hi"}, {"prompt_tokens": "many", "completion_tokens": 1}),
    ],
)
def test_rubbish_with_a_good_status_is_an_error_of_the_server(page):
    with Endpoint(page=page) as endpoint, pytest.raises(BusyError, match=r"^the answer of 'openai:tiny' at .* broke off: "):
        endpoint.model.generate("Well?")


@pytest.mark.parametrize("listed", ["nothing", ["tiny"], [{"id": "tiny", "object": "model", "meta": "none"}]])
def test_a_list_of_models_that_is_none_is_an_error_of_the_server(listed):
    with Endpoint(listed=listed) as endpoint, pytest.raises(BusyError, match="broke off"):
        _ = endpoint.model.context


def test_tokens_that_a_server_does_not_count_are_estimated():
    page = streamed({"content": "hi"}, {"prompt_tokens": None, "completion_tokens": None})
    with Endpoint(page=page) as endpoint:
        reply = endpoint.model.generate("Well?")
    assert (reply.text, reply.output_tokens) == ("hi", 1)
    assert reply.input_tokens > 0


def test_without_a_server_its_address_is_doubted():
    with Endpoint() as endpoint:
        model = endpoint.model
        _ = model.context
    with pytest.raises(BusyError, match=r"no server answers at http://127.0.0.1:\d+/v1; is it running"):
        model.generate("Well?")
