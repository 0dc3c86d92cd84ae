"""Long texts into pieces that fit the encoder, cut where the text itself pauses. Knows nothing about files."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semantic_text_splitter import MarkdownSplitter, TextSplitter

from agentic_rag.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenizers import Tokenizer

    from agentic_rag.corpus.document import Document

CHARACTERS_PER_TOKEN = 4
LONGEST_TOKEN = 16
WINDOW = 16_384
PAUSES = ["\n\n", "\r\n\r\n", "\n", ". ", " "]


@dataclass(frozen=True, slots=True)
class Chunking:
    """How texts are cut: the capacity of a passage, and what neighbours share at most, in tokens of the encoder."""

    tokens: int = 200
    overlap: int = 32

    def __post_init__(self) -> None:
        if not 0 <= self.overlap < self.tokens:
            raise CorpusError(f"chunks need 0 <= overlap < tokens, got tokens={self.tokens!r} and overlap={self.overlap!r}")


class Splitter:
    """Cuts documents as `chunking` says. Without a tokenizer, four characters count as a token."""

    def __init__(self, chunking: Chunking, tokenizer: Tokenizer | None = None) -> None:
        characters = chunking.tokens * CHARACTERS_PER_TOKEN, chunking.overlap * CHARACTERS_PER_TOKEN
        self._longest = chunking.tokens * LONGEST_TOKEN
        self._letters = TextSplitter(*characters)
        self._prose, self._markdown = self._letters, MarkdownSplitter(*characters)
        if tokenizer is not None:
            counting = deepcopy(tokenizer)
            counting.no_truncation()
            counting.no_padding()
            self._prose = TextSplitter.from_huggingface_tokenizer(counting, chunking.tokens, chunking.overlap)
            self._markdown = MarkdownSplitter.from_huggingface_tokenizer(counting, chunking.tokens, chunking.overlap)

    def split(self, document: Document) -> Iterator[tuple[int, str]]:
        """Each piece with its offset: `document.text[offset:offset + len(piece)] == piece`, no piece blank."""
        splitter = self._markdown if document.markdown else self._prose
        for offset, window in windows(document.text):
            for start, piece in splitter.chunk_indices(window):
                yield from self._within_reason(offset + start, piece)

    def _within_reason(self, offset: int, piece: str) -> Iterator[tuple[int, str]]:
        # An encoder may take ten thousand characters without a space for one unknown token.
        pieces = [(0, piece)] if len(piece) <= self._longest else self._letters.chunk_indices(piece)
        for start, part in pieces:
            if part.strip():
                yield offset + start, part


def windows(text: str) -> Iterator[tuple[int, str]]:
    """The text in stretches of bounded length, each with its offset: splitting takes time quadratic in the length.

    White space behind a stretch is left out, and so are blank stretches.
    """
    start = 0
    while start < len(text):
        end = start + WINDOW
        if end < len(text):
            pauses = (text.rfind(pause, start + WINDOW // 2, end) + len(pause) for pause in PAUSES)
            end = next((pause for pause in pauses if pause > start + WINDOW // 2), end)
        if window := text[start:end].rstrip():
            yield start, window
        start = end
