"""How the learning rate comes down, once or several times, and the mean of the weights where it is down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import Module

FIRST, AGAIN = 3, 0.6
"""How many others the first descent of the rate is as long as, and of the highest rate, where all others begin."""


def descents(steps: int, count: int) -> list[int]:
    """At which steps the rate has come down; the first descent, which begins from nothing, is as long as `FIRST` others."""
    return [round(steps * (FIRST + number) / (FIRST + count - 1)) for number in range(count)]


def rate_at(step: int, ends: Sequence[int], warmup: float) -> float:
    """The share of the highest rate: up for `warmup` of each descent, then down in a line to nothing."""
    number = next(number for number, end in enumerate(ends) if step < end)
    begin = ends[number - 1] if number else 0
    progress = (step - begin) / (ends[number] - begin)
    highest = AGAIN if number else 1.0
    return highest * (progress / warmup if progress < warmup else (1 - progress) / (1 - warmup))


class Mean:
    """The mean of weights (stochastic weight averaging: Izmailov et al. 2018, arXiv 1803.05407)."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self.count, self.weights = 0, {name: torch.zeros_like(value) for name, value in weights.items()}

    def add(self, weights: Mapping[str, Tensor]) -> None:
        self.count += 1
        for name, value in weights.items():
            self.weights[name] += (value - self.weights[name]) / self.count

    def into(self, network: Module) -> None:
        if self.count:
            network.load_state_dict(self.weights, strict=False)
