"""The verifier without training: is the answer in the passages, beside what the question asks about?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from agentic_rag.baselines.evidence import Demand, stems
from agentic_rag.interfaces import Encoder
from agentic_rag.quantities import Amount, Moment, amounts, moments
from agentic_rag.text import content_words, normalise, sentences, words
from agentic_rag.types import Claim, Passage

SENTENCES = 12
"""At most so many sentences are encoded, in one call; those that share most with the claim."""
ABSENT = 0.3
"""The most that a claim is supported whose answer is in none of the passages."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence, title included: how much of the answer it has, in [0, 1], the stems of it and of its whole passage."""

    text: str
    present: float
    said: set[str]
    around: set[str]


@dataclass(frozen=True)
class TrainingFreeVerifier:
    """Support = a hand-set logistic of similarity, presence of the answer, and coverage of the question, for the best sentence.

    An answer that no passage has, or a name or number of the question that none has, holds the support down. Contradiction is
    not recognised: a passage that denies the claim in the claim's own words looks like one that makes it.
    """

    encoder: Encoder
    model: ClassVar[str] = "training-free"

    def __call__(self, claim: Claim, passages: Sequence[Passage], /) -> float:
        passages = [passage for passage in passages if passage.text.strip()]
        if not passages or not claim.answer.strip():
            return 0.0
        texts = [stems(passage.content) for passage in passages]
        demand = Demand.of(claim.question, texts)
        pieces = _pieces(claim, passages, texts)
        vectors = self.encoder.encode([f"{claim.question} {claim.answer}", *(piece.text for piece in pieces)])
        together = set().union(*texts)
        supports = [
            _support(float(similarity), piece, demand, together)
            for piece, similarity in zip(pieces, vectors[1:] @ vectors[0], strict=True)
        ]
        present = max(_presence(claim.answer, passage.content) for passage in passages)
        support = max(supports) if present >= 0.5 else min(max(supports), ABSENT)
        return support * 0.6 ** min(3, len(demand.missing(texts)))


def _pieces(claim: Claim, passages: Sequence[Passage], texts: Sequence[set[str]]) -> list[Evidence]:
    asked = stems(f"{claim.question} {claim.answer}")
    found = []
    for passage, around in zip(passages, texts, strict=True):
        behind = 0.5 * _presence(claim.answer, passage.content)
        title = f"{passage.title}. " if passage.title else ""
        for start, end in sentences(passage.text):
            text = title + passage.text[start:end]
            found.append(Evidence(text, max(behind, _presence(claim.answer, text)), stems(text), around))
    return sorted(found, key=lambda piece: -len(asked & piece.said))[:SENTENCES]


def _support(similarity: float, piece: Evidence, demand: Demand, together: set[str]) -> float:
    core = max(demand.share(demand.core, piece.said), 0.5 * demand.share(demand.core, piece.around))
    firm = max(demand.share(demand.firm, piece.said), 0.8 * demand.share(demand.firm, together))
    return 1 / (1 + math.exp(6.1 - 3.5 * max(0.0, similarity) - 2.4 * core - 1.6 * firm - 2.0 * piece.present))


def _presence(answer: str, text: str) -> float:
    """1 if the text has the answer word for word or by value, else the share of its words; yes and no need not stand anywhere."""
    said, content = words(answer), words(text)
    if said in (["yes"], ["no"]):
        return 0.8
    if not said:
        return float(normalise(answer.strip()) in normalise(text))
    if f" {' '.join(said)} " in f" {' '.join(content)} ":
        return 1.0
    if (values := _values(answer)) and values <= _values(text):
        return 1.0
    wanted = set(content_words(answer))
    return 0.8 * len(wanted & set(content)) / len(wanted)


def _values(text: str) -> set[Amount | Moment]:
    return {spotted.value for spotted in amounts(text)} | {spotted.value for spotted in moments(text)}
