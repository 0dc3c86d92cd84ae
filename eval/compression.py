"""How much of the evidence is left when a prompt may have only some of the tokens: gold sentences kept, by budget and by method.

    python eval/compression.py --data ../shared/data > eval/results/generative/compression.json

HotpotQA's dev questions with their ten candidates, best grade first, as a graph gives them to its reader; without the first 200
by hash, on which the weights of the grader's sentences were chosen. The budget is a share of the tokens that the ten take whole,
titles included. Means over questions with 95% bootstrap intervals.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import agentic_rag
from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation.statistics import bootstrap
from agentic_rag.interfaces import SentenceGrader
from agentic_rag.prompted.compression import Compression
from agentic_rag.prompted.shown import line_of
from agentic_rag.sentences import bm25_sentences, lead
from agentic_rag.specialists import adapter_of
from agentic_rag.specialists.grader import CrossEncoderGrader
from agentic_rag.specialists.network import Adapted, Base
from agentic_rag.text import sentences
from agentic_rag.training.data import Answered, multi_hop
from agentic_rag.training.grader import candidates, sampled
from agentic_rag.types import Passage

SHARES = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0]
WANTED = 0.95


def in_order(_question: str, passages: Sequence[Passage]) -> list[list[float]]:
    """Passages whole, best first: what a prompt has whose end is cut off."""
    return [[-part - at / 1000 for at in range(len(sentences(one.text)))] for part, one in enumerate(passages)]


def kept(case: Answered, shown: Sequence[Passage]) -> float:
    """The share of the gold sentences that stand in what is shown."""
    texts = {one.id: " ".join(one.text.split()) for one in shown}
    gold = [(case.passages[part].id, " ".join(case.passages[part].text[start:end].split())) for part, start, end in case.telling]
    return sum(sentence in texts.get(id_, "") for id_, sentence in gold) / len(gold)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=1071, help="At most so many, in the order of their hashes.")
    parser.add_argument("--skip", type=int, default=200, help="The first ones, on which the weights were chosen.")
    parser.add_argument("--grader", type=Path, help="A grader of your own; default: the one that is shipped.")
    arguments = parser.parse_args()
    base = Base(MiniLM())
    grader = CrossEncoderGrader(Adapted(base, arguments.grader or adapter_of("grader")))

    def count(text: str) -> int:
        return len(base.tokenizer.encode(text, add_special_tokens=False).ids)

    methods: dict[str, tuple[SentenceGrader, float]] = {
        "passages, best first, cut off": (in_order, 0.0),
        "lead sentences": (lead, 0.0),
        "BM25 sentences with titles": (bm25_sentences, 0.0),
        "grader's sentences": (grader.sentences, 0.0),
        "grader's sentences, a fifth of the passages whole": (grader.sentences, 0.2),
    }
    cases = [case for case in sampled(multi_hop(arguments.data, "hotpotqa", "dev"), arguments.questions) if case.others]
    cases = cases[arguments.skip :]
    cases = [case for case in cases if case.telling]
    found: dict[str, list[list[float]]] = {name: [] for name in methods}
    spent, wholes, seconds = {name: [] for name in methods}, [], 0.0
    for case in cases:
        passages = candidates(case)
        grades = grader(case.question, passages)
        passages = [passages[at] for at in sorted(range(len(passages)), key=lambda at: -grades[at])]
        whole = sum(count(line_of(one)) for one in passages)
        wholes.append(whole)
        started = time.perf_counter()
        told = grader.sentences(case.question, passages)
        seconds += time.perf_counter() - started
        for name, (by, unabridged) in methods.items():
            scores = told if by == grader.sentences else by(case.question, passages)
            row, used = [], []
            for share in SHARES:
                shown = Compression(lambda *_, scores=scores: scores, int(share * whole), unabridged)(
                    case.question, passages, count
                )
                used.append(sum(count(line_of(one)) for one in shown) / whole)
                row.append(kept(case, shown) if used[-1] <= share + 0.02 else 0.0)
            found[name].append(row)
            spent[name].append(used)
        if sys.stderr.isatty() or len(wholes) % 100 == 0:
            print(f"\r{len(wholes)} of {len(cases)}", end="", file=sys.stderr, flush=True)
    curves = {}
    for name, rows in found.items():
        means = [bootstrap([row[at] for row in rows]) for at in range(len(SHARES))]
        whole_chain = [bootstrap([float(row[at] == 1) for row in rows]) for at in range(len(SHARES))]
        enough = next((share for share, one in zip(SHARES, means, strict=True) if one.mean >= WANTED), None)
        curves[name] = {
            "least_share_with_95_percent": enough,
            "gold_sentences": {
                str(s): [round(v, 3) for v in (m.mean, m.low, m.high)] for s, m in zip(SHARES, means, strict=True)
            },
            "all_of_a_question": {str(s): round(m.mean, 3) for s, m in zip(SHARES, whole_chain, strict=True)},
            "tokens_used": {str(s): round(sum(u[at] for u in spent[name]) / len(rows), 3) for at, s in enumerate(SHARES)},
        }
    summary = {
        "version": agentic_rag.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "n": len(cases),
        "tokens_whole_mean": round(sum(wholes) / len(wholes)),
        "grader_ms_per_question": round(seconds / len(cases) * 1000),
        "methods": curves,
    }
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
