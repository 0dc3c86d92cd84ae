"""The usage log: what each model was asked and said, and how the question ended."""

import json
import multiprocessing
import resource
from dataclasses import replace
from pathlib import Path

import pytest

from agentic_rag import ask, cli
from agentic_rag.adaptive import build
from agentic_rag.baselines import training_free
from agentic_rag.budget import Meter
from agentic_rag.errors import BusyError, ModelError
from agentic_rag.models import UsageLog
from agentic_rag.prompted import PromptedReader
from agentic_rag.testing import ScriptedModel, WordEncoder
from agentic_rag.types import Budget


def lines(log: UsageLog) -> list[dict]:
    return [json.loads(line) for line in log.file.read_text(encoding="utf-8").splitlines()]


def test_every_call_and_the_end_of_the_question_have_one_trace_id(store, tmp_path):
    log = UsageLog(tmp_path / "usage.jsonl")
    model = log.of(ScriptedModel(['{"answer": "212 metres", "quotes": []}']))
    graph = build(store, replace(training_free(WordEncoder()), reader=PromptedReader(model)))
    result = ask(graph, "How long is Saltgate Bridge?", confidence=0)
    log.ended(result)
    *calls, end = lines(log)
    assert {call["trace_id"] for call in calls} == {end["trace_id"]} == {result.trace_id}
    assert {(call["role"], call["model"], call["reply"]) for call in calls} == {
        ("reader", "scripted", '{"answer": "212 metres", "quotes": []}')
    }
    assert "How long is Saltgate Bridge?" in calls[0]["prompt"]
    assert (end["outcome"], end["question"], end["answer"]) == ("answered", "How long is Saltgate Bridge?", "212 metres")


def test_what_must_not_be_written_is_redacted(tmp_path):
    log = UsageLog(tmp_path / "usage.jsonl", redact=lambda text: text.replace("Tolquist", "***"))
    log.of(ScriptedModel(["Tolquist did."])).generate("Did Maren Tolquist?")
    log.ended({"trace_id": "t", "question": "Did Tolquist?", "answer": "Maren Tolquist", "abstained": False, "confidence": 1.0})
    call, end = lines(log)
    assert (call["prompt"], call["reply"]) == ("Did Maren ***?", "*** did.")
    assert (end["question"], end["answer"]) == ("Did ***?", "Maren ***")


def test_a_failed_call_is_on_record_too(tmp_path):
    log = UsageLog(tmp_path / "usage.jsonl")
    with pytest.raises(BusyError):
        log.of(ScriptedModel([BusyError("no slot")])).generate("Well?")
    assert lines(log)[0]["error"] == "BusyError: no slot"


def test_a_log_that_cannot_be_written_takes_no_reply_away(tmp_path):
    model, meter = UsageLog(tmp_path / "missing" / "usage.jsonl").of(ScriptedModel(["Yes."])), Meter(Budget())
    assert meter.attempt("reader", model.generate, "Well?", default=None).text == "Yes."
    assert "cannot be written: FileNotFoundError" in meter.remarks[0]
    with pytest.raises(ModelError, match=r"usage.jsonl' cannot be written"):
        model.log.write({})


def test_a_log_that_cannot_be_written_is_told_before_anything_is_asked(tmp_path):
    with pytest.raises(ModelError, match=r"usage.jsonl' cannot be written: FileNotFoundError"):
        UsageLog(tmp_path / "missing" / "usage.jsonl").check()
    (tmp_path / "usage.jsonl").write_text("{}\n")
    UsageLog(tmp_path / "usage.jsonl").check()
    assert (tmp_path / "usage.jsonl").read_text() == "{}\n"


def test_ask_says_at_once_that_its_log_cannot_be_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["agentic-rag", "ask", "Why?", "--store", "nowhere", "--log", f"{tmp_path}/missing/log"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert "missing/log' cannot be written" in capsys.readouterr().err


def test_half_a_character_in_a_reply_is_written_as_a_question_mark(tmp_path):
    log = UsageLog(tmp_path / "usage.jsonl")
    assert log.of(ScriptedModel(["so \ud83d"])).generate("Well?").text == "so \ud83d"
    assert lines(log)[0]["reply"] == "so ?"


def crowd(file: Path) -> None:
    """As on a full disk: the file may not grow by a whole line."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    with pytest.raises(ModelError, match="cannot be written"):
        UsageLog(file).write({"reply": "x" * 100_000})


def test_a_line_that_the_disk_has_no_room_for_leaves_no_half_behind(tmp_path):
    log = UsageLog(tmp_path / "usage.jsonl")
    log.write({"reply": "first"})
    process = multiprocessing.get_context("spawn").Process(target=crowd, args=(log.file,))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert [line["reply"] for line in lines(log)] == ["first"]
