"""Metrics: small functions of one record, or of a whole run where the number is no mean.

None means that a metric does not apply to the question, such as recall where there is no gold. Asking that failed is wrong in
every metric of quality and of no cost, because nobody knows it; `failed` counts it. Nothing here knows graphs or files.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from agentic_rag.evaluation.errors import EvaluationError
from agentic_rag.evaluation.records import Record

Floats = NDArray[np.float64]
Direction = Literal["higher", "lower", "neither"]

SUPPORT = 0.5
BINS = 10
BARE = ("yes", "no", "noanswer")
ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True, slots=True)
class Metric:
    """A number per question, averaged over the questions to which it applies, and which direction of it is better."""

    of: Callable[[Record], float | None]
    better: Direction = "higher"

    def __call__(self, record: Record) -> float | None:
        return self.of(record)


@dataclass(frozen=True, slots=True)
class RunMetric:
    """A number of a whole run that is no mean: `of` takes the `row`s of the questions to which it applies, one per line."""

    row: Callable[[Record], tuple[float, ...] | float | None]
    of: Callable[[Floats], float]
    better: Direction = "lower"


def normalised(text: str) -> str:
    """Lower case, no ASCII punctuation, no articles, single blanks, in that order: `normalize_answer` of the SQuAD scripts."""
    return " ".join(ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split())


def same(answer: str, gold: str) -> float:
    """Equal after normalisation: `compute_exact` of evaluate-v2.0.py (Rajpurkar et al. 2018)."""
    return float(normalised(answer) == normalised(gold))


def overlap(answer: str, gold: str) -> float:
    """F1 over words: `compute_f1` of evaluate-v2.0.py, with the rule of hotpot_evaluate_v1.py (Yang et al. 2018) on top.

    That rule: a bare yes, no or noanswer on either side counts only if the other side is the same.
    """
    ours, theirs = normalised(answer), normalised(gold)
    if ours == theirs:
        return 1.0
    if ours in BARE or theirs in BARE:
        return 0.0
    common = (Counter(ours.split()) & Counter(theirs.split())).total()
    return 2 * common / (len(ours.split()) + len(theirs.split()))


def em(record: Record) -> float | None:
    """Exact match with the best of the alternatives; an unanswerable question is right if and only if nothing was answered."""
    return _best(record, same)


def f1(record: Record) -> float | None:
    """Word overlap with the best of the alternatives; unanswerable questions as in `em`."""
    return _best(record, overlap)


def recall(record: Record, k: int) -> float | None:
    """Share of the gold passages among the first k retrieved: R@k of trec_eval."""
    gold = set(record.question.gold)
    return len(gold.intersection(_ranking(record)[:k])) / len(gold) if gold else None


def all_gold(record: Record, k: int) -> float | None:
    """All gold passages among the first k retrieved: what a multi-hop question needs (MDR, Xiong et al. 2021)."""
    found = recall(record, k)
    return None if found is None else float(found == 1)


def ndcg(record: Record, k: int) -> float | None:
    """Discounted gain over the ideal one, each gold passage worth 1: ndcg_cut of trec_eval (Järvelin and Kekäläinen 2002)."""
    gold = set(record.question.gold)
    gain = sum(1 / math.log2(rank + 1) for rank, passage in enumerate(_ranking(record)[:k], 1) if passage in gold)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(gold)) + 1)) if gold else None


def mrr(record: Record) -> float | None:
    """One over the rank of the first gold passage, 0 if none was retrieved: recip_rank of trec_eval."""
    gold = set(record.question.gold)
    ranks = (rank for rank, passage in enumerate(_ranking(record), 1) if passage in gold)
    return 1 / next(ranks, math.inf) if gold else None


def citation_precision(record: Record) -> float | None:
    """Share of the cited passages that are gold, after ALCE (Gao et al. 2023) but judged by the gold; None if none is cited."""
    gold, cited = set(record.question.gold), _cited(record)
    return len(cited & gold) / max(1, len(cited)) if gold and (cited or failed(record)) else None


def citation_recall(record: Record) -> float | None:
    """Share of the gold passages that the answer cites, after ALCE; None for a question that should not be answered."""
    gold = set(record.question.gold)
    return len(_cited(record) & gold) / len(gold) if gold and record.question.answerable else None


def supported(record: Record) -> float | None:
    """Share of an answer's claims that the verifier found supported, after FActScore (Min et al. 2023); unverified is not."""
    if record.abstained:
        return None
    claims: list[dict[str, Any]] = record.result["claims"] if record.result else []
    return len([claim for claim in claims if (claim["support"] or 0.0) >= SUPPORT]) / max(1, len(claims))


def coverage(record: Record) -> float:
    """Answered or not (El-Yaniv and Wiener 2010)."""
    return float(record.answer is not None)


def selective_accuracy(record: Record) -> float | None:
    """Exact match where something was answered (El-Yaniv and Wiener 2010)."""
    return None if record.abstained else em(record)


def score_at(record: Record, t: float, right: Callable[[Record], float | None] = em) -> float | None:
    """S_t: 1 if right, -t/(1-t) if wrong, 0 for "I do not know", which a failure is not (Kalai et al. 2025, section 4.2)."""
    verdict = right(record)
    if verdict is None or record.abstained:
        return None if verdict is None else 0.0
    return 1.0 if verdict == 1 else 0.0 - round(t / (1 - t), 9)


def routed(record: Record, how: Literal["complex", "escalated"]) -> float | None:
    """Took the complex path at all, or only after the simple one; None if there was no route."""
    route = record.result["route"] if record.result else None
    return None if route is None else float(route["escalated"] if how == "escalated" else route["label"] == "complex")


def spent(record: Record, what: Literal["calls", "tokens", "rounds"]) -> float | None:
    """What the question used of its budget; None if asking failed."""
    return float(record.result["budget"]["spent"][what]) if record.result else None


def seconds(record: Record) -> float | None:
    """Wall time of the steps; None if asking failed."""
    return float(record.result["seconds"]) if record.result else None


def failed(record: Record) -> float:
    """Asking raised an error, so there is no result."""
    return float(record.result is None)


def ece(rows: Floats) -> float:
    """Expected calibration error of (confidence, right) over ten bins of equal width (Guo et al. 2017)."""
    return float(np.abs(np.bincount(bins(rows[:, 0]), weights=rows[:, 0] - rows[:, 1])).sum() / len(rows))


def bins(confidences: Floats) -> NDArray[np.intp]:
    """The place of each among ten bins of equal width; one on an edge belongs to the bin below."""
    return np.digitize(confidences, np.arange(1, BINS) / BINS, right=True)


def aurc(rows: Floats) -> float:
    """Mean risk over all coverages of the answered questions (Geifman and El-Yaniv 2017), ties in the expected order."""
    _, group, counts = np.unique(-rows[:, 0], return_inverse=True, return_counts=True)
    risks = np.bincount(group, weights=1 - rows[:, 1]) / counts
    return float(np.mean(np.cumsum(np.repeat(risks, counts)) / np.arange(1, len(rows) + 1)))


def judged(record: Record) -> tuple[float, float] | None:
    """The confidence of an answer and whether it is right; None where nothing was answered."""
    right = em(record)
    return (float(record.result["confidence"]), right) if record.result and not record.abstained and right is not None else None


METRICS: Mapping[str, Metric] = {
    "em": Metric(em),
    "f1": Metric(f1),
    **{f"recall@{k}": Metric(partial(recall, k=k)) for k in (5, 10, 20)},
    **{f"all_gold@{k}": Metric(partial(all_gold, k=k)) for k in (5, 10, 20)},
    "ndcg@10": Metric(partial(ndcg, k=10)),
    "mrr": Metric(mrr),
    "citation_precision": Metric(citation_precision),
    "citation_recall": Metric(citation_recall),
    "supported": Metric(supported),
    "coverage": Metric(coverage, "neither"),
    "selective_accuracy": Metric(selective_accuracy),
    **{f"s@{t:g}": Metric(partial(score_at, t=t)) for t in (0, 0.5, 0.75, 0.9)},
    "complex": Metric(partial(routed, how="complex"), "neither"),
    "escalated": Metric(partial(routed, how="escalated"), "neither"),
    "rounds": Metric(partial(spent, what="rounds"), "lower"),
    "calls": Metric(partial(spent, what="calls"), "lower"),
    "tokens": Metric(partial(spent, what="tokens"), "lower"),
    "seconds": Metric(seconds, "lower"),
    "failed": Metric(failed, "lower"),
}
"""By name, in the order of a report."""


RUN_METRICS: Mapping[str, RunMetric] = {
    "ece": RunMetric(judged, ece),
    "aurc": RunMetric(judged, aurc),
    "seconds_p50": RunMetric(seconds, lambda rows: float(np.quantile(rows, 0.5))),
    "seconds_p95": RunMetric(seconds, lambda rows: float(np.quantile(rows, 0.95))),
}
"""Those of a whole run, likewise."""

ALL: Mapping[str, Metric | RunMetric] = {**METRICS, **RUN_METRICS}


def named(names: Iterable[str]) -> dict[str, Metric | RunMetric]:
    """The metrics of these names, in their order; raises `EvaluationError`."""
    names = list(names)
    if unknown := [name for name in names if name not in ALL]:
        raise EvaluationError(f"there is no metric {unknown[0]!r}; there are {', '.join(ALL)}")
    return {name: ALL[name] for name in names}


def _best(record: Record, score: Callable[[str, str], float]) -> float | None:
    question, answer = record.question, record.answer
    if not question.answerable:
        return float(record.abstained)
    if not question.answers:
        return None
    if answer is None:
        return 0.0
    return max(score(answer, gold) for gold in [gold for gold in question.answers if normalised(gold)] or [""])


def _ranking(record: Record) -> list[str]:
    return list(dict.fromkeys(record.stages.get("retrieved", []))) if record.result else []


def _cited(record: Record) -> set[str]:
    return {citation["passage_id"] for citation in record.result["citations"]} if record.result else set()
