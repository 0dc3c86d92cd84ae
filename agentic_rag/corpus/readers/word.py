"""Word documents (.docx) into paragraphs and table rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import ZipFile, is_zipfile

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.table import Table

from agentic_rag.corpus.document import Document, Extract, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

MOST_UNPACKED = 1_000_000_000
WRAPPERS = ("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:smartTag", "w:fldSimple", "w:customXml", "w:dir", "w:bdo")
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""What says the same once more, for old programs."""


def read(path: Path) -> Iterator[Document]:
    _refuse(path)
    file = docx.Document(str(path))
    _unwrap(file.element.body)
    extract = Extract()
    title = file.core_properties.title if _has_properties(file) else ""
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
    for note in _notes(file):
        extract.add(note)
    yield extract.document(title)


def _has_properties(file: Any) -> bool:
    """Asked for what a file has not, python-docx makes some that call it "Word Document"."""
    return any(one.reltype == RELATIONSHIP_TYPE.CORE_PROPERTIES for one in file.part.package.rels.values())


def _notes(file: Any) -> Iterator[str]:
    """Footnotes and endnotes, which are parts of their own."""
    for part in (one.target_part for one in file.part.rels.values() if one.reltype.endswith(("/footnotes", "/endnotes"))):
        for note in parse_xml(part.blob):
            if text := "".join(one.text or "" for one in note.iter(qn("w:t"))).strip():
                yield text


def _refuse(path: Path) -> None:
    if not is_zipfile(path):
        raise UnreadableError("it is no .docx archive, or it is encrypted")
    with ZipFile(path) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MOST_UNPACKED:
        raise UnreadableError(f"it unpacks to {unpacked:,} bytes, the limit is {MOST_UNPACKED:,}")


def _unwrap(body: Any) -> None:
    """Put what content controls, fields, tracked insertions and text boxes hold in their place: python-docx passes over them.

    A table of contents only repeats what follows, and the hint of a field that nobody filled says nothing.
    """
    for wrapper in list(body.iter(*map(qn, WRAPPERS))):
        about = wrapper.find(qn("w:sdtPr"))
        galleries = [] if about is None else [one.get(qn("w:val")) for one in about.iter(qn("w:docPartGallery"))]
        unfilled = about is not None and about.find(qn("w:showingPlcHdr")) is not None
        if not unfilled and "Table of Contents" not in galleries:
            for part in list(wrapper):
                wrapper.addprevious(part)
        wrapper.getparent().remove(wrapper)
    for box in list(body.iter(qn("w:txbxContent"))):
        if next(box.iterancestors(FALLBACK), None) is None:
            paragraph = next(box.iterancestors(qn("w:p")))
            for part in reversed(list(box)):
                paragraph.addnext(part)


def _style(paragraph: Paragraph) -> str:
    return (paragraph.style and paragraph.style.name) or ""


def _add_table(extract: Extract, table: Table) -> None:
    for number, row in enumerate(_rows(table)):
        extract.add(row, "\n" if number else "\n\n")


def _rows(table: Table) -> Iterator[str]:
    """The rows that hold text; a cell that is merged with its neighbour in the row comes once."""
    for row in table.rows:
        cells = {cell._tc: _text(cell) for cell in row.cells}.values()  # noqa: SLF001  nothing public tells merged cells
        if any(cells):
            yield " | ".join(cells).rstrip(" |")


def _text(cell: _Cell) -> str:
    """Its paragraphs and the tables in it, on one line."""
    blocks = [" ".join(_rows(block)) if isinstance(block, Table) else block.text for block in cell.iter_inner_content()]
    return " ".join(" ".join(blocks).split())
