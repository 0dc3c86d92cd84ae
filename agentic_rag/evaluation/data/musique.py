"""MuSiQue: `musique_{ans,full}_v1.0_{train,dev,test}.jsonl`, https://github.com/StonyBrookNLP/musique.

JSON lines of `id, paragraphs [{idx, title, paragraph_text, is_supporting}], question, question_decomposition, answer,
answer_aliases, answerable`; test files have none of the labels.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from agentic_rag.evaluation.data.dataset import Dataset, Pool, distinct
from agentic_rag.evaluation.data.files import read_lines
from agentic_rag.evaluation.records import Question

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agentic_rag.evaluation.data.rows import Row

SHAPE = re.compile(r"((\d)hop\d*)__")


def read(path: Path) -> Dataset:
    """The file as published; type and hops are those in the id (`3hop1__...`).

    MuSiQue-Full asks each question twice under one id, over passages that suffice and over some that do not: the second
    one in the file has `#2` behind its id. An unanswerable question has no answers, and for gold what support is left.
    """
    pool = Pool(path)
    return pool.dataset(distinct(_questions(path, pool), path))


def _questions(path: Path, pool: Pool) -> Iterator[tuple[Row, Question]]:
    first: dict[str, list[str]] = {}
    for row in read_lines(path):
        question = _question(row, pool)
        twin = first.setdefault(question.id, question.candidates) != question.candidates
        yield row, replace(question, id=f"{question.id}#2") if twin else question


def _question(row: Row, pool: Pool) -> Question:
    paragraphs = [
        (pool.add(paragraph.text("title"), paragraph.text("paragraph_text")), paragraph.flag("is_supporting", default=False))
        for paragraph in row.rows("paragraphs")
    ]
    shape = SHAPE.match(row.name("id"))
    answerable = row.flag("answerable", default=True)
    answers = [row.text("answer", ""), *row.texts("answer_aliases", [])]
    return Question(
        id=row.name("id"),
        question=row.text("question"),
        answers=list(dict.fromkeys(answer for answer in answers if answer.strip())) if answerable else [],
        type=shape[1] if shape else "",
        hops=int(shape[2]) if shape else len(row.rows("question_decomposition", [])) or 1,
        gold=[key for key, supports in paragraphs if supports],
        answerable=answerable,
        candidates=[key for key, _ in paragraphs],
    )
