"""Stretches of passages that training rows are made of: around an answer, away from it, and where it stands in a row."""

from __future__ import annotations

import random
from collections.abc import Sequence

from agentic_rag.specialists.rows import Piece, Row

CROPPED = 140
"""Tokens of the window that most paragraphs are cut to: what is not read costs nothing."""


def placed(made: Row, span: tuple[int, int, int]) -> tuple[int, int] | None:
    """The tokens at which a span of characters begins and ends; None if the row does not have it whole."""
    part, start, end = span
    inside = [at for at, here in enumerate(made.spans) if here and here[0] == part and here[1] < end and here[2] > start]
    if not inside or (made.spans[inside[0]] or (0, 0, 0))[1] > start or (made.spans[inside[-1]] or (0, 0, 0))[2] < end:
        return None
    return inside[0], inside[-1]


def window(piece: Piece, spans: Sequence[tuple[int, int, int]], longest: int, chance: random.Random) -> Piece:
    """At most `longest` tokens of a passage, somewhere around one of the spans."""
    extra = len(piece.ids) - longest
    if extra <= 0:
        return piece
    if not spans:
        start = chance.randrange(extra + 1)
        return piece.cut(start, start + longest)
    _, begin, end = chance.choice(list(spans))
    first = next((at for at, (_, stop) in enumerate(piece.offsets) if stop > begin), 0)
    last = next((at for at, (_, stop) in enumerate(piece.offsets) if stop >= end), first)
    low, high = max(0, last + 8 - longest), min(extra, max(0, first - 8))
    start = chance.randint(low, high) if low <= high else min(extra, max(0, first))
    return piece.cut(start, start + longest)


def elsewhere(piece: Piece, spans: Sequence[tuple[int, int, int]], chance: random.Random) -> Piece | None:
    """A stretch of the same passage in which no answer stands; None if there is no long one."""
    taken = [at for at, (start, end) in enumerate(piece.offsets) if any(start < stop and end > begin for _, begin, stop in spans)]
    before, behind = taken[0] if taken else 0, len(piece.ids) - (taken[-1] + 1 if taken else 0)
    if max(before, behind) < 40:
        return None
    start, stop = (0, before) if before > behind else (len(piece.ids) - behind, len(piece.ids))
    start += chance.randrange(max(1, stop - start - CROPPED + 1))
    return piece.cut(start, min(stop, start + CROPPED))
