"""The retrieval benchmark asks what it says it asks, counts grades as gains, and keeps what it was not asked to measure."""

from __future__ import annotations

import gzip
import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from agentic_rag.testing import WordEncoder

SCRIPT = Path(__file__).parents[2] / "eval" / "retrieval"
LIKES = {"Ann": "Joshua Trees and Slide Rules", "Bob": "Joshua Trees and Yucca palms", "Cleo": "Slide Rules and Chess"}
QUESTIONS = {"query_0": ("Who likes Joshua Trees?", ["Ann", "Bob"]), "query_1": ("Who likes Slide Rules?", ["Ann", "Cleo"])}
REPORTS = {"own": "wing flow heat", "best": "wing flow plate", "some": "wing drag lift", "none": "beetles eat leaves"}
GRADES = {"own": 0, "best": 4, "some": 1}


class Words(WordEncoder):
    precision = "float32"


def lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


def qrels(path: Path, grades: dict[tuple[str, str], int]) -> None:
    path.write_text("query_id\tdoc_id\tgrade\n" + "".join(f"{q}\t{d}\t{grade}\n" for (q, d), grade in grades.items()))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    limit, cranfield, folder = tmp_path / "data" / "limit_small", tmp_path / "data" / "cranfield", tmp_path / "data"
    lines(limit / "corpus.jsonl", [{"id": name, "title": "", "text": f"{name} likes {x}."} for name, x in LIKES.items()])
    lines(limit / "questions.jsonl", [{"id": name, "question": asked, "gold": []} for name, (asked, _) in QUESTIONS.items()])
    qrels(limit / "qrels.tsv", {(name, person): 1 for name, (_, gold) in QUESTIONS.items() for person in gold})
    lines(cranfield / "corpus.jsonl.gz", [{"id": name, "title": "", "text": text} for name, text in REPORTS.items()])
    lines(cranfield / "queries.jsonl", [{"id": "1", "question": "wing flow heat"}])
    qrels(cranfield / "qrels.tsv", {("1", name): grade for name, grade in GRADES.items()})
    return folder


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr("agentic_rag.encoder.MiniLM", Words)
    return runpy.run_path(str(SCRIPT), run_name="retrieval")


def run(script: dict[str, Any], data: Path, *options: str) -> dict[str, Any]:
    out = data.parent / "retrieval.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            sys, "argv", ["retrieval", "--data", str(data), "--stores", str(data / "stores"), "--out", str(out), *options]
        )
        script["main"]()
    return json.loads(out.read_text(encoding="utf-8"))


def the_set(script: dict[str, Any], name: str, data: Path) -> Any:
    return script["SETS"][name](script["Places"](data, data / "stores", limit_documents=46))


def test_the_synonym_variant_asks_the_same_with_the_synonym(script: dict[str, Any], data: Path) -> None:
    plain, other = the_set(script, "limit_small", data), the_set(script, "limit_synonyms", data)
    assert [asked.query for asked in plain.asked] == ["Who likes Joshua Trees?", "Who likes Slide Rules?"]
    assert [asked.query for asked in other.asked] == [
        "Who likes Yucca palms of the Mojave?",
        "Who likes Logarithmic calculating sticks?",
    ]
    assert [asked.gains for asked in other.asked] == [asked.gains for asked in plain.asked]
    assert other.store == plain.store


def test_words_find_what_is_asked_and_miss_its_synonym(script: dict[str, Any], data: Path) -> None:
    report = run(script, data, "--sets", "limit_small", "limit_synonyms")
    assert report["limit_small"]["rows"]["bm25"]["recall@2"]["mean"] == 1.0
    assert report["limit_synonyms"]["rows"]["bm25"]["recall@2"]["mean"] < 1.0


def test_a_grade_is_a_gain_and_the_base_document_of_a_query_has_none(script: dict[str, Any], data: Path) -> None:
    report = run(script, data, "--sets", "cranfield")
    found, ideal = 0 + 4 / 1.585 + 1 / 2, 4 + 1 / 1.585
    assert report["cranfield"]["rows"]["dense"]["ndcg@10"]["mean"] == pytest.approx(found / ideal, abs=1e-3)


def test_paragraphs_are_the_corpus_and_only_answerable_questions_of_the_dev_part_are_asked(
    script: dict[str, Any], data: Path
) -> None:
    row = {"context": "Ada wrote it.", "title": "Ada_L", "answers": [{"text": "Ada", "start": 0}], "split": "dev"}
    others = [{**row, "question": "not answerable?", "answers": []}, {**row, "question": "seen?", "split": "train"}]
    lines(data / "reading" / "squad2_a.jsonl.gz", [{**row, "question": "Who wrote it?"}, *others])
    found = the_set(script, "squad2_a", data)
    assert [asked.query for asked in found.asked] == ["Who wrote it?"]
    assert [(passage.title, passage.id) for passage in found.passages()] == [("Ada L", *found.asked[0].gains)]


def test_a_limit_style_corpus_is_made_as_large_as_asked_for(script: dict[str, Any], data: Path) -> None:
    found = the_set(script, "limit_style", data)
    assert found.name == "limit_style_46"
    assert len(list(found.passages())) == 46
    assert len(found.asked) == 1000


def test_every_retriever_is_told_against_the_fused_one(script: dict[str, Any], data: Path) -> None:
    rows = run(script, data, "--sets", "limit_small")["limit_small"]["rows"]
    assert list(rows) == ["bm25", "dense", "links", "fused", "fused3", "parts", "hybrid"]
    assert {row["n"] for row in rows.values()} == {2}
    assert rows["links"]["recall@2"]["difference"] == {"mean": -1.0, "low": -1.0, "high": -1.0}
    assert "difference" not in rows["fused"]["recall@2"]


def test_sets_that_are_not_asked_for_keep_their_results(script: dict[str, Any], data: Path) -> None:
    before = run(script, data, "--sets", "limit_small")
    after = run(script, data, "--sets", "cranfield", "--again")
    assert after == {**before, "cranfield": after["cranfield"]}


def test_what_was_measured_is_passed_over_until_it_is_asked_for_again(
    script: dict[str, Any], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run(script, data, "--sets", "limit_small")
    capsys.readouterr()
    assert run(script, data, "--sets", "limit_small") == first
    assert capsys.readouterr().out == "limit_small: measured before; --again measures anew\n"
    run(script, data, "--sets", "limit_small", "--again")
    assert "limit_small      recall@2    bm25     n=2     1.000 [1.000, 1.000]" in capsys.readouterr().out


def test_other_questions_are_measured_anew(script: dict[str, Any], data: Path) -> None:
    run(script, data, "--sets", "cranfield")
    qrels(data / "cranfield" / "qrels.tsv", {("1", "own"): 2})
    assert run(script, data, "--sets", "cranfield")["cranfield"]["rows"]["dense"]["ndcg@10"]["mean"] == 1.0


def test_a_store_with_other_passages_is_refused(script: dict[str, Any], data: Path) -> None:
    run(script, data, "--sets", "limit_small")
    lines(data / "limit_small" / "corpus.jsonl", [{"id": name, "title": "", "text": LIKES[name]} for name in ("Ann", "Bob")])
    with pytest.raises(script["StoreError"], match="the store 'limit_small' has 1 passages that 'limit_small' has not"):
        run(script, data, "--sets", "limit_small")
