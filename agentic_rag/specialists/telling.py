"""Which sentences of graded passages tell: what the grader read in their tokens, and what else is known of them."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from agentic_rag.errors import EncoderError
from agentic_rag.sentences import bm25_sentences
from agentic_rag.specialists.links import named, names
from agentic_rag.specialists.rows import Row
from agentic_rag.text import sentences
from agentic_rag.types import Passage

ReadRow = tuple[Row, NDArray[np.float32]]
"""A row and a score for each of its tokens: whether its sentence tells."""
UNREAD = -12.0
"""The score of a sentence that no row shows, and of a passage without text."""
WEIGHTS = np.array([1.0, -0.15, 0.12, 0.23, -0.39, -0.12, -0.55, 0.57, 0.81])
"""Of the `features`: a logistic regression on the passages that the graph put first for 200 of HotpotQA's dev questions
(`eval/compression.py --fit`)."""


def features(
    question: str,
    passages: Sequence[Passage],
    rows: Sequence[ReadRow],
    alone: Sequence[float | None],
    beside: Sequence[float | None],
) -> Iterator[NDArray[np.float64]]:
    """Of each passage sentences x 9: the best mean of a sentence's tokens in any row; the passage's scores `alone` and `beside` a
    likelier one; the sentence's BM25 score and its place; the number of the passage's sentences and its rank; whether another
    passage names it by its title, and whether the sentence names another one.
    """
    read = defaultdict[tuple[int, int], float](lambda: UNREAD)
    for part, place, score in told(rows, passages):
        read[part, place] = max(read[part, place], score)
    titles, texts = [named(passage) for passage in passages], [passage.text.lower() for passage in passages]
    for rank, (passage, shared) in enumerate(zip(passages, bm25_sentences(question, passages), strict=True)):
        others = [at for at, title in enumerate(titles) if title != titles[rank]]
        whole = [UNREAD if known is None else known for known in (alone[rank], beside[rank])]
        is_named = any(names(texts[at], titles[rank]) for at in others)
        found = []
        for place, ((start, end), words) in enumerate(zip(sentences(passage.text), shared, strict=True)):
            leads = any(names(passage.text[start:end].lower(), titles[at]) for at in others)
            found.append([read[rank, place], *whole, words, place, len(shared), rank, is_named, leads])
        yield np.array(found, float).reshape(-1, len(WEIGHTS))


def told(rows: Sequence[ReadRow], passages: Sequence[Passage]) -> Iterator[tuple[int, int, float]]:
    """Of each row and each sentence that it shows: the passage, which of its sentences it is, and the mean of its tokens."""
    starts = [[start for start, _ in sentences(passage.text)] for passage in passages]
    for made, each in rows:
        if not each.size:
            raise EncoderError("this grader knows nothing of sentences; train it anew, or begin with the one that is shipped")
        sums: dict[tuple[int, int], list[float]] = {}
        for span, score in zip(made.spans, each[:, 0].tolist(), strict=True):
            if span is not None:
                sums.setdefault((span[0], bisect(starts[span[0]], span[1]) - 1), []).append(score)
        yield from ((part, place, sum(one) / len(one)) for (part, place), one in sums.items() if place >= 0)
