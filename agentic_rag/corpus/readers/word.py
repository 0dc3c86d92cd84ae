"""Word documents (.docx) into paragraphs and table rows."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zipfile import ZipFile, is_zipfile

import docx
from docx.table import Table

from agentic_rag.corpus.document import Document, Extract, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docx.text.paragraph import Paragraph

MOST_UNPACKED = 1_000_000_000


def read(path: Path) -> Iterator[Document]:
    _refuse(path)
    file = docx.Document(str(path))
    extract = Extract()
    title = file.core_properties.title
    for block in file.iter_inner_content():
        if isinstance(block, Table):
            _add_table(extract, block)
        elif text := block.text.strip():
            style = _style(block)
            title = title or (text if style == "Title" else "")
            if style.startswith("Heading"):
                extract.add(text, heading=text)
            else:
                extract.add(text)
    yield extract.document(title)


def _refuse(path: Path) -> None:
    if not is_zipfile(path):
        raise UnreadableError("it is no .docx archive, or it is encrypted")
    with ZipFile(path) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MOST_UNPACKED:
        raise UnreadableError(f"it unpacks to {unpacked:,} bytes, the limit is {MOST_UNPACKED:,}")


def _style(paragraph: Paragraph) -> str:
    return (paragraph.style and paragraph.style.name) or ""


def _add_table(extract: Extract, table: Table) -> None:
    before = "\n\n"
    for row in table.rows:
        if cells := [" ".join(cell.text.split()) for cell in row.cells if cell.text.strip()]:
            extract.add(" | ".join(cells), before)
            before = "\n"
