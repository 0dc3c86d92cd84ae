"""The usage log: what each model was asked and said, and how the question ended."""

import json
from dataclasses import replace

import pytest

from agentic_rag import ask
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
    [line] = lines(log)
    assert (line["prompt"], line["reply"]) == ("Did Maren ***?", "*** did.")


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
