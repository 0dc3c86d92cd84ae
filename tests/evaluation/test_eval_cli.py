"""`eval`, `compare` and `routing` as a user types them."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agentic_rag import cli
from agentic_rag.cli import evaluating
from agentic_rag.cli.roles import Casting
from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation.log import read_run
from agentic_rag.store import Store

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("AGENTIC_RAG_DATA", ROOT.parent / "shared" / "data"))
CORPUS = [
    {"id": "tolquist", "title": "Maren Tolquist", "text": "Maren Tolquist was an architect. She was born in 1748 in Ashmarrow."},
    {"id": "pie", "title": "Ollun pie", "text": "Ollun pie is made with smoked char and barley."},
]
QUESTIONS = [
    {"id": "q1", "question": "When was Maren Tolquist born?", "answers": ["1748"], "type": "single", "gold": ["tolquist"]},
    {"id": "q2", "question": "Who won the chess game?", "answers": [], "type": "null", "answerable": False},
]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["agentic-rag", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small set, and a run of each graph over it."""
    made = tmp_path_factory.mktemp("eval")
    for name, rows in (("corpus.jsonl", CORPUS), ("questions.jsonl", QUESTIONS)):
        (made / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.MonkeyPatch.context() as patch:
        for graph in ("single", "fan_out", "adaptive"):
            out = ["--graph", ROOT / "graphs" / f"{graph}.py", "--out", made / f"{graph}.jsonl"]
            assert run(patch, "eval", *files(made), *out) == 0
    return made


def test_a_run_may_have_a_budget_of_its_own(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "eval", *files(folder), "--limit", 1, "--calls", 9, "--out", tmp_path / "run.jsonl") == 0
    assert read_run(tmp_path / "run.jsonl").header.budget == {"calls": 9, "tokens": None, "seconds": 120.0, "rounds": 4}


def files(folder: Path) -> list[object]:
    """Answers are given that the specialists are not sure of: these tests are about the harness."""
    data = ["--corpus", folder / "corpus.jsonl", "--questions", folder / "questions.jsonl"]
    return [*data, "--store", folder / "store", "--confidence", 0.2]


def output(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_eval_prints_means_with_intervals(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["eval", *files(folder), "--out", folder / "again.jsonl"]
    assert run(monkeypatch, *arguments, "--json") == 0
    told = output(capsys)
    assert (told["header"]["questions"], told["failed"]) == (2, 0)
    assert told["summary"]["em"] == {"mean": 1.0, "low": 1.0, "high": 1.0, "n": 2}
    assert told["breakdowns"]["type"]["null"]["coverage"]["mean"] == 0.0
    assert told["variety"] == {"questions": 2, "sequences": 2, "bits": 1.0}
    assert run(monkeypatch, *arguments, "--by", "type") == 0
    assert "1.000 [1.000, 1.000]" in capsys.readouterr().out


def test_a_gate_that_is_missed_is_exit_code_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["eval", *files(folder), "--graph", ROOT / "graphs" / "single.py", "--out", folder / "single.jsonl"]
    assert run(monkeypatch, *arguments, "--gate", "f1>=0.6", "--no-worse-than", folder / "single.jsonl") == 0
    assert run(monkeypatch, *arguments, "--gate", "calls<=1") == 1
    assert "failed: " in capsys.readouterr().err


def test_the_file_of_a_run_is_named_before_the_first_question(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "eval", *files(folder), "--graph", ROOT / "graphs" / "single.py") == 0
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()[:2]] == ["run", "store"]


def test_the_bar_of_a_run_that_goes_on_starts_where_it_was_cut_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(evaluating, "err", Console(file=written, force_terminal=True))
    with evaluating.running_score(5, read_run(folder / "single.jsonl").records) as on_record:
        on_record(read_run(folder / "single.jsonl").records[0])
    assert ("2/5" in written.getvalue(), "3/5" in written.getvalue(), "0/5" in written.getvalue()) == (True, True, False)


def test_roles_are_made_once_for_all_the_graphs_of_a_setting(folder: Path) -> None:
    encoder = MiniLM()
    wanted = evaluating.Wanted(*([None] * 7), Casting(), *([None] * 6), workers=1, seed=0)
    built = evaluating.candidate_wanted(wanted, encoder).build
    with Store.open(folder / "store", encoder) as store:
        graphs = [built(store, where) for where in ({}, {"id": ["pie"]})]
    routers = [graph.builder.nodes["route"].runnable.func.router for graph in graphs]
    assert routers[0] is routers[1]


def test_a_passage_that_left_the_corpus_is_not_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "questions.jsonl").write_text(json.dumps(QUESTIONS[0]))
    data = ["--corpus", tmp_path / "corpus.jsonl", "--questions", tmp_path / "questions.jsonl"]
    held = []
    for corpus in (CORPUS, CORPUS[:1]):
        (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in corpus))
        assert run(monkeypatch, "eval", *data, "--graph", ROOT / "graphs" / "single.py", "--json") == 0
        told = capsys.readouterr()
        held.append(json.loads(told.out)["header"]["store"]["passages"])
    assert held == [2, 1]
    [store] = [line.removeprefix("store: ") for line in told.err.splitlines() if line.startswith("store: ")]
    (tmp_path / "more.jsonl").write_text(json.dumps(CORPUS[1]))
    assert run(monkeypatch, "eval", *data, "--corpus", tmp_path / "more.jsonl", "--store", store) == 2
    assert "give another --store, or none" in " ".join(capsys.readouterr().err.split())


def test_what_cannot_be_read_is_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "pie.txt").write_text("Ollun pie is made with smoked char and barley.")
    (tmp_path / "docs" / "[bad].txt").write_bytes(b"\0\1\2")
    data = ["--corpus", tmp_path / "docs", "--questions", folder / "questions.jsonl", "--store", tmp_path / "store"]
    assert run(monkeypatch, "eval", *data, "--graph", ROOT / "graphs" / "single.py") == 0
    assert f"skipped {tmp_path / 'docs' / '[bad].txt'}: it is not text" in capsys.readouterr().err


def test_a_store_on_a_server_is_not_taken_for_a_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "eval", *files(folder)[:4], "--store", "http://127.0.0.1:9/mine") == 2
    assert "store: http://127.0.0.1:9/mine" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_says_what_it_will_cost(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "eval", *files(folder), "--dry-run") == 0
    told = output(capsys)
    assert (told["questions"], told["sampled"], told["calls"] > 0) == (2, 2, True)


def test_runs_are_scored_again_side_by_side_and_the_reports_are_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    html, text = folder / "report.html", folder / "report.md"
    runs = [folder / "adaptive.jsonl", folder / "single.jsonl"]
    assert run(monkeypatch, "report", *runs, "--html", html, "--markdown", text, "--by", "type", "--metric", "em") == 0
    assert "When was Maren Tolquist born?" in html.read_text()
    headings = [line for line in text.read_text().splitlines() if line.startswith(("| suite |", "| type |"))]
    assert headings == ["| suite | run | questions | failed | em |", "| type | metric | adaptive | single |"]


def test_a_report_as_json_is_the_summary_of_each_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", folder / "adaptive.jsonl", folder / "single.jsonl", "--json") == 0
    assert [(one["header"]["graph"], one["failed"]) for one in output(capsys)] == [("adaptive", 0), ("single", 0)]
    assert run(monkeypatch, "report", folder / "single.jsonl", "--json", "--metric", "f1") == 0
    [told] = output(capsys)
    assert (list(told["summary"]), list(told["breakdowns"]["type"]["null"])) == (["f1"], ["f1"])


def test_compare_pairs_the_questions(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compare", folder / "fan_out.jsonl", folder / "single.jsonl"]
    assert run(monkeypatch, *arguments, "--json", "--metric", "em", "--metric", "calls") == 0
    told = output(capsys)
    assert (told["n"], list(told["differences"])) == (2, ["em", "calls"])
    assert told["differences"]["em"]["difference"]["mean"] == 0.0
    assert run(monkeypatch, *arguments) == 0
    assert "Holm" in capsys.readouterr().out
    assert run(monkeypatch, "compare", folder / "single.jsonl", folder / "single.jsonl") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "run baseline" in told
    assert "citation_precision" in told


def test_a_slower_machine_is_not_a_worse_graph_unless_seconds_are_asked_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    header, *records = map(json.loads, (folder / "single.jsonl").read_text().splitlines())
    for record in records:
        record["result"]["seconds"] /= 10
    faster = tmp_path / "faster.jsonl"
    faster.write_text("".join(json.dumps(row) + "\n" for row in [header, *records]))
    runs, graph = [folder / "single.jsonl", faster], ROOT / "graphs" / "single.py"
    assert run(monkeypatch, "compare", *runs, "--no-worse") == 0
    assert run(monkeypatch, "eval", *files(folder), "--graph", graph, "--out", runs[0], "--no-worse-than", faster) == 0
    assert run(monkeypatch, "compare", *runs, "--no-worse", "--metric", "seconds") == 1
    assert "failed: seconds is worse by" in capsys.readouterr().err


def test_a_metric_that_could_not_be_judged_is_no_metric_that_did_not_become_worse(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    header, *records = map(json.loads, (folder / "single.jsonl").read_text().splitlines())
    for record in records:
        record["result"] |= {"answer": None, "citations": [], "claims": []}
    silent = tmp_path / "silent.jsonl"
    silent.write_text("".join(json.dumps(row) + "\n" for row in [header, *records]))
    compared = ["compare", silent, folder / "single.jsonl", "--no-worse", "--metric", "citation_precision"]
    assert run(monkeypatch, *compared) == 1
    assert "citation_precision applies to no question of both runs" in capsys.readouterr().err


def test_questions_are_never_markup(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = (folder / "single.jsonl").read_text().replace("When was Maren", ":pie: [citation needed] When [/b] was Maren")
    (tmp_path / "right.jsonl").write_text(asked)
    (tmp_path / "wrong.jsonl").write_text(asked.replace('"answer": "1748"', '"answer": "1749"'))
    assert run(monkeypatch, "compare", tmp_path / "right.jsonl", tmp_path / "wrong.jsonl") == 0
    assert "won: :pie: [citation needed] When [/b] was Maren Tolquist born?" in " ".join(capsys.readouterr().out.split())


def test_routing_shows_every_control(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [folder / f"{name}.jsonl" for name in ("single", "fan_out", "adaptive")]
    assert run(monkeypatch, "routing", *runs, "--again", folder / "single.jsonl", "--json") == 0
    assert [row["name"] for row in output(capsys)] == [
        "always simple",
        "always complex",
        "random at the same rate",
        "longest questions",
        "adaptive",
        "oracle",
        "oracle of two simple runs",
    ]
    assert run(monkeypatch, "routing", *runs) == 0
    assert "random at the same rate" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["eval"], "eval takes a SUITE.py, or --questions with --corpus"),
        (["eval", "NOTHING"], "has no function suite()"),
        (["eval", "--corpus", "CORPUS", "--questions", "CORPUS"], "expected a string in field 'question', got none"),
        (["eval", "NOTHING", "--corpus", "CORPUS"], "--corpus goes with --questions; a SUITE.py brings all its data"),
        (["eval", "NOTHING", "--format", "moon"], "--format goes with --questions"),
        (["eval", "--questions", "QUESTIONS"], "if it is native, give its passages with --corpus"),
        (["eval", "--questions", "QUESTIONS", "--qrels", "CORPUS"], "--qrels judges passages of a --corpus"),
        (["eval", "--corpus", "CORPUS", "--questions", "QUESTIONS", "--format", "beir"], "--format is of a published data set"),
        (["eval", "--corpus", "CORPUS", "--questions", "QUESTIONS", "--setting", "moon"], "has setting 'moon'"),
        (["eval", "--corpus", "CORPUS", "--questions", "QUESTIONS", "--graph", "NOTHING"], "has no function build(store, ...)"),
        (["compare", "RUN", "RUN", "--no-worse", "--metric", "coverage"], "of 'coverage' neither more nor less is better"),
        (["eval", "--corpus", "CORPUS", "--questions", "AMONG", "--setting", "gold", "--graph", "BARE"], "takes no 'where'"),
        (["eval", "--questions", "NQ", "--format", "nq_open"], "brings no passages; give a store that holds them with --store"),
        (["eval", "--questions", "NQ", "--format", "nq_open", "--store", "/nowhere/s"], "no store in '/nowhere/s'"),
        (["eval", "--corpus", "CORPUS", "--questions", "OTHER", "--no-worse-than", "RUN"], "have no question in common"),
        (["compare", "RUN", "/nowhere.jsonl"], "the run '/nowhere.jsonl' cannot be read"),
        (["compare", "RUN", "RUN", "--metric", "beauty"], "there is no metric 'beauty'; there are em, f1"),
        (["compare", "RUN", "RUN", "--metric", "ece"], "is a number of a whole run and cannot be paired"),
    ],
)
def test_bad_input_is_one_sentence(
    folder: Path,
    tmp_path: Path,
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "nothing.py").write_text("")
    places = {
        "NOTHING": tmp_path / "nothing.py",
        "CORPUS": folder / "corpus.jsonl",
        "QUESTIONS": folder / "questions.jsonl",
        "RUN": folder / "single.jsonl",
        "STORE": folder / "store",
        "AMONG": tmp_path / "among.jsonl",
        "OTHER": tmp_path / "other.jsonl",
        "NQ": tmp_path / "nq.jsonl",
        "BARE": tmp_path / "bare.py",
    }
    places["AMONG"].write_text(json.dumps(QUESTIONS[0]) + "\n")
    places["OTHER"].write_text(json.dumps({**QUESTIONS[0], "id": "other"}) + "\n")
    places["NQ"].write_text('{"question": "When was it?", "answer": ["1748"]}\n')
    places["BARE"].write_text(
        "from agentic_rag.adaptive import build as whole\ndef build(store, roles=None):\n    return whole(store, roles)\n"
    )
    assert run(monkeypatch, *(places.get(argument, argument) for argument in arguments)) == 2
    told = capsys.readouterr()
    assert sentence in " ".join(told.err.split())
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (["--gate", "f1"], "the gate 'f1' is not a metric"),
        (["--no-worse-than", "/nowhere.jsonl"], "the run '/nowhere.jsonl' cannot be read"),
        (["--by", "tpye"], "runs cannot be broken down by 'tpye'; there are route, type, hops"),
        (["--html", "/nowhere/r.html"], "'/nowhere/r.html' cannot be written; give a file in a folder that exists"),
        (["--markdown", "/"], "'/' cannot be written"),
        (["--out", "/nowhere/x.jsonl"], "'/nowhere/x.jsonl' cannot be written"),
    ],
)
def test_what_can_be_checked_first_is_checked_before_anything_is_asked(
    folder: Path, option: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluating, "run_eval", lambda *_: pytest.fail("it began to ask"))
    assert run(monkeypatch, "eval", *files(folder), *option) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


def test_a_report_by_what_there_is_not_says_what_there_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", folder / "single.jsonl", "--by", "tpye") == 2
    assert "there are route, type, hops" in capsys.readouterr().err


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}")
@pytest.mark.parametrize(
    ("name", "questions"),
    [
        ("hotpotqa", 1071),
        ("hotpotqa_distractor", 1044),
        ("two_wiki", 614),
        ("musique", 200),
        ("lihua", 318),
        ("limit_small", 1000),
        ("bamboogle", 125),
        ("squad2", None),
    ],
)
def test_the_suites_hold_what_their_data_holds(name: str, questions: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ROOT / "eval" / "suites" / f"{name}.py"
    suite = evaluating.suite_wanted(evaluating.Wanted(path, *([None] * 13), workers=1, seed=0), MiniLM())
    gold = {passage_id for question in suite.questions for passage_id in question.gold}
    assert questions in (None, len(suite.questions))
    assert gold <= {passage.id for passage in suite.passages()}


def test_the_demo_suite_is_the_bundled_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite, out = ROOT / "eval" / "suites" / "demo.py", tmp_path / "run.jsonl"
    graph = ROOT / "graphs" / "single.py"
    assert (
        run(monkeypatch, "eval", suite, "--limit", 4, "--graph", graph, "--store", tmp_path / "store", "--out", out, "--json")
        == 0
    )
    assert output(capsys)["header"]["suite"] == "demo"
    assert len(read_run(out).records) == 4
