"""Rows laid end to end: what the model says of them padded, it says of them packed."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.utils.rnn import pad_sequence
from transformers import BertConfig, BertModel

from agentic_rag.packed import batches, filling, read

IDS = [[1, 2, 3], [4], [5, 6, 7, 8, 9, 10, 11], [3, 2]]
TYPES = [[0, 0, 1], [0], [0, 0, 0, 1, 1, 1, 1], [1, 1]]


@pytest.fixture(scope="module")
def model() -> BertModel:
    torch.manual_seed(0)
    shape = BertConfig(vocab_size=12, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24)
    return BertModel(shape, add_pooling_layer=False).eval()


def padded(model: BertModel) -> torch.Tensor:
    """As transformers reads them: a square with a mask, of which what stands for nothing is left out."""
    ids, types = (pad_sequence([torch.tensor(row) for row in rows], batch_first=True) for rows in (IDS, TYPES))
    mask = pad_sequence([torch.ones(len(row), dtype=torch.long) for row in IDS], batch_first=True)
    return model(ids, token_type_ids=types, attention_mask=mask).last_hidden_state[mask.bool()]


def test_packed_rows_are_read_as_padded_ones(model: BertModel) -> None:
    with torch.inference_mode():
        assert torch.allclose(read(model, IDS, TYPES), padded(model), atol=1e-5)


def test_training_sees_the_same_numbers_and_the_same_way_back(model: BertModel) -> None:
    ways = []
    for hidden in (read(model, IDS, TYPES), padded(model)):
        model.zero_grad()
        hidden.square().sum().backward()
        ways.append([weight.grad.clone() for weight in model.encoder.parameters()])
    assert all(torch.allclose(ours, theirs, atol=1e-3) for ours, theirs in zip(*ways, strict=True))


@given(st.integers(1, 100_000))
def test_rows_are_filled_up_to_few_sizes_by_at_most_a_row(tokens: int) -> None:
    assert filling(tokens) <= min(tokens / 8, 511)
    assert (tokens + filling(tokens)) % min(512, 1 << max(0, tokens.bit_length() - 4)) == 0


@given(st.lists(st.integers(0, 300), max_size=60), st.integers(1, 1000))
def test_every_row_is_in_one_batch_and_no_batch_is_longer_than_the_budget(lengths: list[int], budget: int) -> None:
    made = [range(len(lengths))[batch] for batch in batches(lengths, budget)]
    assert [row for batch in made for row in batch] == list(range(len(lengths)))
    assert all(batch and (len(batch) == 1 or sum(lengths[row] for row in batch) <= budget) for batch in made)
