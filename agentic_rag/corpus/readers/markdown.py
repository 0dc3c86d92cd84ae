"""Markdown as it is written, with its headings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentic_rag.corpus.decoding import read_text
from agentic_rag.corpus.document import Document, Mark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The first two alternatives take front matter and code out of the way: a line of either may look like a heading.
HEADING = re.compile(
    r"""
    \A---[ \t]*\r?\n (?=\S) .*? ^---[ \t]*\r?$
    | ^[ ]{0,3} (?P<fence>`{3,}(?![^`\r\n]*`)|~{3,}) .*? (?: ^[ ]{0,3}(?P=fence) | \Z )
    | ^[ ]{0,3} \#{1,6} [ \t] (?P<hashed>[^\r\n]*)
    | ^(?P<underlined>[^\s#>|-][^\r\n]*) \r?\n (?:={2,}|-{2,}) [ \t]* \r?$
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def read(path: Path) -> Iterator[Document]:
    text = read_text(path)
    found = ((match.start(), _bare(match["hashed"] or match["underlined"] or "")) for match in HEADING.finditer(text))
    headings = [Mark(start, "heading", heading) for start, heading in found if heading]
    yield Document(text, title=str(headings[0].value) if headings else "", marks=headings, markdown=True)


def _bare(heading: str) -> str:
    """The heading without the # at its end, emphasis and links."""
    return LINK.sub(r"\1", heading.rstrip(" \t").rstrip("#")).replace("**", "").replace("`", "").strip("*_ \t")
