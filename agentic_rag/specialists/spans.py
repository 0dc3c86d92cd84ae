"""From what the token heads say to the likeliest span."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
SHORTER = 0.1
"""Log-probability that each further token of a span must be worth: a long span is rather two answers than one."""


def log_softmax(scores: Scores) -> Scores:
    shifted = scores - scores.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), np.float32)


def best_span(starts: Scores, ends: Scores, longest: int, parts: Sequence[int]) -> tuple[int, int, float]:
    """First and last token of the most probable span of at most `longest`, and its log-probability.

    It lies within one part; tokens of part -1 are in no span, so none reaches across them. Of two that are as probable the
    shorter one is taken.
    """
    where = np.array(parts)
    stretch = np.cumsum(np.diff(where, prepend=where[:1]) != 0)
    best, worth = (0, 0, -np.inf), -np.inf
    for length in range(min(longest, len(starts))):
        stop = len(starts) - length
        fits = (stretch[:stop] == stretch[length:]) & (where[length:] >= 0)
        both = np.where(fits, starts[:stop] + ends[length:], -np.inf)
        at = int(both.argmax())
        if both[at] - SHORTER * length > worth:
            best, worth = (at, at + length, float(both[at])), both[at] - SHORTER * length
    return best
