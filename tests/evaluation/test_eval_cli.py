"""`eval`, `compare` and `routing` as a user types them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from agentic_rag import cli
from agentic_rag.evaluation.log import read_run

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
    assert "| em " in text.read_text()


def test_a_report_as_json_is_the_summary_of_each_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", folder / "adaptive.jsonl", folder / "single.jsonl", "--json") == 0
    assert [(one["header"]["graph"], one["failed"]) for one in output(capsys)] == [("adaptive", 0), ("single", 0)]


def test_compare_pairs_the_questions(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compare", folder / "fan_out.jsonl", folder / "single.jsonl"]
    assert run(monkeypatch, *arguments, "--json", "--metric", "em", "--metric", "calls") == 0
    told = output(capsys)
    assert (told["n"], list(told["differences"])) == (2, ["em", "calls"])
    assert told["differences"]["em"]["difference"]["mean"] == 0.0
    assert run(monkeypatch, *arguments) == 0
    assert "p (Holm)" in capsys.readouterr().out


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
        (["eval", "--corpus", "CORPUS", "--questions", "CORPUS"], "expected"),
        (["eval", "--corpus", "CORPUS", "--questions", "QUESTIONS", "--setting", "moon"], "has setting 'moon'"),
        (["eval", "--corpus", "CORPUS", "--questions", "QUESTIONS", "--gate", "f1", "--store", "STORE"], "the gate 'f1' is not"),
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
    }
    assert run(monkeypatch, *(places.get(argument, argument) for argument in arguments)) == 2
    told = capsys.readouterr()
    assert sentence in " ".join(told.err.split())
    assert "Traceback" not in told.err


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
    from agentic_rag.cli.evaluating import Wanted, suite_wanted

    path = ROOT / "eval" / "suites" / f"{name}.py"
    suite = suite_wanted(Wanted(path, *([None] * 12), workers=1, seed=0))
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
