"""How much of the evidence is left when a prompt may have only some of the tokens: gold sentences kept, by budget and by method.

    python eval/compression.py RUN.jsonl --data ../shared/data > eval/results/generative/compression.json

RUN is a run over HotpotQA's dev questions (`agentic-rag eval`): each question with the ten passages that the graph put first, in
its order. Without the run's first 200 questions: on these the weights of the grader's sentences were fitted, as `--fit` shows.
The budget is a share of the tokens that the ten take whole, titles included. Means over questions with 95% bootstrap intervals.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import agentic_rag
from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation.log import read_run
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
from agentic_rag.types import Passage

SHARES = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0]
WANTED = 0.95
FITTED = 200
"""The questions at the beginning of a run on which the weights were fitted."""
PASSAGES = 10


@dataclass(frozen=True)
class Case:
    """A question as the graph found evidence for it; `telling` are its gold sentences, each with its passage's id."""

    question: str
    passages: list[Passage]
    telling: set[tuple[str, str]]

    def kept(self, shown: Sequence[Passage]) -> float:
        """The share of the gold sentences that stand in what is shown."""
        texts = {one.id: squeezed(one.text) for one in shown}
        return sum(sentence in texts.get(id_, "") for id_, sentence in self.telling) / len(self.telling)

    def tells(self, id_: str, sentence: str) -> bool:
        """Whether a sentence, as this package ends them, is a gold one or has one in it, or is a part of one."""
        said = squeezed(sentence)
        return any(id_ == gold and (said in text or text in said) for gold, text in self.telling)


def squeezed(text: str) -> str:
    return " ".join(text.split())


def cases(run: Path, data: Path) -> Iterator[Case]:
    known: dict[str, Answered] = {case.question: case for case in multi_hop(data, "hotpotqa", "dev")}
    for record in read_run(run).records:
        case = known[record.question.question]
        found = [hit["passage"] for hit in (record.result or {}).get("contexts", [])][:PASSAGES]
        telling = {(case.passages[part].id, squeezed(case.passages[part].text[start:end])) for part, start, end in case.telling}
        if telling:
            yield Case(case.question, [Passage(one["id"], one["text"], one["title"]) for one in found], telling)


def in_order(_question: str, passages: Sequence[Passage]) -> list[list[float]]:
    """Passages whole, best first: what a prompt has whose end is cut off."""
    return [[-part - at / 1000 for at in range(len(sentences(one.text)))] for part, one in enumerate(passages)]


def curve(case: Case, by: SentenceGrader, whole: float, count: Callable[[str], int]) -> list[tuple[float, float]]:
    """The gold sentences kept at each share of the tokens, and the share that is really used."""
    if not case.passages:
        return [(0.0, 0.0) for _ in SHARES]
    scores, longest = by(case.question, case.passages), sum(count(line_of(one)) for one in case.passages)
    found = []
    for share in SHARES:
        compress = Compression(lambda *_: scores, int(share * longest), whole)
        shown = compress(case.question, case.passages, count)
        used = sum(count(line_of(one)) for one in shown) / longest
        found.append((case.kept(shown) if used <= share + 0.02 else 0.0, used))
    return found


def summary(rows: Sequence[list[tuple[float, float]]]) -> dict[str, Any]:
    kept, used = np.array(rows)[:, :, 0], np.array(rows)[:, :, 1]
    means = {str(share): bootstrap(kept[:, at]) for at, share in enumerate(SHARES)}
    return {
        "least_share_with_95_percent": next((float(share) for share, one in means.items() if one.mean >= WANTED), None),
        "gold_sentences": {share: [round(value, 3) for value in (one.mean, one.low, one.high)] for share, one in means.items()},
        "all_of_a_question": {share: round(float((kept[:, at] == 1).mean()), 3) for at, share in enumerate(means)},
        "tokens_used": {share: round(float(used[:, at].mean()), 3) for at, share in enumerate(means)},
    }


def fitted(some: Sequence[Case], grader: CrossEncoderGrader) -> list[float]:
    """What each feature of a sentence weighs beside the network's own score, by logistic regression."""
    from sklearn.linear_model import LogisticRegression

    seen, tells = [], []
    for case in some:
        for passage, made in zip(case.passages, grader.features(case.question, case.passages), strict=True):
            seen.append(made)
            tells += [case.tells(passage.id, passage.text[start:end]) for start, end in sentences(passage.text)]
    weights = LogisticRegression(max_iter=5000).fit(np.concatenate(seen), tells).coef_[0]
    return [round(float(weight / weights[0]), 2) for weight in weights]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--grader", type=Path, help="A grader of your own; default: the one that is shipped.")
    parser.add_argument("--fit", action="store_true", help="Fit the weights on the first questions of the runs, and stop.")
    arguments = parser.parse_args()
    base = Base(MiniLM())
    grader = CrossEncoderGrader(Adapted(base, arguments.grader or adapter_of("grader")))
    every = [list(cases(run, arguments.data)) for run in arguments.runs]
    if arguments.fit:
        print(fitted([case for of_run in every for case in of_run[:FITTED]], grader))
        return

    def count(text: str) -> int:
        return len(base.tokenizer.encode(text, add_special_tokens=False).ids)

    methods: dict[str, tuple[SentenceGrader, float]] = {
        "passages, best first, cut off": (in_order, 0.0),
        "lead sentences": (lead, 0.0),
        "BM25 sentences with titles": (bm25_sentences, 0.0),
        "grader's sentences": (grader.sentences, 0.0),
        "grader's sentences, a fifth of the passages whole": (grader.sentences, 0.2),
    }
    some = [case for of_run in every for case in of_run[FITTED:]]
    found: dict[str, list[list[tuple[float, float]]]] = {name: [] for name in methods}
    for number, case in enumerate(some, 1):
        for name, (by, whole) in methods.items():
            found[name].append(curve(case, by, whole, count))
        if sys.stderr.isatty() or not number % 100:
            print(f"\r{number} of {len(some)}", end="", file=sys.stderr, flush=True)
    report = {
        "version": agentic_rag.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "n": len(some),
        "tokens_whole_mean": round(float(np.mean([sum(count(line_of(one)) for one in case.passages) for case in some]))),
        "methods": {name: summary(rows) for name, rows in found.items()},
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
