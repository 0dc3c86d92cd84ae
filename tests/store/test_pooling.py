"""Pooling: fewer token vectors, each near those that it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from agentic_rag.encoder import MiniLM
from agentic_rag.store.pooling import pooled
from agentic_rag.testing import PASSAGES, WordEncoder


def nearness(tokens: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """The cosine of each token to its nearest vector."""
    return (tokens @ (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).T).max(axis=1)


@pytest.mark.parametrize(("rows", "factor", "left"), [(0, 2, 0), (1, 3, 1), (2, 3, 1), (9, 1, 9), (9, 2, 4), (9, 3, 3)])
def test_one_vector_is_left_for_so_many_tokens(rows: int, factor: int, left: int) -> None:
    tokens = np.random.default_rng(0).normal(size=(rows, 8)).astype(np.float32)
    assert pooled(tokens, factor).shape == (left, 8)
    assert pooled(tokens, factor).dtype == np.float32


def test_words_that_are_repeated_become_one_and_lose_nothing() -> None:
    [tokens] = WordEncoder().tokens(["lamp street lamp street lamp street"])
    assert sorted(pooled(tokens, 3).tolist()) == sorted(np.unique(tokens, axis=0).tolist())


@pytest.mark.parametrize(("factor", "mean", "least"), [(2, 0.88, 0.6), (3, 0.83, 0.5)])
def test_every_token_keeps_a_vector_near_it(minilm: MiniLM, factor: int, mean: float, least: float) -> None:
    for tokens in minilm.tokens([passage.content for passage in PASSAGES]):
        near = nearness(tokens, pooled(tokens, factor))
        assert near.mean() > mean
        assert near.min() > least
