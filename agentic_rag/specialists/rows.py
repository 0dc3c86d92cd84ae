"""What a specialist reads: a question and texts as one row of token ids, and where each token stands in its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tokenizers import Tokenizer

from agentic_rag.types import Passage

CLS, SEP = 101, 102
LONGEST = 512
"""Positions of the base model; no row is longer."""
QUESTION = 80
"""Tokens of a question that are read; what follows is cut."""
TITLE = 24
"""Tokens of a title that are read."""


@dataclass(frozen=True, slots=True)
class Row:
    """One input. `spans[i]` is None, or the part and the characters of it that token `i` covers."""

    ids: list[int]
    types: list[int]
    spans: list[tuple[int, int, int] | None] = field(default_factory=list, repr=False)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of tokens of one passage: `part` numbers the passage, `offsets` are characters of its text."""

    part: int
    title: list[int]
    ids: list[int]
    offsets: list[tuple[int, int]]

    def __len__(self) -> int:
        return len(self.title) + len(self.ids) + 1

    def cut(self, start: int, stop: int) -> Piece:
        return Piece(self.part, self.title, self.ids[start:stop], self.offsets[start:stop])


def tokens(tokenizer: Tokenizer, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """Ids and character offsets, without special tokens; half a character, which no tokenizer takes, is read as "?"."""
    encoded = tokenizer.encode(text.encode("utf-8", "replace").decode(), add_special_tokens=False)
    return encoded.ids, encoded.offsets


def pieces(tokenizer: Tokenizer, passages: Sequence[Passage]) -> list[Piece]:
    """Each passage whole, with its title in front."""
    found = []
    for part, passage in enumerate(passages):
        title = tokens(tokenizer, passage.title)[0][:TITLE] if passage.title else []
        found.append(Piece(part, title, *tokens(tokenizer, passage.text)))
    return found


def windows(piece: Piece, longest: int, stride: int) -> list[Piece]:
    """A passage in overlapping windows of at most `longest` tokens, title included; itself if it fits."""
    room = max(16, longest - len(piece.title) - 1)
    if len(piece.ids) <= room:
        return [piece]
    starts = range(0, len(piece.ids) - stride, room - stride)
    return [piece.cut(start, start + room) for start in starts]


def likeliest(piece: Piece, asked: Sequence[int], longest: int, stride: int) -> list[Piece]:
    """The windows of a passage, first those that share most with what was asked."""
    wanted = set(asked)
    return sorted(windows(piece, longest, stride), key=lambda window: -len(wanted.intersection(window.ids)))


def row(question: Sequence[int], texts: Sequence[Piece]) -> Row:
    """[CLS] question [SEP] title text [SEP] title text [SEP] ...; what does not fit is cut."""
    ids, types = [CLS, *question[:QUESTION], SEP], [0] * (min(len(question), QUESTION) + 2)
    spans: list[tuple[int, int, int] | None] = [None] * len(ids)
    for piece in texts:
        ids += [*piece.title, *piece.ids, SEP]
        types += [1] * len(piece)
        spans += [None] * len(piece.title) + [(piece.part, start, end) for start, end in piece.offsets] + [None]
    return Row(ids[:LONGEST], types[:LONGEST], spans[:LONGEST])
