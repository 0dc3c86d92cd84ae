"""BEIR: a folder of `corpus.jsonl`, `queries.jsonl` and `qrels/{train,dev,test}.tsv`, https://github.com/beir-cellar/beir."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agentic_rag.corpus.readers import native
from agentic_rag.errors import CorpusError
from agentic_rag.evaluation.data.dataset import Dataset, distinct
from agentic_rag.evaluation.data.files import file_name, read_lines
from agentic_rag.evaluation.data.qrels import read_gold
from agentic_rag.evaluation.records import Question
from agentic_rag.types import Passage

if TYPE_CHECKING:
    from pathlib import Path

SPLITS = ("test.tsv", "dev.tsv", "train.tsv")


def read(path: Path) -> Dataset:
    """One split: the questions that its qrels judge, and the whole corpus with the ids that it has.

    `path` is the folder, for the first of test, dev and train that is there, or one of the files in its `qrels`.
    """
    if path.is_file():
        return read_folder(path.parent.parent, path)
    return read_folder(path, find(path / "qrels", *SPLITS))


def read_folder(folder: Path, qrels: Path) -> Dataset:
    """The questions that `qrels` judges, in the order of `queries.jsonl`. Documents without text are kept."""
    queries = find(folder, "queries.jsonl")
    rows = ((row, Question(row.name("_id"), row.text("text"))) for row in read_lines(queries))
    questions = distinct(rows, queries, "_id")
    gold = read_gold(qrels, {question.id for question in questions}, queries)
    judged = [replace(question, gold=gold[question.id]) for question in questions if question.id in gold]
    return Dataset(judged, _passages(find(folder, "corpus.jsonl")))


def find(folder: Path, *names: str) -> Path:
    """The first of these files that `folder` holds, gzipped or not."""
    for path in (folder / f"{name}{suffix}" for name in names for suffix in ["", ".gz"]):
        if path.is_file():
            return path
    there = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else "no such folder"
    raise CorpusError(f"{file_name(folder)}: expected a file {' or '.join(names)}, gzipped or not, got {there}")


def _passages(path: Path) -> list[Passage]:
    met: dict[str, tuple[Passage, int]] = {}
    for document in native.read(path):
        passage = Passage(document.id, document.text, document.title, {**document.metadata, "source": file_name(path)})
        first, line = met.setdefault(document.id, (passage, document.line))
        if first.content != passage.content:
            raise CorpusError(
                f"{file_name(path)} line {document.line}: expected an id of its own in field '_id', "
                f"got {document.id!r}, which stands for another passage on line {line}"
            )
    return [passage for passage, _ in met.values()]
