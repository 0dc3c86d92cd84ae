"""HTML into paragraphs: what a browser would show as text, one block after the other."""

from __future__ import annotations

import re
import warnings
from itertools import groupby
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString

from agentic_rag.corpus.decoding import decode
from agentic_rag.corpus.document import Document, Extract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bs4.element import PageElement

HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
ROWS = frozenset(["li", "tr", "dt", "dd"])
BOXES = "address article aside blockquote body caption center details div dl fieldset figcaption figure footer form header html"
LISTS = "legend main nav ol p pre section summary table tbody tfoot thead ul [document]"
BLOCKS = HEADINGS | ROWS | frozenset(f"{BOXES} {LISTS}".split())
UNSEEN = ["title", "noscript", "svg", "math", "iframe", "object", "select", "textarea", "button"]


def read(path: Path) -> Iterator[Document]:
    soup = _parsed(path.read_bytes())
    title = soup.title.get_text() if soup.title else ""
    for tag in soup(UNSEEN):
        tag.decompose()
    extract = Extract()
    for block, text in _blocks(soup):
        before = "\n" if block in ROWS else "\n\n"
        if block in HEADINGS:
            extract.add(text, before, heading=text)
        else:
            extract.add(text, before)
    yield extract.document(title)


def _parsed(data: bytes) -> BeautifulSoup:
    text = decode(data, EncodingDetector.find_declared_encoding(data, is_html=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return BeautifulSoup(text, "html.parser")


def _blocks(soup: BeautifulSoup) -> Iterator[tuple[str, str]]:
    """Each stretch of text with the name of the innermost block around it."""
    pieces = ((_block_of(node), node) for node in soup.descendants)
    for _, group in groupby(pieces, key=lambda piece: id(piece[0])):
        nodes = list(group)
        block = nodes[0][0].name
        text = "".join(_shown(node, block) for _, node in nodes)
        text = text.strip("\r\n") if block == "pre" else _tidy(text)
        if text.strip():
            yield block, text


def _block_of(node: PageElement) -> Tag:
    return next(parent for parent in node.parents if parent.name in BLOCKS)


def _shown(node: PageElement, block: str) -> str:
    """The text of one node: a tab stands for the border of a table cell, a line end for a break."""
    if isinstance(node, Tag):
        return {"br": "\n", "hr": "\n", "td": "\t", "th": "\t"}.get(node.name, "")
    # Comments, scripts and styles are subclasses.
    if type(node) is not NavigableString:
        return ""
    return node if block == "pre" else re.sub(r"\s+", " ", node)


def _tidy(text: str) -> str:
    text = re.sub(r" *\n *", "\n", re.sub(r" +", " ", text.strip(" \n")))
    cells = re.sub(r"[ \n]*\t[ \n]*", "\t", text).removeprefix("\t").rstrip("\t")
    return cells.replace("\t", " | ").strip()
