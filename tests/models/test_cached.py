"""A cache of replies: asked once, told again, shared, and never a reason to fail."""

import multiprocessing
import sqlite3
from pathlib import Path

import pytest

from agentic_rag.budget import Meter
from agentic_rag.errors import ModelError
from agentic_rag.models import OpenAIModel, OpenAIServer
from agentic_rag.models.cached import Cached
from agentic_rag.testing import ScriptedModel
from agentic_rag.types import Budget


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


def test_another_file_is_not_taken_for_a_cache(tmp_path):
    (tmp_path / "notes.txt").write_text("These are notes. " * 100)
    with pytest.raises(ModelError, match=r"notes.txt' is not a cache of replies .*; give another file, or delete it"):
        Cached(ScriptedModel(["x"]), tmp_path / "notes.txt").generate("a")
    assert (tmp_path / "notes.txt").read_text().startswith("These are notes.")


def test_a_reply_that_cannot_be_kept_is_given_all_the_same(tmp_path, monkeypatch):
    cached, meter = Cached(ScriptedModel(["x"]), tmp_path / "r"), Meter(Budget())

    def full(*_args, **_options):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite3, "connect", full)
    assert meter.attempt("reader", cached.generate, "a", default=None).text == "x"
    assert meter.remarks == [f"a reply could not be kept in {str(tmp_path / 'r')!r}: database or disk is full"]


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
