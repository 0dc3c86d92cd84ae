"""Runs: a record per question, resumed after a kill, a failure counted and shown."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentic_rag import adaptive
from agentic_rag.errors import StoreError
from agentic_rag.evaluation import running
from agentic_rag.evaluation.errors import EvaluationError
from agentic_rag.evaluation.log import read_run
from agentic_rag.evaluation.metrics import em
from agentic_rag.evaluation.records import Question, Record
from agentic_rag.evaluation.running import WARM_UP, Candidate, forecast, run_suite
from agentic_rag.evaluation.statistics import summarize
from agentic_rag.evaluation.suite import Setting, Suite
from agentic_rag.graph import Graph
from agentic_rag.interfaces import Roles
from agentic_rag.store import Store, Where
from agentic_rag.testing import PASSAGES, Scripted, WordEncoder, quoting
from agentic_rag.types import Budget, Complexity, Plan, Reading

PIE = Question("pie", "What is Ollun pie made with?", ["smoked char"], "single", 1, ["pie"], candidates=["pie", "loomgate"])
BORN = Question("born", "When was Maren Tolquist born?", ["1748"], "single", 1, ["tolquist"], candidates=["tolquist", "pie"])
CHESS = Question("chess", "Who won the chess game?", [], "null", 1, [], answerable=False, candidates=["pie"])
SUITE = Suite("island", [PIE, BORN, CHESS], lambda: PASSAGES)

KILLED = """
import os, signal, sys
from pathlib import Path
from tests_running import candidate, SUITE, Store, WordEncoder

def on_record(record):
    if record.question.id == "born" and sys.argv[2] == "die":
        os.kill(os.getpid(), signal.SIGKILL)

with Store.create(sys.argv[1] + "/store", WordEncoder()) as store:
    store.index(SUITE.passages())
    run_suite = __import__("agentic_rag.evaluation.running", fromlist=["x"]).run_suite
    run_suite(SUITE, candidate(Path(sys.argv[1]) / "asked.txt"), store, Path(sys.argv[1]) / "run.jsonl", on_record=on_record)
"""
MODULE = """
from agentic_rag import adaptive
from agentic_rag.evaluation.records import Question
from agentic_rag.evaluation.running import Candidate
from agentic_rag.evaluation.suite import Suite
from agentic_rag.interfaces import Roles
from agentic_rag.store import Store
from agentic_rag.testing import PASSAGES, Scripted, WordEncoder, quoting
from agentic_rag.types import Complexity, Plan

SUITE = Suite("island", {questions!r}, lambda: PASSAGES)

def candidate(asked):
    def router(question):
        with asked.open("a") as file:
            file.write(question + "\\n")
        return Complexity(0.1)
    grader = Scripted(lambda _question, passages: [0.5] * len(passages))
    reader = Scripted(lambda question, passages: quoting("1748" if "born" in question else "smoked char")(question, passages))
    roles = Roles(router, Scripted(Plan([])), grader, reader, Scripted(0.9))
    return Candidate("adaptive", lambda store, where: adaptive.build(store, roles, where=where), "source")
"""


def reads(question: str, passages: Any) -> Any:
    if "chess" in question:
        raise RuntimeError("no chess")
    return quoting("1748" if "born" in question else "smoked char")(question, passages)


def candidate(reader: Any = reads, **options: Any) -> Candidate:
    grader = Scripted(lambda _question, passages: [0.5] * len(passages))
    roles = Roles(Scripted(Complexity(0.1)), Scripted(Plan([])), grader, Scripted(reader), Scripted(0.9))

    def build(store: Store, where: Where) -> Graph:
        return adaptive.build(store, roles, where=where)

    return Candidate("adaptive", options.pop("build", build), "source", **options)


def test_a_run_has_a_record_for_every_question_in_the_order_of_the_suite(store: Store, tmp_path: Path) -> None:
    seen: list[Record] = []
    run = run_suite(SUITE, candidate(), store, tmp_path / "run.jsonl", workers=3, on_record=seen.append)
    assert [record.question for record in run.records] == [PIE, BORN, CHESS]
    assert sorted(record.question.id for record in seen) == ["born", "chess", "pie"]
    assert [record.answer for record in run.records] == ["smoked char", "1748", None]
    assert run == read_run(tmp_path / "run.jsonl", ["pie", "born", "chess"])


def test_the_header_says_what_was_run(store: Store, tmp_path: Path) -> None:
    header = run_suite(SUITE, candidate(models={"roles": "mine"}), store, tmp_path / "run.jsonl", seed=7).header
    assert (header.suite, header.setting, header.questions, header.graph, header.seed) == ("island", "corpus", 3, "adaptive", 7)
    assert header.models == {"encoder": "words-256", "roles": "mine"}
    assert header.store["passages"] == 4
    assert all((header.data_hash, header.graph_hash, header.config_hash, header.package, header.machine))


def test_a_run_goes_on_only_at_its_own_confidence_and_budget(store: Store, tmp_path: Path) -> None:
    header = run_suite(SUITE, candidate(confidence=0.0, budget=Budget(calls=9)), store, tmp_path / "run.jsonl").header
    assert (header.confidence, header.budget) == (0.0, {"calls": 9, "tokens": None, "seconds": 120.0, "rounds": 4})
    with pytest.raises(EvaluationError, match="was begun with another confidence, budget; finish it"):
        run_suite(SUITE, candidate(confidence=0.99), store, tmp_path / "run.jsonl")


def test_a_run_goes_on_when_files_were_edited_since_but_not_at_another_commit(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for commit, goes_on in (("abc", True), ("abc+", True), ("abd", False), ("", True)):
        monkeypatch.setattr(running, "commit", lambda commit=commit: commit)
        with nullcontext() if goes_on else pytest.raises(EvaluationError, match="was begun with another commit"):
            run_suite(SUITE, candidate(), store, tmp_path / "run.jsonl")


def test_a_run_from_before_confidence_was_recorded_is_still_read(store: Store, tmp_path: Path) -> None:
    run_suite(SUITE, candidate(), store, tmp_path / "run.jsonl")
    header, *records = (tmp_path / "run.jsonl").read_text().splitlines(keepends=True)
    old = {name: value for name, value in json.loads(header)["header"].items() if name not in {"confidence", "budget"}}
    (tmp_path / "old.jsonl").write_text("".join([json.dumps({"header": old}) + "\n", *records]))
    assert read_run(tmp_path / "old.jsonl") == read_run(tmp_path / "run.jsonl")


def test_models_are_warm_before_the_first_question_and_only_then(store: Store, tmp_path: Path) -> None:
    asked: list[str] = []

    def reader(question: str, passages: Any) -> Any:
        asked.append(question)
        return reads(question, passages)

    for _ in range(2):
        run = run_suite(Suite("island", [PIE, BORN]), candidate(reader), store, tmp_path / "run.jsonl")
    assert asked == [WARM_UP.question, PIE.question, BORN.question]
    assert [record.question for record in run.records] == [PIE, BORN]


def test_a_record_says_how_far_the_gold_came(store: Store, tmp_path: Path) -> None:
    [pie, *_] = run_suite(SUITE, candidate(), store, tmp_path / "run.jsonl").records
    assert pie.stages["retrieved"][0] == "pie"
    assert (pie.stages["cited"], "pie" in pie.stages["read"]) == (["pie"], True)
    assert pie.result is not None
    assert pie.result["usage"][0]["role"] == "router"


def test_a_claim_that_is_withheld_cites_nothing(store: Store, tmp_path: Path) -> None:
    [pie, *_] = run_suite(SUITE, candidate(confidence=1.0), store, tmp_path / "run.jsonl").records
    assert pie.abstained
    assert pie.result is not None
    assert pie.result["claims"][0]["citations"]
    assert (pie.stages["cited"], "pie" in pie.stages["read"]) == ([], True)


def test_a_question_that_fails_is_shown_as_failed_and_counts_as_wrong(store: Store, tmp_path: Path) -> None:
    def broken(store: Store, where: Where) -> Graph:
        if where.get("id") == PIE.candidates:
            raise MemoryError("too much pie")
        return candidate().build(store, where)

    suite = Suite("island", [PIE, BORN], setting="candidates")
    run = run_suite(suite, candidate(build=broken), store, tmp_path / "run.jsonl")
    assert [(record.error, em(record)) for record in run.records] == [("MemoryError: too much pie", 0.0), ("", 1.0)]
    assert summarize(run)["all"]["failed"].mean == 0.5


@pytest.mark.parametrize(("setting", "found"), [("corpus", 4), ("candidates", 2), ("gold", 1)])
def test_the_setting_decides_what_may_be_found(store: Store, tmp_path: Path, setting: Setting, found: int) -> None:
    asked = Question("all", "Saltgate Loomgate Maren Ollun", ["x"], gold=["pie"], candidates=["pie", "loomgate"])
    [record] = run_suite(Suite("island", [asked], setting=setting), candidate(), store, tmp_path / "run.jsonl").records
    assert len(record.stages["retrieved"]) == found


def test_a_killed_run_goes_on_and_asks_nothing_twice(tmp_path: Path) -> None:
    (tmp_path / "tests_running.py").write_text(MODULE.replace("{questions!r}", repr([PIE, BORN, CHESS])))

    def go(how: str) -> int:
        command = [sys.executable, "-c", KILLED, str(tmp_path), how]
        return subprocess.run(command, env={"PYTHONPATH": str(tmp_path), "PATH": ""}, timeout=120).returncode

    assert go("die") == -signal.SIGKILL
    with (tmp_path / "run.jsonl").open("a") as file:
        file.write('{"question": {"id": "che')
    first = (tmp_path / "asked.txt").read_text().splitlines()
    finished = {record.question.question for record in read_run(tmp_path / "run.jsonl", unfinished=True).records}
    with pytest.raises(EvaluationError, match="run the same command again, it goes on"):
        read_run(tmp_path / "run.jsonl")
    assert go("live") == 0
    again = (tmp_path / "asked.txt").read_text().splitlines()[len(first) :]
    assert finished
    assert not finished & set(again)
    whole = read_run(tmp_path / "run.jsonl")
    assert sorted(record.question.id for record in whole.records) == ["born", "chess", "pie"]
    assert summarize(whole)["all"]["em"].mean == pytest.approx(2 / 3)


def test_who_stops_a_run_keeps_what_is_answered_and_what_is_under_way(store: Store, tmp_path: Path) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def waits(question: str, passages: Any) -> Any:
        if "born" in question:
            begun.set()
            stopped.wait(20)
        return reads(question, passages)

    def stop(_record: Record) -> None:
        begun.wait(20)
        stopped.set()
        raise KeyboardInterrupt

    two = replace(SUITE, questions=[PIE, BORN])
    with pytest.raises(KeyboardInterrupt):
        run_suite(two, candidate(waits), store, tmp_path / "run.jsonl", workers=2, on_record=stop)
    assert {record.question.id for record in read_run(tmp_path / "run.jsonl", unfinished=True).records} == {"pie", "born"}


def test_a_run_of_something_else_is_not_continued(store: Store, tmp_path: Path) -> None:
    run_suite(SUITE, candidate(), store, tmp_path / "run.jsonl")
    with pytest.raises(EvaluationError, match="was begun with another seed"):
        run_suite(SUITE, candidate(), store, tmp_path / "run.jsonl", seed=1)


def test_a_run_that_was_cut_inside_a_character_goes_on(store: Store, tmp_path: Path) -> None:
    whole = run_suite(SUITE, candidate(), store, tmp_path / "run.jsonl")
    *lines, _ = (tmp_path / "run.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "run.jsonl").write_bytes(b"".join([*lines, '{"question": {"id": "é'.encode()[:-1]]))
    assert len(read_run(tmp_path / "run.jsonl", unfinished=True).records) == 2
    again = run_suite(SUITE, candidate(), store, tmp_path / "run.jsonl")
    assert [record.answer for record in again.records] == [record.answer for record in whole.records]


def test_half_a_character_in_an_answer_does_not_end_a_run(store: Store, tmp_path: Path) -> None:
    def reader(question: str, passages: Any) -> Reading:
        return replace(reads(question, passages), answer="char \ud83d")

    run = run_suite(Suite("island", [PIE]), candidate(reader), store, tmp_path / "run.jsonl")
    assert run.records[0].answer == "char ?"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not a run: expected a header and records"),
        (b"{}\n", "is not a run: expected a header"),
        (b"hello\n", "line 1: expected a JSON object"),
        (b"[1]\n", "line 1: expected a JSON object, got '\\[1\\]'"),
        (b"\x89PNG\r\n\x1a\n", "line 1: expected a JSON object"),
    ],
)
def test_a_file_that_is_no_run_is_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "run.jsonl").write_bytes(content)
    with pytest.raises(EvaluationError, match=sentence):
        read_run(tmp_path / "run.jsonl")


def test_a_forecast_scales_a_few_questions_up_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    many = [Question(f"q{number}", "What is Ollun pie made with?", ["smoked char"]) for number in range(100)]
    said = forecast(Suite("many", many), candidate(), store)
    assert (said.questions, said.sampled, said.calls) == (100, 5, 400.0)
    assert said.seconds > 0
    assert list(tmp_path.glob("*.jsonl")) == []


def test_a_forecast_counts_what_was_answered_and_asks_no_question_twice(store: Store) -> None:
    asked: list[str] = []

    def reader(question: str, passages: Any) -> Any:
        asked.append(question)
        return reads(question, passages)

    said = forecast(Suite("island", [PIE, BORN]), candidate(reader), store)
    assert asked == [WARM_UP.question, PIE.question, BORN.question]
    assert (said.questions, said.sampled, said.calls) == (2, 2, 8.0)

    def moody(store: Store, where: Where) -> Graph:
        if where.get("id") == PIE.candidates:
            raise MemoryError("too much pie")
        return candidate().build(store, where)

    half = forecast(Suite("island", [PIE, BORN], setting="candidates"), candidate(build=moody), store)
    assert (half.sampled, half.calls) == (2, 8.0)


def test_a_forecast_from_nothing_but_failures_says_so(store: Store) -> None:
    def broken(_store: Store, where: Where) -> Graph:
        if where:
            raise MemoryError("too much pie")
        return candidate().build(store, where)

    with pytest.raises(EvaluationError, match=r"none of 1 questions could be asked, .* cost: MemoryError: too much pie"):
        forecast(Suite("island", [PIE], setting="candidates"), candidate(build=broken), store)


def test_a_suite_is_measured_over_its_own_passages_only(tmp_path: Path) -> None:
    SUITE.store(tmp_path / "store", WordEncoder()).close()
    fewer = Suite("islet", [PIE], lambda: PASSAGES[1:])
    with pytest.raises(EvaluationError, match=f"has 1 passages .first '{PASSAGES[0].id}'. that are not of the suite 'islet'"):
        fewer.store(tmp_path / "store", WordEncoder())
    with Suite("questions alone", [PIE]).store(tmp_path / "store", WordEncoder()) as store:
        assert len(store) == len(PASSAGES)


def test_a_store_that_could_not_be_filled_is_free_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Store, "index", full)
        with pytest.raises(StoreError, match="the disk is full"):
            SUITE.store(tmp_path / "store", WordEncoder())
    with SUITE.store(tmp_path / "store", WordEncoder()) as opened:
        assert opened.manifest.state == "ready"


def test_a_limited_suite_is_part_of_every_larger_one() -> None:
    many = Suite("many", [Question(f"q{number}", "?") for number in range(50)])
    small, large = ({question.id for question in many.limited(count).questions} for count in (10, 20))
    assert (len(small), len(large), small < large) == (10, 20, True)
    assert many.limited(None) is many
    assert many.limited(99) is many


@pytest.mark.parametrize(
    ("questions", "setting", "sentence"),
    [
        ([], "corpus", "has no questions"),
        ([PIE, BORN, PIE], "corpus", "has several questions with the id 'pie'; give each its own"),
        ([PIE], "moon", "has setting 'moon'; there are corpus, candidates, gold"),
        ([Question("q", "?")], "candidates", r"1 of its questions \(first 'q'\) name no such passages"),
    ],
)
def test_a_suite_that_makes_no_sense_is_one_sentence(questions: list[Question], setting: Any, sentence: str) -> None:
    with pytest.raises(EvaluationError, match=sentence):
        Suite("island", questions, setting=setting)


def test_a_record_survives_its_file(store: Store, tmp_path: Path) -> None:
    run = run_suite(SUITE, candidate(), store, tmp_path / "run.jsonl")
    lines = (tmp_path / "run.jsonl").read_text().splitlines()
    assert len(lines) == 4
    assert json.loads(lines[1])["question"]["id"] in {"pie", "born", "chess"}
    assert run.records[0].result is not None
    assert run.records[0].result["citations"][0]["quote"] == "smoked char"
