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


def cross_fitted(scores: Sequence[float], labels: Sequence[bool], halves: Sequence[int] | None = None) -> Floats:
    """(probability, label) rows, each half calibrated by the other. `halves` are 0 or 1; by default every second score is 1."""
    given, right = np.array(scores, float), np.array(labels, bool)
    sides, chances = np.arange(len(given)) % 2 if halves is None else np.array(halves), np.zeros(len(given))
    for half in (0, 1):
        fitted = fit_platt(given[sides != half].tolist(), right[sides != half].tolist())
        chances[sides == half] = [fitted(score) for score in given[sides == half]]
    return np.column_stack([chances, right])


def auc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """The probability that a right one scores above a wrong one; ties count half."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(np.array(labels, int), np.array(scores, float)))
