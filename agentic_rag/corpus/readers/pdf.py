"""PDF into text, page after page, with the lines mended that the layout broke."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pypdf import PdfReader

from agentic_rag.budget import describe
from agentic_rag.corpus.decoding import printable
from agentic_rag.corpus.document import Document, Extract, UnreadableError
from agentic_rag.text import UPPER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BROKEN_WORD = re.compile(rf"(?<=[^\W\d_])-[ \t]*\n(?=[^\W\d_{UPPER}])")
BROKEN_LINE = re.compile(rf"[ \t]*\n(?=[^\W\d_{UPPER}])")


def read(path: Path) -> Iterator[Document]:
    with _silent("pypdf"):
        pages, failed = _pages(path)
    blank = [number for number, text in enumerate(pages, 1) if not text and number not in failed]
    if not any(pages):
        raise next(iter(failed.values()), UnreadableError("no page holds text; if it was scanned, run OCR on it first"))
    extract = Extract()
    for number, text in enumerate(pages, 1):
        if text:
            extract.add(text, "\n", page=number)
    gaps = [f"no text on {_listed(blank)}; if scanned, run OCR on it first"] if blank else []
    gaps += [f"{_listed(list(failed))} cannot be parsed: {describe(next(iter(failed.values())))}"] if failed else []
    yield extract.document(gap="; ".join(gaps))


def _pages(path: Path) -> tuple[list[str], dict[int, Exception]]:
    """The text of each page, and what went wrong on some: one bad page is no reason to lose a book."""
    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableError("it is encrypted; save it without a password")
    pages, failed = list[str](), dict[int, Exception]()
    for number in range(len(reader.pages)):
        try:
            pages.append(_mended(reader.pages[number].extract_text()))
        except Exception as error:  # noqa: BLE001  parsers fail in any way
            pages.append("")
            failed[number + 1] = error
    return pages, failed


def _mended(text: str) -> str:
    return BROKEN_LINE.sub(" ", BROKEN_WORD.sub("", printable(text))).strip()


def _listed(pages: list[int], shown: int = 5) -> str:
    numbers = ", ".join(str(page) for page in pages[:shown])
    return f"page{'s' if len(pages) > 1 else ''} {numbers}{', ...' if len(pages) > shown else ''}"


@contextmanager
def _silent(name: str) -> Iterator[None]:
    """Without the parser's remarks on what it could mend by itself."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
