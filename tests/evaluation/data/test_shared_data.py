"""The native files of the project, where they lie beside it; set SHARED_DATA to another folder, or to none, to leave them out."""

import os
from pathlib import Path

import pytest

from agentic_rag.evaluation.data import read_qrels, read_questions

DATA = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[3].parent / "shared" / "data"))

pytestmark = pytest.mark.skipif(not (DATA / "hotpotqa").is_dir(), reason=f"{DATA} does not hold the shared data")


@pytest.mark.parametrize(
    ("name", "questions", "with_gold", "gold", "with_candidates", "unanswerable"),
    [
        ("hotpotqa/dev.jsonl.gz", 1_071, 1_071, 2_142, 1_044, 0),
        ("hotpotqa/train.jsonl.gz", 700, 700, 1_400, 700, 0),
        ("2wiki/dev.jsonl.gz", 614, 614, 1_514, 380, 0),
        ("2wiki/train.jsonl.gz", 500, 500, 1_184, 500, 0),
        ("musique/dev.jsonl.gz", 200, 200, 501, 131, 0),
        ("musique/train.jsonl.gz", 100, 100, 237, 100, 0),
        ("lihua/dev.jsonl", 318, 285, 325, 0, 33),
        ("limit_small/questions.jsonl", 1_000, 1_000, 2_000, 0, 0),
        ("bamboogle.jsonl", 125, 0, 0, 0, 0),
    ],
)
def test_the_native_files_are_read_whole(name, questions, with_gold, gold, with_candidates, unanswerable):
    found = read_questions(DATA / name)
    assert len(found) == questions
    assert sum(bool(question.gold) for question in found) == with_gold
    assert sum(len(question.gold) for question in found) == gold
    assert sum(bool(question.candidates) for question in found) == with_candidates
    assert sum(not question.answerable for question in found) == unanswerable
    assert all(set(question.gold) <= set(question.candidates) for question in found if question.candidates)


@pytest.mark.parametrize(
    ("name", "questions", "judgements", "gold"),
    [
        ("cranfield/queries", 225, 1_837, 1_612),
        ("vaswani/queries", 93, 2_083, 2_083),
        ("limit_small/questions", 1_000, 2_000, 2_000),
    ],
)
def test_the_judgements_give_gold(name, questions, judgements, gold):
    path = DATA / f"{name}.jsonl"
    found = read_questions(path, path.with_name("qrels.tsv"))
    assert len(found) == questions
    assert sum(map(len, read_qrels(path.with_name("qrels.tsv")).values())) == judgements
    assert sum(len(question.gold) for question in found) == gold
    assert all(question.gold for question in found)
