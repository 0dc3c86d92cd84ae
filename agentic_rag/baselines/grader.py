"""The grader without training: how near a passage is to the question in the encoder's space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from agentic_rag.interfaces import Encoder
from agentic_rag.types import Passage


@dataclass(frozen=True)
class TrainingFreeGrader:
    """Cosine similarity between question and passage, negative ones as 0."""

    encoder: Encoder
    model: ClassVar[str] = "training-free"

    def __call__(self, question: str, passages: Sequence[Passage], /) -> list[float]:
        if not passages:
            return []
        vectors = self.encoder.encode([question, *(passage.content for passage in passages)])
        return [float(score) for score in np.clip(vectors[1:] @ vectors[0], 0.0, 1.0)]
