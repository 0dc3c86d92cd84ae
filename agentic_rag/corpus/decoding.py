"""Bytes into text. An encoding is recognised or the file is given up; characters are never dropped."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from charset_normalizer import from_bytes

from agentic_rag.corpus.document import UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

    from charset_normalizer import CharsetMatch

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
BROWSERS = {
    **dict.fromkeys(["iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii"], "cp1252"),
    "iso-8859-9": "cp1254",
}
"""What a browser takes a declared encoding for (WHATWG Encoding, section 4.2): pages that say Latin-1 have curly quotes."""
# Most common first, for ties. Left to choose among all encodings, charset-normalizer takes short Western texts for Baltic ones.
LEGACY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp932", "gb18030", "big5", "euc_kr", "euc_jp", "koi8_r"]

STRAY = re.compile("[\udc80-\udcff]")
"""A byte that is no UTF-8, as `surrogateescape` keeps it."""
CENTRAL_EUROPEAN = frozenset(["Croatian", "Czech", "Hungarian", "Polish", "Romanian", "Slovak", "Slovene"])


def read_text(path: Path) -> str:
    """The whole file as text, line endings untouched, so that offsets stay those of the file."""
    return decode(path.read_bytes())


def decode(data: bytes, declared: str | None = None) -> str:
    """By byte order mark, as UTF-8, as `declared` in the file itself, or by guessing, in this order."""
    marked = next((encoding for mark, encoding in BYTE_ORDER_MARKS.items() if data.startswith(mark)), None)
    if marked is None and b"\0" in data:
        raise UnreadableError("it is not text: it contains NUL bytes")
    for encoding in [marked] if marked else ["utf-8", BROWSERS.get(declared or "", declared)]:
        text = _attempt(data, encoding)
        if text is not None:
            return text
    if not marked and (text := _mostly_utf8(data)):
        return text
    guesses = [] if marked else list(from_bytes(data, cp_isolation=LEGACY))
    if not guesses:
        raise UnreadableError("its encoding was not recognised; save it as UTF-8")
    return str(_likeliest(guesses))


def _mostly_utf8(data: bytes) -> str | None:
    """UTF-8 with a few bytes that are none, as of a pasted Western text; None where those are not clearly fewer."""
    text = data.decode("utf-8", "surrogateescape")
    bad = len(STRAY.findall(text))
    if sum(sign > "\x7f" for sign in text) - bad < 2 * bad:
        return None
    return STRAY.sub(lambda match: bytes([ord(match[0]) - 0xDC00]).decode("cp1252", "replace"), text)


def printable(text: str) -> str:
    """The same text with `?` for each character that UTF-8 cannot hold (half of a surrogate pair, an undecoded byte)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _likeliest(guesses: list[CharsetMatch]) -> CharsetMatch:
    """The first guess whose language is written in its encoding; among equals, the more common encoding."""
    fitting = [guess for guess in guesses if _fits(guess)] or guesses
    equals = [guess for guess in fitting if (guess.chaos, guess.coherence) == (fitting[0].chaos, fitting[0].coherence)]
    return min(equals, key=lambda guess: LEGACY.index(guess.encoding))


def _fits(guess: CharsetMatch) -> bool:
    european = {"cp1250", "cp1252"} & set(guess.could_be_from_charset)
    return len(european) != 1 or ("cp1250" in european) == (guess.language in CENTRAL_EUROPEAN)


def _attempt(data: bytes, encoding: str | None) -> str | None:
    try:
        return data.decode(encoding) if encoding else None
    except (LookupError, ValueError):
        return None
