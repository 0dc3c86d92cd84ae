"""Tables with a header (csv, tsv): one document per row."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from io import StringIO
from typing import TYPE_CHECKING

from agentic_rag.corpus.decoding import read_text
from agentic_rag.corpus.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_CELL = 2**31 - 1
NATIVE = ("id", "title", "text")
EXACT = 2**53
"""Whole numbers up to this one are kept exactly by whatever reads them as floats."""
END = "\x1eend of table"
"""Put behind a table: where it is not a row of its own, a quote that is still open has swallowed it."""


def read(path: Path) -> Iterator[Document]:
    """A column `text` makes native rows, `id` and `title` if there are such columns; otherwise a row is "column: value" lines.

    A cell of another column is a number where it is written as one, so that a filter can compare it.
    A quote that is never closed is reported, in a .tsv file also one that closes within a cell: there all are taken for text.
    """
    # The limit holds for the whole process; the default of 131,072 characters refuses long articles.
    csv.field_size_limit(LONGEST_CELL)
    text = read_text(path)
    tsv = path.suffix.lower() == ".tsv"
    separator = "\t" if tsv else _separator(text)
    unclosed = _unclosed(text, separator, strict=tsv)
    meant = "does not end a cell, so quotes are taken for text" if tsv else "is never closed, so rows may be joined"
    gap = f"a quote in line {unclosed} {meant}" if unclosed else ""
    lines = StringIO(text, newline="")
    rows = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE if tsv and unclosed else csv.QUOTE_MINIMAL)
    named = next((row for row in rows if any(cell.strip() for cell in row)), [])
    header = [name.strip() or f"column {number}" for number, name in enumerate(named, 1)]
    line = rows.line_num
    for row in rows:
        if row:
            # A cell too many is most likely an unquoted separator in the last one.
            cells = [*row[: len(header) - 1], separator.join(row[len(header) - 1 :])]
            yield _document(header, [cell.strip() for cell in cells], line + 1, gap)
            gap = ""
        line = rows.line_num


def _unclosed(text: str, separator: str, *, strict: bool) -> int:
    """The line of the row in which a quote begins that is never closed, or `strict` not at a cell's end; 0 if none is."""
    rows, begun = csv.reader(StringIO(f"{text}\n{END}", newline=""), delimiter=separator, strict=strict), 1
    try:
        for row in rows:
            if row and row[-1].endswith(END):
                return 0 if row == [END] else begun
            begun = rows.line_num + 1
    except csv.Error:
        return begun
    return 0


def _separator(text: str) -> str:
    """The character that separates the header, outside of quotes; a comma, when in doubt."""
    header = next((line for line in StringIO(text) if line.strip()), "")
    return max(",;\t", key=re.sub(r'(?:^|(?<=[,;\t]))"(?:[^"]|"")*"', "", header).count)


def _document(header: list[str], cells: list[str], line: int, gap: str) -> Document:
    row = dict(zip(header, cells, strict=False))
    if "text" not in header:
        told = zip(header, cells, strict=False)
        return Document("\n".join(f"{name}: {cell}" for name, cell in told if cell), line=line, gap=gap)
    others = {name: _value(cell) for name, cell in row.items() if cell and name not in NATIVE}
    return Document(row.get("text", ""), row.get("title", ""), row.get("id", ""), others, line=line, gap=gap)


def _value(cell: str) -> str | int | float:
    """The number that a cell is, but for one that would be shown in another way (007, 1.10) or not be kept exactly."""
    for kind in (int, float):
        with suppress(ValueError):
            if str(number := kind(cell)) == cell and abs(number) < EXACT:
                return number
    return cell
