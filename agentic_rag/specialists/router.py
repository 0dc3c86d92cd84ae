"""The router: is one place enough to answer this question, and of which type is it?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from agentic_rag.specialists.calibration import Calibration
from agentic_rag.specialists.network import Adapted, Heads
from agentic_rag.specialists.rows import QUESTION, Row, row, tokens
from agentic_rag.text import normalise
from agentic_rag.types import Complexity

SIMPLE = ["single", "ordinal", "yesno"]
COMPLEX = ["bridge", "comparison", "intersection", "count", "superlative", "difference"]
TYPES = SIMPLE + COMPLEX
HEADS = Heads(tokens=0, pooled=1 + len(TYPES))
"""The log odds of complex, then a score per type; types of one side compete with each other only."""
LONGEST = 4000
"""Characters of a question that are looked at: so many at its start and at its end."""
SAID = re.compile(r"\w+(?:['.]\w+)*")


@dataclass(frozen=True)
class ClassifierRouter:
    """The score is the calibrated probability of complex; the type is one of that side (from one half on: the complex side).

    A question without a word is simple and of no type.
    """

    adapted: Adapted
    model: ClassVar[str] = "specialist"

    def __call__(self, question: str, /) -> Complexity:
        if not (made := asked(self.adapted.base.tokenizer, question)):
            return Complexity(0.0)
        [(_, whole)] = self.adapted([made])
        return complexity(whole, self.calibration)

    @property
    def calibration(self) -> Calibration:
        return Calibration.of(self.adapted.card.get("calibration", {}))

    def outputs(self, questions: Sequence[str]) -> list[NDArray[np.float32]]:
        """What the heads say of many questions, each with a word at least, in one go."""
        made = [asked(self.adapted.base.tokenizer, question) for question in questions]
        return [whole for _, whole in self.adapted([one for one in made if one])]


def asked(tokenizer: Tokenizer, question: str) -> Row | None:
    """The row of a question; of a very long one the beginning and the end, where what is asked usually stands."""
    ids = tokens(tokenizer, plain(question))[0]
    if len(ids) > QUESTION:
        ids = [*ids[: QUESTION // 2], *ids[-QUESTION // 2 :]]
    return row(ids, []) if ids else None


def plain(question: str) -> str:
    """Lower-case words without the punctuation between them: how a question is typed must not tell of which kind it is."""
    if len(question) > 2 * LONGEST:
        question = f"{question[:LONGEST]} {question[-LONGEST:]}"
    text = re.sub(r"[’‘`]", "'", normalise(question))
    return " ".join(SAID.findall(re.sub(r"\s+'s\b", "'s", text)))


def complexity(whole: NDArray[np.float32], calibration: Calibration) -> Complexity:
    score = calibration(float(whole[0]))
    side = COMPLEX if score >= 0.5 else SIMPLE
    return Complexity(score, max(side, key=lambda kind: float(whole[1 + TYPES.index(kind)])))
