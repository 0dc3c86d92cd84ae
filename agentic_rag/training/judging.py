"""Figures of a trained adapter on dev questions, and the calibration that is fitted on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from agentic_rag.evaluation.metrics import Floats
from agentic_rag.evaluation.statistics import Estimate
from agentic_rag.specialists.calibration import Calibration


@dataclass(frozen=True)
class Judged:
    """What goes onto the card: dev figures with 95% intervals, and numbers that the role reads at run time."""

    figures: dict[str, Estimate]
    calibration: dict[str, float] = field(default_factory=dict)


def fit_platt(scores: Sequence[float], labels: Sequence[bool]) -> Calibration:
    """The logistic of the score that makes the labels most probable (Platt 1999); nothing is changed if all labels are equal."""
    if len(set(labels)) < 2:
        return Calibration()
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e4, max_iter=1000).fit(np.array(scores, float)[:, None], np.array(labels, int))
    return Calibration(float(fitted.coef_[0, 0]), float(fitted.intercept_[0]))


def cross_fitted(scores: Sequence[float], labels: Sequence[bool]) -> Floats:
    """Probabilities, those of every second score from the calibration that is fitted on the others; (probability, label) rows."""
    fitted = [fit_platt(scores[half::2], labels[half::2]) for half in (1, 0)]
    chances = [fitted[at % 2](score) for at, score in enumerate(scores)]
    return np.column_stack([np.array(chances, float), np.array(labels, float)])


def auc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """The probability that a right one scores above a wrong one; ties count half."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(np.array(labels, int), np.array(scores, float)))
