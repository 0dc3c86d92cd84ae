"""The router without training: counts what makes a question hard to answer from one place, and weighs it by hand."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import ClassVar

from agentic_rag.baselines.chains import unfold
from agentic_rag.baselines.comparatives import find_comparison
from agentic_rag.grammar import AUXILIARIES, LONGEST_QUESTION, tidy
from agentic_rag.text import names, words
from agentic_rag.types import Complexity

LINK = re.compile(r"\b(?:who|whom|whose|that|which|where)\b")
WEIGHTS = {"comparison": 4.0, "steps": 2.2, "clauses": 0.9, "names": 0.5, "of": 0.45, "joined": 0.4, "owned": 0.5, "length": 0.1}
BIAS = -2.4
USUAL_LENGTH = 8
"""Words; what is longer than this adds to the score."""


@dataclass(frozen=True)
class TrainingFreeRouter:
    """A logistic of counted features with hand-set weights; `features` shows them.

    The type is "comparison" or "yesno" when two named things are set side by side, "bridge" when a description is nested in
    the question or the score says so, else "single".
    """

    model: ClassVar[str] = "training-free"

    def __call__(self, question: str, /) -> Complexity:
        found = self.features(question)
        score = 1 / (1 + math.exp(-BIAS - sum(WEIGHTS[name] * value for name, value in found.items())))
        if found["comparison"]:
            kind = "yesno" if _first_word(question) in AUXILIARIES and " or " not in question else "comparison"
        else:
            kind = "bridge" if found["steps"] or score >= 0.5 else "single"
        return Complexity(score, kind)

    def features(self, question: str) -> dict[str, float]:
        """What is counted: see `WEIGHTS`."""
        text = tidy(question)[:LONGEST_QUESTION]
        said = words(text)
        return {
            "comparison": float(find_comparison(text) is not None),
            "steps": float(min(3, len(unfold(text)) - 1)),
            "clauses": float(min(3, len(LINK.findall(" ".join(said[2:]))))),
            "names": float(min(4, max(0, len(names(text)) - 1))),
            "of": float(min(3, said.count("of"))),
            "joined": float(min(2, said.count("and") + said.count("or"))),
            "owned": float(min(2, len(re.findall(r"\w['’]s\b", text)))),
            "length": float(min(20, max(0, len(said) - USUAL_LENGTH))),
        }


def _first_word(question: str) -> str:
    return next(iter(words(question)), "")
