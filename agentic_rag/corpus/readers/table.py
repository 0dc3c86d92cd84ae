"""Tables with a header (csv, tsv): one document per row."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from agentic_rag.corpus.decoding import read_text
from agentic_rag.corpus.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_CELL = 2**31 - 1
NATIVE = ("id", "title", "text")


def read(path: Path) -> Iterator[Document]:
    """A column `text` makes native rows, `id` and `title` if there are such columns; otherwise a row is "column: value" lines."""
    # The limit holds for the whole process; the default of 131,072 characters refuses long articles.
    csv.field_size_limit(LONGEST_CELL)
    text = read_text(path)
    separator = "\t" if path.suffix.lower() == ".tsv" else _separator(text)
    rows = csv.reader(StringIO(text, newline=""), delimiter=separator)
    header = [name.strip() or f"column {number}" for number, name in enumerate(next(rows, []), 1)]
    line = rows.line_num
    for row in rows:
        if row:
            # A cell too many is most likely an unquoted separator in the last one.
            cells = [*row[: len(header) - 1], separator.join(row[len(header) - 1 :])]
            yield _document(header, [cell.strip() for cell in cells], line + 1)
        line = rows.line_num


def _separator(text: str) -> str:
    """The character that separates the header; a comma, when in doubt."""
    return max(",;\t", key=text.split("\n", 1)[0].count)


def _document(header: list[str], cells: list[str], line: int) -> Document:
    if "text" not in header:
        return Document("\n".join(f"{name}: {cell}" for name, cell in zip(header, cells, strict=False) if cell), line=line)
    row = dict(zip(header, cells, strict=False))
    others = {name: cell for name, cell in row.items() if cell and name not in NATIVE}
    return Document(row.get("text", ""), row.get("title", ""), row.get("id", ""), others, line=line)
