"""From a network's score to a probability that can be believed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Calibration:
    """A logistic of the score (Platt 1999), fitted on dev; `slope` 1 and `offset` 0 change nothing."""

    slope: float = 1.0
    offset: float = 0.0

    @classmethod
    def of(cls, known: Mapping[str, float], prefix: str = "") -> Calibration:
        """As a card has it; one that changes nothing where it has none."""
        return cls(known.get(f"{prefix}slope", 1.0), known.get(f"{prefix}offset", 0.0))

    def __call__(self, score: float) -> float:
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, self.slope * score + self.offset))))
