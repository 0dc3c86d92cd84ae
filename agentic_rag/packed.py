"""The base model's forward pass over rows laid end to end: nothing is padded, so nothing is masked and nothing read for nothing.

What looks at one token alone runs over all rows at once, attention row by row. The layers are those of the model, so that it can
be trained this way too. Packing without padding: Krell et al. 2021, arXiv 2107.02027.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

LONGEST = 512
"""Tokens that a row may have."""


def read(model: Any, ids: Sequence[Sequence[int]], types: Sequence[Sequence[int]] | None = None) -> Tensor:
    """The last hidden states of a `BertModel`: tokens of all rows x width. `types` are 0 where none are given."""
    first, total = model.encoder.layer[0].output.LayerNorm.weight, sum(map(len, ids))
    fill = filling(total) if first.dtype == torch.bfloat16 else 0
    rows = [*ids, [0] * fill] if fill else ids
    lengths = [len(row) for row in rows]
    words = torch.tensor([one for row in rows for one in row], device=first.device)
    kinds = torch.zeros_like(words)
    if types:
        kinds[:total] = torch.tensor([one for row in types for one in row], device=first.device)
    places = torch.cat([torch.arange(length, device=first.device) for length in lengths])
    hidden: Tensor = model.embeddings(words[None], kinds[None], places[None])[0].to(first.dtype)
    for layer in model.encoder.layer:
        hidden = layer.attention.output(attended(layer.attention.self, hidden, lengths), hidden)
        hidden = layer.output(layer.intermediate(hidden), hidden)
    return hidden[:total]


def filling(tokens: int) -> int:
    """How many tokens of nothing, at most one to eight, make them one of few numbers: a CPU makes kernels in bf16 for each."""
    return -tokens % min(LONGEST, 1 << max(0, tokens.bit_length() - 4))


def attended(attention: Any, hidden: Tensor, lengths: Sequence[int]) -> Tensor:
    """What each token takes from the tokens of its row, the heads beside each other: tokens x width."""
    heads = (-1, attention.num_attention_heads, attention.attention_head_size)
    made = [part(hidden).view(heads).transpose(0, 1) for part in (attention.query, attention.key, attention.value)]
    of_row = product if torch.is_grad_enabled() else fused
    told = [of_row(*parts) for parts in zip(*(part.split(lengths, dim=1) for part in made), strict=True)]
    return torch.cat(told, dim=1).transpose(0, 1).flatten(1)


def fused(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return scaled_dot_product_attention(query[None], key[None], value[None])[0]


def product(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """The same by its definition: on CPUs the way back through the fused kernel costs more than it saves."""
    return (query * query.shape[-1] ** -0.5 @ key.transpose(1, 2)).softmax(-1) @ value


def batches(lengths: Sequence[int], budget: int) -> Iterator[slice]:
    """Rows that follow each other, of at most `budget` tokens together; a longer row is alone."""
    start = size = 0
    for at, length in enumerate(lengths):
        if at > start and size + length > budget:
            yield slice(start, at)
            start, size = at, 0
        size += length
    if lengths:
        yield slice(start, len(lengths))
