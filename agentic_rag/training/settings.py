"""How long and how strongly an adapter is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`rank` 0 trains the layers themselves (the upper bound that says what LoRA costs). `batch` counts tokens, padding included.

    The rate rises for `warmup` of the steps and falls linearly to zero; the heads, which start from nothing, have `heads_rate`.
    With several `descents` it then rises again, and the weights at the end of each are averaged.
    """

    epochs: float = 1.0
    rank: int = 32
    rate: float = 5e-4
    heads_rate: float = 1e-3
    batch: int = 4096
    warmup: float = 0.06
    decay: float = 0.01
    descents: int = 1
    seed: int = 0
