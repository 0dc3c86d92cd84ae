"""The native format: JSON lines of `id, question, answers, type, hops, gold, answerable, candidates`; two are required."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agentic_rag.evaluation.data.dataset import distinct
from agentic_rag.evaluation.data.files import read_lines
from agentic_rag.evaluation.data.qrels import read_gold
from agentic_rag.evaluation.records import Question

if TYPE_CHECKING:
    from pathlib import Path

    from agentic_rag.evaluation.data.rows import Row


def read_questions(path: Path, qrels: Path | None = None) -> list[Question]:
    """The questions of one native file, in its order; other fields than the native ones are ignored.

    The gold of a question that `qrels` judges is what it judges relevant; any other question keeps its own.
    """
    questions = distinct(((row, _question(row)) for row in read_lines(path)), path)
    if qrels is None:
        return questions
    gold = read_gold(qrels, {question.id for question in questions}, path)
    return [replace(question, gold=gold.get(question.id, question.gold)) for question in questions]


def _question(row: Row) -> Question:
    if not row.text("question").strip():
        raise row.wrong("question", "a string that is not blank")
    return Question(
        id=row.name("id"),
        question=row.text("question"),
        answers=row.texts("answers", []),
        type=row.text("type", ""),
        hops=row.count("hops", 1),
        gold=row.names("gold", []),
        answerable=row.flag("answerable", default=True),
        candidates=row.names("candidates", []),
    )
