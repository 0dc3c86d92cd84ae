"""One file per family of formats, each with `read(path) -> documents`; imported when a file of its family is met.

A reader raises `UnreadableError` to give a file up, and `CorpusError` only where a file breaks the promise of the native format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import cast

from agentic_rag.corpus.document import Document
from agentic_rag.errors import MissingExtraError

Reader = Callable[[Path], Iterator[Document]]

FORMATS = {
    ".txt": "plain",
    ".rst": "plain",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "web",
    ".htm": "web",
    ".pdf": "pdf",
    ".docx": "word",
    ".csv": "table",
    ".tsv": "table",
    ".jsonl": "native",
    ".jsonl.gz": "native",
}
STREAMED = (".jsonl", ".jsonl.gz")


def suffix_of(path: Path) -> str:
    """The suffix by which the file will be read, or "" if it is of no known format."""
    name = path.name.lower()
    return next((suffix for suffix in FORMATS if name.endswith(suffix)), "")


def reader_for(path: Path) -> Reader:
    """The reader of this file's format, or `MissingExtraError` if the library that it rests on is not installed."""
    suffix = suffix_of(path)
    try:
        module = import_module(f"{__name__}.{FORMATS[suffix]}")
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"reading {suffix} files", "docs") from error
    return cast("Reader", module.read)
