"""Which sentences tell, without any training: the first ones, or those that share rare words with the question."""

from __future__ import annotations

from collections.abc import Sequence

from agentic_rag.store.lexical import Lexical
from agentic_rag.text import sentences
from agentic_rag.types import Passage


def lead(_question: str, passages: Sequence[Passage], /) -> list[list[float]]:
    """The first sentence of every passage, then the second of every passage, and so on. A `SentenceGrader`."""
    return [[-place - part / (len(passages) + 1) for place in range(len(_texts(one)))] for part, one in enumerate(passages)]


def bm25_sentences(question: str, passages: Sequence[Passage], /) -> list[list[float]]:
    """BM25 of each sentence with its passage's title, among all sentences of these passages. A `SentenceGrader`."""
    texts = [[f"{one.title} {sentence}" for sentence in _texts(one)] for one in passages]
    every = [text for of in texts for text in of]
    scores = iter(Lexical.build([str(at) for at in range(len(every))], every).scores(question).tolist())
    return [[next(scores) for _ in of] for of in texts]


def _texts(passage: Passage) -> list[str]:
    return [passage.text[start:end] for start, end in sentences(passage.text)]
