"""The generator of LIMIT-style data keeps what the paper promises of LIMIT."""

from __future__ import annotations

import json
import runpy
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from agentic_rag.corpus import read_jsonl
from agentic_rag.evaluation.data import read_questions

SCRIPT = Path(__file__).parents[2] / "eval" / "limit_style.py"


def made(folder: Path, documents: int = 60, seed: int = 0) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["limit_style.py", str(folder), "--documents", str(documents), "--seed", str(seed)])
        runpy.run_path(str(SCRIPT), run_name="__main__")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("limit_style"))


@pytest.fixture(scope="module")
def corpus(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def fans(corpus: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Who likes each thing, read from the texts."""
    found = defaultdict(set)
    for row in corpus:
        for like in likes(row):
            found[like].add(row["id"])
    return found


def likes(row: dict[str, Any]) -> list[str]:
    start, *rest = row["text"].removesuffix(".").partition(" likes ")[2].rsplit(" and ", 1)
    return [*start.split(", "), *rest]


def test_every_question_has_its_two_documents_and_nobody_else_likes_what_it_asks_for(
    folder: Path, fans: dict[str, set[str]]
) -> None:
    questions = read_questions(folder / "questions.jsonl")
    assert len(questions) == 1000
    for question in questions:
        assert len(question.gold) == 2
        assert question.answers == question.gold
        assert fans[question.question.removeprefix("Who likes ").removesuffix("?")] == set(question.gold)


def test_no_two_questions_ask_for_the_same_thing_or_have_the_same_pair(folder: Path) -> None:
    questions = read_questions(folder / "questions.jsonl")
    assert len({question.question for question in questions}) == 1000
    assert len({frozenset(question.gold) for question in questions}) == 1000


def test_46_people_are_all_that_questions_ask_for(folder: Path) -> None:
    assert len({name for question in read_questions(folder / "questions.jsonl") for name in question.gold}) == 46


def test_all_names_are_distinct_and_all_people_like_equally_many_things_under_50(corpus: list[dict[str, Any]]) -> None:
    assert len({row["id"] for row in corpus}) == 60
    assert {len(set(likes(row))) for row in corpus} == {47}
    assert all(row["text"].startswith(f"{row['id']} likes ") for row in corpus)


def test_there_are_names_for_50_000_people_and_1_850_things_to_like() -> None:
    script = runpy.run_path(str(SCRIPT))
    things = [like for group in script["listed"]("likes.txt").values() for like in group]
    names = script["full_names"]()
    assert len(things) == len({like.casefold() for like in things}) == 1850
    assert len(names) == len(set(names)) >= 50_000
    assert not any(" and " in like for like in things)


def test_the_corpus_reads_as_any_other(folder: Path) -> None:
    passages = list(read_jsonl(folder / "corpus.jsonl"))
    assert len(passages) == 60
    assert {passage.title for passage in passages} == {""}


def test_the_same_seed_gives_the_same_files_and_another_seed_others(folder: Path, tmp_path: Path) -> None:
    again, other = made(tmp_path / "again"), made(tmp_path / "other", seed=1)
    for name in ("corpus.jsonl", "questions.jsonl"):
        assert (again / name).read_bytes() == (folder / name).read_bytes() != (other / name).read_bytes()


@pytest.mark.parametrize("documents", [45, 1_000_000])
def test_too_few_and_too_many_documents_are_refused(documents: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        made(tmp_path, documents)
    assert f"{documents} documents cannot be made; ask for 46 to 73640" in capsys.readouterr().err
