"""LIMIT: a folder of `corpus.jsonl`, `queries.jsonl` and `qrels.jsonl`, https://github.com/google-deepmind/limit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agentic_rag.evaluation.data.beir import find, read_folder
from agentic_rag.evaluation.data.dataset import Dataset

if TYPE_CHECKING:
    from pathlib import Path

QRELS = ("qrels.jsonl", "qrels.tsv")


def read(path: Path) -> Dataset:
    """The folder as published. The questions ask who likes something: ids of documents are names, and answer them."""
    found = read_folder(path, find(path, *QRELS))
    return Dataset([replace(question, type="list", answers=question.gold) for question in found.questions], found.passages)
