"""The commands as a user types them, in processes of their own where it matters."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentic_rag import cli, specialists
from agentic_rag.cli.loading import where_of
from agentic_rag.testing.ollama import Behaviour, OllamaDouble, faults

CORPUS = [
    {
        "id": "saltgate",
        "title": "Saltgate Bridge",
        "text": "Saltgate Bridge was designed by Maren Tolquist. It is 212 metres long.",
    },
    {"id": "tolquist", "title": "Maren Tolquist", "text": "Maren Tolquist was an architect. She was born in 1748 in Ashmarrow."},
    {"id": "pie", "title": "Ollun pie", "text": "Ollun pie is made with smoked char and barley.", "lang": "en"},
]
RESULT_KEYS = {
    "question",
    "answer",
    "abstained",
    "reason",
    "confidence",
    "citations",
    "claims",
    "route",
    "sub_questions",
    "contexts",
    "usage",
    "budget",
    "seconds",
    "trace_id",
    "config_hash",
}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """A command in this process: its exit code."""
    monkeypatch.setattr(sys, "argv", ["agentic-rag", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cli")
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in CORPUS))
    with pytest.MonkeyPatch.context() as patch:
        assert run(patch, "index", folder / "corpus.jsonl", "--store", folder / "store", "--late") == 0
    return folder


def output(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_index_reports_what_it_did_and_does_it_once(
    indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "index", indexed / "corpus.jsonl", "--store", indexed / "store", "--json") == 0
    done = output(capsys)
    assert (done["passages"], done["report"]["unchanged"], done["report"]["added"], done["skipped"]) == (3, 3, 0, [])


def test_a_folder_of_documents_becomes_a_store_that_answers_with_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "tower.md").write_text("# Wren Tower\n\nWren Tower was finished in 1903. It is 48 metres tall.\n")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    assert run(monkeypatch, "index", docs, "--store", tmp_path / "store") == 0
    told = capsys.readouterr()
    assert "1 added" in told.out
    assert "broken.pdf" in told.err
    assert run(monkeypatch, "ask", "How tall is Wren Tower?", "--store", tmp_path / "store", "--json") == 0
    result = output(capsys)
    [citation] = result["citations"]
    metadata = result["contexts"][0]["passage"]["metadata"]
    original = Path(metadata["source"]).read_text()[metadata["start"] : metadata["end"]]
    assert result["answer"] == "48 metres"
    assert original[citation["start"] : citation["end"]] == citation["quote"]
    (docs / "tower.md").unlink()
    (docs / "pier.txt").write_text("The pier is closed.")
    assert run(monkeypatch, "index", docs, "--store", tmp_path / "store", "--json") == 0
    assert output(capsys)["report"]["removed"] == 1


@pytest.mark.parametrize("retriever", ["dense", "bm25", "fused", "late"])
def test_search_finds_with_every_retriever(
    indexed: Path, retriever: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = indexed / "store"
    assert (
        run(monkeypatch, "search", "Who was Maren Tolquist?", "--store", store, "-k", 2, "--retriever", retriever, "--json") == 0
    )
    assert output(capsys)[0]["passage"]["id"] == "tolquist"
    assert run(monkeypatch, "search", "Maren pie", "--store", store, "--retriever", retriever, "--where", "lang=en") == 0
    assert "Ollun pie" in (out := capsys.readouterr().out)
    assert "tolquist" not in out


def test_ask_prints_a_result_object_whose_quotes_stand_in_the_passages(
    indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["ask", "When was Maren Tolquist born?", "--store", indexed / "store", "--confidence", 0, "--json"]
    assert run(monkeypatch, *asked) == 0
    result = output(capsys)
    texts = {row["id"]: row["text"] for row in CORPUS}
    assert result.keys() == RESULT_KEYS
    assert result["answer"] == "1748"
    assert all(texts[c["passage_id"]][c["start"] : c["end"]] == c["quote"] for c in result["citations"])
    assert {usage["role"] for usage in result["usage"]} >= {"router", "retriever", "grader", "reader", "verifier"}
    assert next(usage for usage in result["usage"] if usage["role"] == "grader")["input_tokens"] > 0


def test_an_abstention_is_an_answer(indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "ask", "Who won the chess game?", "--store", indexed / "store") == 0
    assert capsys.readouterr().out.startswith("I do not know: ")


def test_a_trace_shows_the_whole_way(indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    question = "In which year was the architect of Saltgate Bridge born?"
    assert run(monkeypatch, "ask", question, "--store", indexed / "store", "--trace", "--confidence", 0) == 0
    told = capsys.readouterr()
    assert told.out.startswith("1748\n")
    for shown in ("route  complex", "-> hybrid", "query: ", "hit: Maren Tolquist", "quote: ", "claim: ", "support ", " ms, "):
        assert shown in told.err


def test_a_budget_on_the_command_line_holds(
    indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "ask", "When was Maren Tolquist born?", "--store", indexed / "store", "--calls", 1, "--json") == 0
    assert output(capsys)["budget"]["spent"]["calls"] == 1


def test_a_graph_file_and_roles_of_ones_own(
    indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(
        "import dataclasses\n"
        "from agentic_rag.baselines import training_free\n"
        "from agentic_rag.types import Complexity\n\n\n"
        "def careful(encoder):\n"
        "    return dataclasses.replace(training_free(encoder), router=lambda question: Complexity(1.0, 'mine'))\n"
    )
    graph = Path(__file__).parents[1] / "graphs" / "adaptive.py"
    model = f"{tmp_path / 'mine.py'}:careful"
    arguments = [
        "ask",
        "When was Maren Tolquist born?",
        "--store",
        indexed / "store",
        "--graph",
        graph,
        "--model",
        model,
        "--json",
    ]
    assert run(monkeypatch, *arguments) == 0
    assert output(capsys)["route"] == {"label": "complex", "score": 1.0, "type": "mine", "escalated": False}


def test_a_store_is_copied_with_one_command(
    indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "index", indexed / "store", "--store", tmp_path / "copy", "--json") == 0
    assert output(capsys)["passages"] == 3


def test_what_a_copy_has_beside_its_origin_and_ids_that_another_file_took_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in (("a", "Ollun pie."), ("b", "A bridge.")):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": "1", "text": text}) + "\n")
        assert run(monkeypatch, "index", tmp_path / f"{name}.jsonl", "--store", tmp_path / "store") == 0
    assert f"1 passages of {tmp_path / 'a.jsonl'} are gone: others have their ids now" in capsys.readouterr().err
    (tmp_path / "b.jsonl").unlink()
    (tmp_path / "moved.jsonl").write_text(json.dumps({"id": "1", "text": "A longer bridge."}) + "\n")
    assert run(monkeypatch, "index", tmp_path / "moved.jsonl", "--store", tmp_path / "store") == 0
    assert "are gone" not in capsys.readouterr().err
    (tmp_path / "c.jsonl").write_text(json.dumps({"id": "2", "text": "A mill."}) + "\n")
    assert run(monkeypatch, "index", tmp_path / "c.jsonl", "--store", tmp_path / "copy") == 0
    assert run(monkeypatch, "index", tmp_path / "store", "--store", tmp_path / "copy") == 0
    assert f"1 passages here are not in {tmp_path / 'store'}" in capsys.readouterr().err


def test_vectors_of_parts_are_made_for_the_asking_and_copied(
    indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "index", indexed / "corpus.jsonl", "--store", tmp_path / "parts", "--parts") == 0
    assert run(monkeypatch, "index", tmp_path / "parts", "--store", tmp_path / "copy") == 0
    capsys.readouterr()
    assert run(monkeypatch, "search", "Maren Tolquist", "--store", tmp_path / "copy", "--retriever", "parts", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["passage"]["id"] == "tolquist"
    assert run(monkeypatch, "index", indexed / "corpus.jsonl", "--store", tmp_path / "both", "--parts", "--late") == 2
    assert "vectors of tokens or of parts, not both" in capsys.readouterr().err
    assert run(monkeypatch, "search", "Who?", "--store", indexed / "store", "--retriever", "parts") == 2
    assert "has no vectors of parts; index into a new store with --parts" in capsys.readouterr().err


def test_token_vectors_are_made_for_the_asking_and_their_size_is_said(
    indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    index = ["index", indexed / "corpus.jsonl", "--store"]
    assert run(monkeypatch, *index, indexed / "store") == 0
    assert "token vectors: about 0.0 MB for 3 passages, whose other vectors have 0.0 MB" in capsys.readouterr().err
    assert run(monkeypatch, *index, indexed / "store", "--no-late") == 2
    assert "was made with one token vector for 2 tokens, not without token vectors" in capsys.readouterr().err
    assert run(monkeypatch, *index, tmp_path / "plain") == 0
    assert "token vectors" not in capsys.readouterr().err
    assert run(monkeypatch, "search", "Who?", "--store", tmp_path / "plain", "--retriever", "late") == 2
    assert "has no token vectors; index into a new one with them: agentic-rag index PATH --late" in capsys.readouterr().err
    assert run(monkeypatch, "index", indexed / "store", "--store", tmp_path / "copy") == 0
    assert run(monkeypatch, "search", "Maren Tolquist", "--store", tmp_path / "copy", "--retriever", "late", "--json") == 0
    assert json.loads(capsys.readouterr().out.partition("s\n")[2])[0]["passage"]["id"] == "tolquist"


def test_a_graph_file_may_be_written_as_ours_are(
    indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "from agentic_rag.adaptive import build as adaptive\n"
        "from agentic_rag.testing import quoting\n"
        "from agentic_rag.specialists import specialists\n"
        "from dataclasses import replace\n\n"
        "@dataclass(frozen=True)\n"
        "class Answering:\n"
        "    quote: str\n"
        "    def __call__(self, question, passages):\n"
        "        return quoting(self.quote)(question, passages)\n\n"
        "def build(store, **options):\n"
        "    roles = replace(specialists(store.encoder), reader=Answering('smoked char'), verifier=lambda *_: 0.9)\n"
        "    return adaptive(store, roles, **options)\n"
    )
    words = ["What is Ollun pie made with?", "--store", indexed / "store", "--graph", tmp_path / "mine.py", "--confidence", 0]
    assert run(monkeypatch, "ask", *words, "--json") == 0
    assert json.loads(capsys.readouterr().out)["answer"] == "smoked char"


def test_filters_are_read_as_numbers_only_where_they_are_some() -> None:
    assert where_of(["year=1900", "lang=en", "lang=de", "zip=01234", "n=nan", "share=0.5", "price=1.50", "new=true"]) == {
        "year": 1900, "lang": ["en", "de"], "zip": "01234", "n": "nan", "share": 0.5,
        "price": [1.5, "1.50"], "new": [True, "true"]
    }  # fmt: skip
    assert where_of(["year>=1900", "year<=1950"]) == {"year": {"gte": 1900, "lte": 1950}}
    assert where_of(["message=<12@mail.example>"]) == {"message": "<12@mail.example>"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ask", "Who?", "--store", "/nowhere/store"], "no store in '/nowhere/store'; make one: agentic-rag index"),
        (["ask", "  ", "--store", "STORE"], "the question is empty"),
        (["ask", "x" * 5000, "--store", "STORE"], "the question has 5,000 characters, at most 4,000"),
        (["ask", "Who?", "--store", "STORE", "--graph", "/nowhere.py"], "there is no file '/nowhere.py'"),
        (["ask", "Who?", "--store", "STORE", "--graph", "EMPTY"], "has no function build(store, ...)"),
        (["ask", "Who?", "--store", "STORE", "--graph", "RAISES"], "failed: ZeroDivisionError: division by zero"),
        (
            ["ask", "Who?", "--store", "STORE", "--model", "ollama:qwen3:1.7b@127.0.0.1:9"],
            "no Ollama server answers at http://127.0.0.1:",
        ),
        (
            ["ask", "Who?", "--store", "STORE", "--model", "qwen3:1.7b"],
            "there is no module 'qwen3'; write ollama:NAME for a model of Ollama's",
        ),
        (["ask", "Who?", "--store", "STORE", "--model", "nothing"], "or FILE.py:NAME or MODULE:NAME of a function"),
        (
            ["search", "Who?", "--store", "STORE", "--retriever", "magic"],
            "there is no retriever 'magic'; there are dense, bm25, links, fused, parts, late",
        ),
        (["search", "Who?", "--store", "STORE", "--where", "lang"], "the filter 'lang' cannot be read"),
        (["search", "Who?", "--store", "STORE", "--where", "lang!=en"], "the filter 'lang!=en' cannot be read"),
        (
            ["search", "Who?", "--store", "STORE", "--where", "n=1", "--where", "n>=1"],
            "'n>=1' does not go with the one before it",
        ),
        (
            ["search", "Who?", "--store", "STORE", "--where", "n>=1", "--where", "n>=2"],
            "'n>=2' does not go with the one before it",
        ),
        (["search", "  ", "--store", "STORE"], "the question is empty"),
        (["ask", "Who?", "--store", "STORE", "--graph", "CHAIN"], "returned RunnableLambda; return a compiled graph"),
        (["search", "Who?", "--store", "STORE", "-k", "0"], "Invalid value for '-k'"),
        (["search", "Who?", "--store", "STORE", "--encoder", "/nowhere"], "no encoder in '/nowhere'"),
        (["index", "/nowhere/docs", "--store", "NEW"], "'/nowhere/docs' does not exist"),
        (["index", "http://127.0.0.1:9/mine", "--store", "NEW"], "the store 'http://127.0.0.1:9/mine' failed"),
        (
            ["index", "http://me:secret@127.0.0.1:9/mine", "EMPTY", "--store", "NEW"],
            "'http://127.0.0.1:9/mine' is a store; copy one",
        ),
        (["index", "EMPTY", "--store", "NEW", "--tokens", "20", "--overlap", "30"], "chunks need 0 <= overlap < tokens"),
        (["dance"], "No such command 'dance'"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_two(
    indexed: Path,
    tmp_path: Path,
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "raises.py").write_text("def build(store):\n    return 1 / 0\n")
    (tmp_path / "chain.py").write_text(
        "from langchain_core.runnables import RunnableLambda\n\ndef build(store, **options):\n    return RunnableLambda(str)\n"
    )
    places = {
        "STORE": indexed / "store",
        "NEW": tmp_path / "new",
        "EMPTY": tmp_path / "empty.py",
        "RAISES": tmp_path / "raises.py",
        "CHAIN": tmp_path / "chain.py",
    }
    assert run(monkeypatch, *(places.get(argument, argument) for argument in arguments)) == 2
    told = capsys.readouterr()
    assert sentence in " ".join(told.err.split())
    assert "Traceback" not in told.err
    assert told.out == ""


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "ask", "Who?", "--store", "/nowhere/store", "--debug") == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("gone", [SystemExit(1), BrokenPipeError(32, "Broken pipe")])
def test_a_reader_that_goes_away_is_no_error_to_explain(
    gone: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def app(_arguments: list[str], **_options: object) -> None:
        raise gone

    monkeypatch.setattr("agentic_rag.cli.app.app", app)
    assert run(monkeypatch, "draw") == 1
    assert capsys.readouterr().err == ""


def test_draw_prints_the_state_machine(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "draw") == 0
    assert capsys.readouterr().out.startswith("graph TD;\n\t__start__ --> route;\n")


def test_demo_answers_its_three_questions(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "demo") == 0
    told = capsys.readouterr()
    answers = [line for line in told.out.splitlines() if not line.startswith(" ")]
    assert answers == ["540 metres", "marsh fever", "the Hallick Salt Company"]
    assert told.err.count("Q: ") == 3


def test_doctor_finds_the_embedded_default_working(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "doctor", "--json") == 0
    checks = {check["name"]: check for check in output(capsys)}
    assert checks["encoder"]["ok"]
    assert checks["embedded store"]["ok"]
    assert "minilm-53aa51172d142c89" in checks["encoder"]["found"]


def test_doctor_names_the_cure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AGENTIC_RAG_ENCODER", "/nowhere")
    monkeypatch.setenv("QDRANT_URL", "http://127.0.0.1:9")
    assert run(monkeypatch, "doctor") == 1
    out = capsys.readouterr().out
    assert "give one with 'model.safetensors' in it" in out
    assert "start it, or unset QDRANT_URL" in out


def test_doctor_tells_a_damaged_specialist_from_a_sound_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copytree(specialists.SHIPPED, tmp_path / "adapters")
    (tmp_path / "adapters" / "reader" / "adapter_model.safetensors").write_bytes(b"cut off")
    monkeypatch.setattr(specialists, "SHIPPED", tmp_path / "adapters")
    assert run(monkeypatch, "doctor", "--json") == 1
    checks = {check["name"]: check for check in output(capsys)}
    assert [role for role in specialists.ROLES if not checks[role]["ok"]] == ["reader"]
    assert "is damaged" in checks["reader"]["cure"] + checks["reader"]["found"]


@pytest.mark.parametrize(("code", "forbidden"), [("import agentic_rag", "torch"), ("import agentic_rag.cli.app", "langgraph")])
def test_what_start_up_does_not_import(code: str, forbidden: str) -> None:
    check = f"{code}; import sys; sys.exit({forbidden!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], env={**os.environ}).returncode == 0


def test_doctor_tries_a_model_in_all_roles(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with OllamaDouble(script=faults(0.5, 1, [Behaviour.refuses()])) as server:
        assert run(monkeypatch, "doctor", "--model", f"ollama:small@{server.url}", "--json") == 0
        found = {check["name"]: check for check in output(capsys)}
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        run(monkeypatch, "doctor")
    assert "ollama server  " in (told := capsys.readouterr().out)
    assert "has small:latest" in told
    assert list(found) == ["ollama:small", "router", "planner", "grader", "reader", "verifier", "cost"]
    assert found["ollama:small"]["found"].startswith("context 8,192 tokens, 3.2B, Q4_K_M")
    valid = {name: int(check["found"].split()[0]) for name, check in found.items() if "of 5 replies" in check["found"]}
    assert len(valid) == 5
    assert 0 < sum(valid.values()) < 25


def test_a_model_reads_on_the_command_line(
    indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = indexed / "usage.jsonl"
    question = ("ask", "How long is Saltgate Bridge?", "--store", indexed / "store", "--confidence", 0, "--json")
    with OllamaDouble(script=Behaviour.says('{"answer": "212 metres", "quotes": []}')) as server:
        assert run(monkeypatch, *question, "--reader", f"ollama:small@{server.url}", "--log", log) == 0
    result = output(capsys)
    assert result["answer"] == "212 metres"
    assert [citation["quote"] for citation in result["citations"]] == ["It is 212 metres long."]
    assert {usage["model"] for usage in result["usage"] if usage["role"] == "reader"} == {"ollama:small"}
    *calls, end = [json.loads(line) for line in log.read_text().splitlines()]
    assert {call["role"] for call in calls} == {"reader"}
    assert (end["outcome"], end["trace_id"]) == ("answered", result["trace_id"])


def test_a_model_is_shown_as_much_evidence_as_was_said_and_asked_the_same_only_once(
    indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    question = ("ask", "How long is Saltgate Bridge?", "--store", indexed / "store", "--cache", indexed / "replies", "--json")
    sizes, asked, results = [], [], []
    with OllamaDouble(script=Behaviour.says('{"answer": "212 metres", "quotes": []}')) as server:
        for tokens in (40, 0, 0):
            model = ("--reader", f"ollama:small@{server.url}", "--evidence", tokens, "--log", indexed / f"{len(sizes)}.jsonl")
            assert run(monkeypatch, *question, *model) == 0
            results.append(output(capsys)["answer"])
            [call, *_] = map(json.loads, (indexed / f"{len(sizes)}.jsonl").read_text().splitlines())
            sizes.append(len(call["prompt"]))
            asked.append([exchange.request.endpoint for exchange in server.settle()].count("/api/chat"))
    assert results == ["212 metres"] * 3
    assert sizes[0] < sizes[1] == sizes[2]
    assert asked[0] < asked[1] == asked[2]


def test_the_log_of_an_evaluation_says_how_each_question_ended(
    indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log, questions = indexed / "eval.log", indexed / "questions.jsonl"
    asked = {"id": "q", "question": "How long is Saltgate Bridge?", "answers": ["212 metres"], "gold": ["saltgate"]}
    questions.write_text(json.dumps({**asked, "type": "single", "hops": 1, "answerable": True}) + "\n")
    files = ("--corpus", indexed / "corpus.jsonl", "--questions", questions, "--store", indexed / "eval", "--log", log)
    with OllamaDouble(script=Behaviour.says('{"answer": "212 metres", "quotes": []}')) as server:
        assert run(monkeypatch, "eval", *files, "--reader", f"ollama:small@{server.url}", "--confidence", 0, "--json") == 0
    capsys.readouterr()
    *calls, end = [json.loads(line) for line in log.read_text().splitlines()]
    assert end["trace_id"] in {call["trace_id"] for call in calls}
    assert (end["outcome"], end["answer"]) == ("answered", "212 metres")


def test_a_cascade_on_the_command_line_asks_the_model_only_what_the_specialist_cannot(
    indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with OllamaDouble(script=Behaviour.says('{"answer": "212 metres", "quotes": []}')) as server:
        asked = ("--store", indexed / "store", "--reader", f"specialists > ollama:small@{server.url}", "--json")
        assert run(monkeypatch, "ask", "How long is Saltgate Bridge?", *asked) == 0
        sure = {usage["model"] for usage in output(capsys)["usage"] if usage["role"] == "reader"}
        assert run(monkeypatch, "ask", "What is the price of the bridge's lamps?", *asked) == 0
        unsure = {usage["model"] for usage in output(capsys)["usage"] if usage["role"] == "reader"}
    assert sure == {"specialist"}
    assert unsure == {"specialist", "ollama:small"}


def test_who_stops_a_question_does_not_wait_for_its_model(indexed: Path) -> None:
    with OllamaDouble(script=Behaviour.stalls(60)) as server:
        question = "Which is older, Saltgate Bridge or Maren Tolquist?"
        asked = ["ask", question, "--store", str(indexed / "store"), "--reader", f"ollama:small@{server.url}"]
        with subprocess.Popen(
            [Path(sys.executable).with_name("agentic-rag"), *asked], stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                while not any(exchange.request.endpoint == "/api/chat" for exchange in server.exchanges):
                    assert process.poll() is None, process.communicate()
                    time.sleep(0.1)
                process.send_signal(signal.SIGINT)
                assert process.communicate(timeout=30)[1].splitlines()[-1:] == ["interrupted"]
            finally:
                process.kill()
    assert process.returncode == 130


UNSEEN = """
import signal, sys, threading
from agentic_rag import cli

def waits():
    threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT)).start()
    threading.Event().wait()

cli.GRACE, cli._status, sys.argv = 0.2, waits, ["agentic-rag", "ask"]
cli.main()
"""


def test_who_stops_a_command_is_heard_where_its_main_thread_is_not_woken() -> None:
    ended = subprocess.run([sys.executable, "-c", UNSEEN], stderr=subprocess.PIPE, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (130, "interrupted\n")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("ollama:missing@{}", "has no model 'missing'; get it with `ollama pull missing`"),
        ("ollama:small@http://127.0.0.1:9", "no Ollama server answers at http://127.0.0.1:9; start one with `ollama serve`"),
        ("openai:small", "the model 'openai:small' has no address; write openai:small@URL, or set OPENAI_BASE_URL"),
        ("nothing", "the model 'nothing' cannot be read; write ollama:NAME"),
    ],
)
def test_a_model_that_is_not_there_is_bad_input(
    indexed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], spec: str, said: str
) -> None:
    with OllamaDouble() as server:
        assert run(monkeypatch, "ask", "Why?", "--store", indexed / "store", "--model", spec.format(server.url)) == 2
    assert said in capsys.readouterr().err
