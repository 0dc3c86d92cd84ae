"""PDF into text, page after page, with the lines mended that the layout broke."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pypdf import PdfReader

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
        pages = _pages(path)
    blank = [number for number, text in enumerate(pages, 1) if not text]
    if len(blank) == len(pages):
        raise UnreadableError("no page holds text; if it was scanned, run OCR on it first")
    extract = Extract()
    for number, text in enumerate(pages, 1):
        if text:
            extract.add(text, "\n", page=number)
    yield extract.document(gap=f"no text on {_listed(blank)}; if scanned, run OCR on it first" if blank else "")


def _pages(path: Path) -> list[str]:
    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableError("it is encrypted; save it without a password")
    return [_mended(page.extract_text()) for page in reader.pages]


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
