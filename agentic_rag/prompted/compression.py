"""Evidence in fewer tokens: each passage as its title and the sentences that tell most, the best passages whole.

After REFRAG's compress, sense, expand (Lin et al. 2025, arXiv 2509.01092, section 2), with text in the place of vectors, so that
any model can read it. What is left out is marked; nothing is put in other words, so every quote still stands in its passage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil

from agentic_rag.budget import model_name
from agentic_rag.interfaces import SentenceGrader
from agentic_rag.prompted.shown import line_of
from agentic_rag.text import sentences
from agentic_rag.types import Passage

GAP = "..."
"""Stands where sentences were left out."""


@dataclass(frozen=True)
class Compression:
    """The `tokens` of evidence that are worth most by the sentence grader `by`.

    The passages with the best sentences come unabridged, that share `whole` of them, as far as there is room. Where not even one
    sentence fits, the passages stay as they are.
    """

    by: SentenceGrader
    tokens: int = 800
    whole: float = 0.0

    @property
    def model(self) -> str:
        return model_name(self.by)

    def __call__(self, question: str, passages: Sequence[Passage], count: Callable[[str], int]) -> list[Passage]:
        """The passages in their order, abridged; those of which nothing is left are not among them."""
        texts = [[passage.text[start:end] for start, end in sentences(passage.text)] for passage in passages]
        if count("\n".join(map(line_of, passages))) <= self.tokens:
            return list(passages)
        scores = self.by(question, passages)
        places = [(part, at) for part, of in enumerate(texts) for at in range(len(of))]
        order = sorted(places, key=lambda place: -scores[place[0]][place[1]])
        first = list(dict.fromkeys(part for part, _ in order))[: ceil(self.whole * len(passages))]
        order.sort(key=lambda place: place[0] not in first)
        kept: dict[int, Passage] = {}
        chosen, sizes, room = defaultdict[int, list[int]](list), defaultdict[int, int](int), self.tokens
        for part, at in order:
            tried = abridged(passages[part], texts[part], sorted([*chosen[part], at]))
            size = count(line_of(tried)) + 1
            if size - sizes[part] <= room:
                room -= size - sizes[part]
                kept[part], sizes[part] = tried, size
                chosen[part].append(at)
        return [kept[part] for part in sorted(kept)] or list(passages)


def abridged(passage: Passage, texts: Sequence[str], kept: Sequence[int]) -> Passage:
    """The kept sentences, with a mark where some between them are missing."""
    said: list[str] = []
    for before, at in zip([-1, *kept], kept, strict=False):
        said += [*([GAP] if at - before > 1 and said else []), texts[at]]
    return replace(passage, text=" ".join(said))
