"""SQuAD 1.1 and 2.0: `{train,dev}-v{1.1,2.0}.json`, https://rajpurkar.github.io/SQuAD-explorer.

One JSON object: `data[].paragraphs[].{context, qas[].{id, question, answers[], is_impossible}}`, each of `data` with a title.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from agentic_rag.evaluation.data.dataset import Dataset, Pool, distinct
from agentic_rag.evaluation.data.files import read_object
from agentic_rag.evaluation.records import Question

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agentic_rag.evaluation.data.rows import Row


def read(path: Path) -> Dataset:
    """The file as published; titles, which it has as in addresses, are made readable.

    The gold is the paragraph that the question was asked of, also where it does not hold the answer.
    """
    pool = Pool(path)
    return pool.dataset(distinct(_questions(read_object(path), pool), path))


def _questions(document: Row, pool: Pool) -> Iterator[tuple[Row, Question]]:
    for article in document.rows("data"):
        title = unquote(article.text("title", "")).replace("_", " ")
        for paragraph in article.rows("paragraphs"):
            passage = pool.add(title, paragraph.text("context"))
            for row in paragraph.rows("qas"):
                yield row, _question(row, passage)


def _question(row: Row, passage: str) -> Question:
    return Question(
        id=row.name("id"),
        question=row.text("question"),
        answers=list(dict.fromkeys(answer.text("text") for answer in row.rows("answers"))),
        gold=[passage],
        answerable=not row.flag("is_impossible", default=False),
    )
