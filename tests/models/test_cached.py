"""A cache of replies: asked once, told again, shared, and never a reason to fail."""

import json
import multiprocessing
import resource
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from agentic_rag.budget import Meter
from agentic_rag.errors import ModelError
from agentic_rag.models import Models, OllamaModel, OllamaServer, OpenAIModel, OpenAIServer
from agentic_rag.models.cached import Cached
from agentic_rag.models.logged import UsageLog
from agentic_rag.testing import ScriptedModel
from agentic_rag.testing.ollama import OllamaDouble
from agentic_rag.types import Budget, Reply


def test_the_same_is_asked_once_and_anything_else_again(tmp_path):
    model = ScriptedModel(lambda prompt: f"so: {prompt}")
    cached = Cached(model, tmp_path / "deep" / "replies.sqlite")
    assert [cached.generate("a").text, cached.generate("b").text, cached.generate("a").text] == ["so: a", "so: b", "so: a"]
    cached.generate("a", {"type": "object"})
    cached.generate("a", tokens=8)
    assert model.asked == ["a", "b", "a", "a"]
    assert Cached(ScriptedModel([]), cached.file).generate("b").text == "so: b"


def test_tokens_of_what_is_remembered_are_counted_too(tmp_path):
    cached, meter = Cached(ScriptedModel(["three words here"]), tmp_path / "r"), Meter(Budget())
    for _ in range(2):
        meter.attempt("reader", cached.generate, "two words", default=None)
    assert [(usage.calls, usage.input_tokens, usage.output_tokens) for usage in meter.usage] == [(2, 4, 6)]


def test_one_name_on_two_servers_is_two_models(tmp_path):
    models = [OpenAIModel("q", OpenAIServer(f"http://{host}/v1"), num_ctx=512) for host in ("one", "two")]
    first, second = (Cached(model, tmp_path / "r") for model in models)
    assert first._key("a", None, 8) != second._key("a", None, 8)


def test_a_wrapped_model_is_the_model_that_it_wraps(tmp_path):
    model, log = OpenAIModel("q", OpenAIServer("http://one/v1"), num_ctx=512), UsageLog(tmp_path / "log")
    assert Cached(log.of(model), tmp_path / "r")._key("a", None, 8) == Cached(model, tmp_path / "r")._key("a", None, 8)


def test_a_remembered_reply_teaches_how_long_texts_are_as_it_did_when_it_was_new(tmp_path):
    prompt, counts = "some words of a usual length " * 40, []
    with OllamaDouble() as server:
        for _ in range(2):
            model = OllamaModel("small", OllamaServer(server.url), num_ctx=2048)
            Cached(model, tmp_path / "r").generate(prompt)
            counts.append(model.count(prompt))
        assert [exchange.request.endpoint for exchange in server.settle()].count("/api/chat") == 1
    assert counts[0] == counts[1]


def test_another_file_is_not_taken_for_a_cache(tmp_path):
    (tmp_path / "notes.txt").write_text("These are notes. " * 100)
    with pytest.raises(ModelError, match=r"notes.txt' is not a cache of replies .*; give another file, or delete it"):
        Cached(ScriptedModel(["x"]), tmp_path / "notes.txt").generate("a")
    with OllamaDouble() as server, pytest.raises(ModelError, match="is not a cache of replies"):
        Models(cache=tmp_path / "notes.txt")(f"ollama:small@{server.url}")
    assert (tmp_path / "notes.txt").read_text().startswith("These are notes.")


def test_what_was_only_estimated_teaches_nothing_when_it_is_repeated(tmp_path):
    prompt, model = "some words of a usual length " * 40, OpenAIModel("q", OpenAIServer("http://one/v1"), num_ctx=2048)
    estimate = model.count(prompt)
    cached = Cached(model, tmp_path / "r")
    with closing(cached._opened()) as cache, cache:
        reply = json.dumps(asdict(Reply("Yes.", input_tokens=estimate)))
        cache.execute("INSERT INTO replies VALUES (?, ?)", (cached._key(prompt, None, 256), reply))
    assert cached.generate(prompt).text == "Yes."
    assert model.count(prompt) == estimate


def test_a_cache_whose_folder_cannot_be_made_takes_no_reply_away(tmp_path):
    (tmp_path / "file").write_text("where a folder should be")
    cached, meter = Cached(ScriptedModel(["Yes."]), tmp_path / "file" / "folder" / "r"), Meter(Budget())
    assert meter.attempt("reader", cached.generate, "Well?", default=None).text == "Yes."
    assert "a reply could not be kept in" in meter.remarks[0]


def fill(file: Path, told: Path) -> None:
    """As on a full disk: no file may grow beyond what the first reply needed."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
    cached, meter = Cached(ScriptedModel(["x" * 100_000]), file), Meter(Budget())
    reply = meter.attempt("reader", cached.generate, "b", default=None)
    told.write_text(json.dumps([len(reply.text), meter.remarks, meter.notes]))


def test_on_a_full_disk_a_reply_is_given_all_the_same_and_the_others_are_kept(tmp_path):
    file, told = tmp_path / "r", tmp_path / "told.json"
    Cached(ScriptedModel(["first"]), file).generate("a")
    process = multiprocessing.get_context("spawn").Process(target=fill, args=(file, told))
    process.start()
    process.join(60)
    size, remarks, notes = json.loads(told.read_text())
    assert (size, notes) == (100_000, [])
    assert [remark for remark in remarks if "could not be kept" in remark and repr(str(file)) in remark]
    assert Cached(ScriptedModel([]), file).generate("a").text == "first"


def write(file: Path, name: str) -> None:
    cached = Cached(ScriptedModel(lambda prompt: f"{name} {prompt}"), file)
    for number in range(30):
        cached.generate(f"{name} {number}")


def test_two_processes_share_a_file(tmp_path):
    file = tmp_path / "replies.sqlite"
    writers = [multiprocessing.get_context("spawn").Process(target=write, args=(file, name)) for name in ("one", "two")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    with sqlite3.connect(file) as cache:
        assert cache.execute("SELECT count(*) FROM replies").fetchone() == (60,)
        assert cache.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    cache.close()
