"""NQ-open: `NQ-open.*.jsonl`, https://github.com/google-research-datasets/natural-questions/tree/master/nq_open.

JSON lines of `question, answer []`; EfficientQA's annotations of predictions are not used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentic_rag.evaluation.data.dataset import Dataset, distinct
from agentic_rag.evaluation.data.files import read_lines
from agentic_rag.evaluation.records import Question

if TYPE_CHECKING:
    from pathlib import Path

    from agentic_rag.evaluation.data.rows import Row


def read(path: Path) -> Dataset:
    """The file as published: no passages, and the ids are `nq-1`, `nq-2`, ... by line."""
    return Dataset(distinct(((row, _question(row)) for row in read_lines(path)), path), [])


def _question(row: Row) -> Question:
    # The files without annotations hold nothing but questions; anywhere else, answers must not be missing.
    answers = row.texts("answer", [] if list(row.fields) == ["question"] else None)
    return Question(f"nq-{row.line}", row.text("question"), list(dict.fromkeys(answers)))
