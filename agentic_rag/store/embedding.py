"""From passages to the records that an engine keeps, with the vectors that the store was made with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agentic_rag.errors import StoreError
from agentic_rag.interfaces import Encoder, TokenEncoder
from agentic_rag.store.engine import Record, chunked
from agentic_rag.store.manifest import Manifest
from agentic_rag.store.pooling import pooled
from agentic_rag.text import parts
from agentic_rag.types import Passage

BATCH = 128
"""Passages that are embedded and written at once: what a kill can cost."""
FINE_BATCH = 32
"""The same with vectors of tokens or parts, which take a hundred times the memory."""


@dataclass(frozen=True)
class Embedding:
    """One vector for each passage, and as the manifest says some for its tokens or its parts."""

    encoder: Encoder
    manifest: Manifest

    @property
    def batch(self) -> int:
        return FINE_BATCH if self.manifest.pooling or self.manifest.parts else BATCH

    def __call__(self, passages: Sequence[Passage]) -> Iterator[list[Record]]:
        """Batch by batch, the longest passages first."""
        for some in chunked(sorted(passages, key=lambda passage: -len(passage.content)), self.batch):
            yield self._records(some)

    def _records(self, passages: Sequence[Passage]) -> list[Record]:
        texts = [passage.content for passage in passages]
        vectors, pooling = self.encoder.encode(texts), self.manifest.pooling
        if self.manifest.parts:
            return list(map(Record, passages, vectors, self._part_vectors(passages)))
        if not pooling:
            return list(map(Record, passages, vectors))
        tokens = [pooled(one, pooling) for one in giving_tokens(self.encoder).tokens(texts)]
        return list(map(Record, passages, vectors, tokens))

    def _part_vectors(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """Of each passage one row per part, each embedded with the title."""
        pieces = [[replace(passage, text=part).content for part in parts(passage.text)] for passage in passages]
        vectors = self.encoder.encode([piece for some in pieces for piece in some])
        return np.split(vectors, np.cumsum([len(some) for some in pieces])[:-1])


def giving_tokens(encoder: Encoder) -> TokenEncoder:
    if not isinstance(encoder, TokenEncoder):
        raise StoreError(f"the encoder {encoder!r} gives no token vectors; give one with `tokens(texts)`, such as MiniLM")
    return encoder
