"""Where a quote stands in the passages, if it does: word for word, or nearly so within a stated bound."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from agentic_rag.prompted.labels import DENIAL
from agentic_rag.text import content_words, sentence_around, stands_whole
from agentic_rag.types import Citation, Passage

ALIKE = 90.0
"""Of 100, how like the words of a passage a quote must be (normalised edit distance) to be taken for them."""
SLIP = 87.0
"""The same of a single word: two letters exchanged in a word of eight, which "western" and "eastern" are further apart than."""
SHORTEST = 16
"""Characters under which only a quote that stands there word for word counts."""
MARKER = re.compile(r"^\[\d+\]\s*")
"""What a prompt puts before a passage."""
GAPS = re.compile(r"\s*(?:\.\.\.|…)\s*")
TELLING = re.compile(rf"\w*\d\w*|{DENIAL.pattern}")
"""What may not differ at all: numbers, and words that deny."""
LONGEST = 2000
"""Characters of a quote that are looked for."""


def located(quote: str, passages: Sequence[Passage]) -> Citation | None:
    """The first passage that has the quote but for case, white space and kinds of quotation marks; else the most alike one.

    A quote begins and ends where words do: "1748" does not stand in "31748". Of one with a gap the longest part counts, if it
    is long enough. The most alike one has the same numbers and denies as often.
    """
    quote = MARKER.sub("", quote.strip().strip("\"“”'"))
    for passage in passages:
        quote = quote.removeprefix(f"{passage.title}: ") if passage.title else quote
    quote = quote.strip("\"“”'").rstrip(".… ")[:LONGEST]
    if not quote:
        return None
    part = max(GAPS.split(quote), key=len)
    for said in [quote, part] if SHORTEST <= len(part) < len(quote) else [quote]:
        pattern = re.compile(r"\s+".join(_loose(word) for word in said.split()), re.IGNORECASE)
        for passage in passages:
            if span := _whole(pattern, passage.text):
                return Citation.of(passage, *span)
    return _alike(quote, passages) if len(quote) >= SHORTEST else None


def sentence_with(answer: str, passages: Sequence[Passage]) -> list[Citation]:
    """The first sentence that has the answer as whole words."""
    pattern = re.compile(r"\s+".join(_loose(word) for word in answer.split()), re.IGNORECASE)
    for passage in passages:
        if span := _whole(pattern, passage.text):
            return [Citation.of(passage, *sentence_around(passage.text, *span))]
    return []


def _alike(quote: str, passages: Sequence[Passage]) -> Citation | None:
    best: tuple[float, Citation] | None = None
    for passage in passages:
        found = fuzz.partial_ratio_alignment(quote.lower(), passage.text.lower(), score_cutoff=ALIKE)
        whole = found and len(passage.text.lower()) == len(passage.text) and found.dest_end - found.dest_start >= len(quote) // 2
        if found and whole and (best is None or found.score > best[0]):
            citation = Citation.of(passage, *_whole_words(passage.text, found.dest_start, found.dest_end))
            if TELLING.findall(citation.quote.lower()) == TELLING.findall(quote.lower()) and _slips(quote, citation.quote):
                best = found.score, citation
    return best and best[1]


def _slips(said: str, told: str) -> bool:
    """Whether every word that carries meaning stands there but for a slip of the pen: another name or direction is none."""
    there = set(content_words(told))
    return all(word in there or any(fuzz.ratio(word, other) >= SLIP for other in there) for word in content_words(said))


def _whole(pattern: re.Pattern[str], text: str) -> tuple[int, int] | None:
    """Where it first stands with whole words at its ends."""
    return next((match.span() for match in pattern.finditer(text) if stands_whole(text, *match.span())), None)


def _loose(word: str) -> str:
    return re.sub(r"[\"'“”‘’]", "[\"'“”‘’]", re.escape(word))


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start + len(text[start:end]) - len(text[start:end].lstrip()), start + len(text[start:end].rstrip())
