"""Turns a question about two things into one question about each, and says how the two answers decide."""

from __future__ import annotations

from agentic_rag.baselines.pairs import find_pair
from agentic_rag.pairs import Comparison, comparison_of


def find_comparison(question: str) -> Comparison | None:
    """What the question compares; None if it sets no two named things side by side."""
    pair = find_pair(question)
    return comparison_of(pair) if pair else None
