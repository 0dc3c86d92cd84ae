"""What packing saves: rows laid end to end against the same rows padded, in turns, through the same layers.

    python eval/benchmarks/packing.py --data ../shared/data > eval/results/packing.json

Rows as the grader reads them: questions of HotpotQA's dev set, each with its ten candidates. Padded is transformers' own forward
pass over batches of rows of similar length, with its fused attention (`sdpa`) and without (`eager`).
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from agentic_rag.encoder import MiniLM
from agentic_rag.packed import batches, read
from agentic_rag.specialists.grader import first_rows
from agentic_rag.specialists.network import TOKENS_PER_BATCH, Base
from agentic_rag.specialists.rows import Row, pieces, tokens
from agentic_rag.training.data import multi_hop
from agentic_rag.training.ranking import candidates, sampled

PADDED_TOKENS = 2048
"""Tokens of a padded batch, with padding; more are slower."""


def packed(model: Any, rows: Sequence[Row]) -> list[torch.Tensor]:
    lengths = [len(row) for row in rows]
    return [
        one
        for batch in batches(lengths, TOKENS_PER_BATCH)
        for one in read(model, [row.ids for row in rows[batch]], [row.types for row in rows[batch]]).split(lengths[batch])
    ]


def padded(model: Any, rows: Sequence[Row]) -> list[torch.Tensor]:
    order = sorted(range(len(rows)), key=lambda at: -len(rows[at]))
    found: dict[int, torch.Tensor] = {}
    while order:
        size = max(1, PADDED_TOKENS // len(rows[order[0]]))
        batch, order = order[:size], order[size:]
        ids, types, mask = (
            pad_sequence([torch.tensor(one) for one in of], batch_first=True)
            for of in zip(*((rows[at].ids, rows[at].types, [1] * len(rows[at])) for at in batch), strict=True)
        )
        hidden = model(ids, token_type_ids=types, attention_mask=mask).last_hidden_state
        found |= {at: one[: len(rows[at])] for at, one in zip(batch, hidden, strict=True)}
    return [found[at] for at in range(len(rows))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=60)
    arguments = parser.parse_args()
    base = Base(MiniLM())
    questions = []
    for case in sampled(multi_hop(arguments.data, "hotpotqa", "dev"), arguments.questions):
        rows = first_rows(tokens(base.tokenizer, case.question)[0], pieces(base.tokenizer, candidates(case)))
        questions.append([row for _, row in rows])
    model = base.fresh().to(base.dtype)
    ways: dict[str, Callable[[Any, Sequence[Row]], list[torch.Tensor]]] = {"packed": packed, "sdpa": padded, "eager": padded}
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    furthest = 0.0
    with torch.inference_mode():
        for rows in [questions[0], *questions]:
            said = {}
            for way, by in ways.items():
                if way != "packed":
                    model.set_attn_implementation(way)
                started = time.perf_counter()
                said[way] = torch.cat(by(model, rows)).float()
                seconds[way].append(time.perf_counter() - started)
            cosines = torch.nn.functional.cosine_similarity(said["packed"], said["sdpa"])
            furthest = max(furthest, 1 - float(cosines.min()))
    count = sum(len(row) for rows in questions for row in rows)
    spent = {way: np.array(of[1:]) for way, of in seconds.items()}
    summary = {
        "machine": f"{platform.system()} {platform.machine()}, {torch.get_num_threads()} threads, {base.dtype}",
        "questions": len(questions),
        "tokens_per_question": round(count / len(questions)),
        "tokens_per_second": {way: round(count / of.sum()) for way, of in spent.items()},
        "median_ratio": {way: round(float(np.median(of / spent["packed"])), 2) for way, of in spent.items() if way != "packed"},
        "furthest_cosine_distance": round(furthest, 6),
    }
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
