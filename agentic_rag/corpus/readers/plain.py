"""Plain text, and reStructuredText with its underlined headings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentic_rag.corpus.decoding import read_text
from agentic_rag.corpus.document import Document, Mark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNDERLINED = re.compile(r"""^(?P<text>[^\s.][^\r\n]*)\r?\n(?P<bar>[=\-~^"'`#*+.:_])(?P=bar){2,}[ \t]*\r?$""", re.MULTILINE)


def read(path: Path) -> Iterator[Document]:
    text = read_text(path)
    found = UNDERLINED.finditer(text) if path.suffix.lower() == ".rst" else ()
    headings = [Mark(match.start(), "heading", match["text"].strip()) for match in found]
    yield Document(text, title=str(headings[0].value) if headings else "", marks=headings)
