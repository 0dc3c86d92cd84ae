"""What the page's script is given: runs, questions and answers as JSON has them, without what the page does not show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from agentic_rag.evaluation.records import Question, Record
from agentic_rag.evaluation.report import curves
from agentic_rag.evaluation.report.behaviour import Ended, frequencies, sequence, shape, variety
from agentic_rag.evaluation.report.view import OUTCOMES, Estimates, Interval, RunView, labels, metrics_of

Plain = dict[str, Any]

USED = ["role", "model", "calls", "input_tokens", "output_tokens", "seconds"]


def payload(runs: Sequence[RunView]) -> Plain:
    """Everything, each question once, and passage titles for each run, since two corpora may number their passages alike.

    `answers` has a row a run and a place a question, None if it was not asked.
    """
    questions = list({_key(record.question): record.question for run in runs for record in run.records}.values())
    scored = list(dict.fromkeys(metric for run in runs for scores in run.scores.values() for metric in scores))
    plain = {
        "outcomes": OUTCOMES,
        "stages": curves.STAGES,
        "metrics": metrics_of(runs),
        "scored": scored,
        "runs": [_run(run, label) for run, label in zip(runs, labels(runs), strict=True)],
        "questions": [_question(question) for question in questions],
        "answers": [_answers(run, questions, scored) for run in runs],
        "sequences": _frequencies(frequencies(runs, sequence)),
        "plans": _frequencies(frequencies(runs, lambda record: shape(record.plan))),
        "titles": [_titles(run.records) for run in runs],
    }
    return {key: _finite(value) for key, value in plain.items()}


def _run(run: RunView, label: str) -> Plain:
    outcomes = [run.outcome(record) for record in run.records]
    return {
        "label": label,
        "header": asdict(run.header),
        "outcomes": {outcome: outcomes.count(outcome) for outcome in OUTCOMES},
        "summary": _estimates(run.summary),
        "breakdowns": {
            by: {str(group): _estimates(found) for group, found in groups.items()} for by, groups in run.breakdowns.items()
        },
        "reliability": [{**part._asdict(), "accuracy": _estimate(part.accuracy)} for part in curves.reliability(run)],
        "risk": [{**point._asdict(), "risk": _estimate(point.risk)} for point in curves.risk_coverage(run)],
        "funnel": [
            {"name": at.name, "passages": at.passages and _estimate(at.passages), "questions": _estimate(at.questions)}
            for at in curves.funnel(run)
        ],
        "variety": asdict(variety(run)),
    }


def _question(question: Question) -> Plain:
    kept = ["id", "question", "answers", "type", "hops", "gold", "answerable"]
    return {key: getattr(question, key) for key in kept}


def _answers(run: RunView, questions: Sequence[Question], scored: Sequence[str]) -> list[Plain | None]:
    asked = {_key(record.question): record for record in run.records}
    return [_answer(run, asked[_key(question)], scored) if _key(question) in asked else None for question in questions]


def _key(question: Question) -> tuple[str, str]:
    """Suites may number their questions alike."""
    return question.id, question.question


def _answer(run: RunView, record: Record, scored: Sequence[str]) -> Plain:
    """`scores` are in the order of `scored`, `usage` in that of `USED`."""
    given, question = record.result or {}, record.question
    scores = run.scores.get(question.id, {})
    kept = ["answer", "reason", "confidence", "sub_questions", "seconds", "route"]
    return {
        **{key: given.get(key) for key in kept},
        **_claims(given),
        "outcome": run.outcome(record),
        "right": run.right(record),
        "scores": [scores.get(metric) for metric in scored],
        "usage": [[use.get(key) for key in USED] for use in given.get("usage", [])],
        "contexts": [hit["passage"]["id"] for hit in given.get("contexts", [])],
        "spent": given.get("budget", {}).get("spent", {}),
        "exhausted": given.get("budget", {}).get("exhausted", []),
        "gold": {gold: [stage for stage in curves.STAGES if gold in record.stages.get(stage, [])] for gold in question.gold},
        "read": record.stages.get("read", []),
        "lost": curves.lost(record),
        "path": record.route,
        "plan": record.plan,
        "shape": shape(record.plan),
        "sequence": sequence(record),
        "error": record.error,
    }


def _claims(given: Mapping[str, Any]) -> Plain:
    """Every quote once, those of the answer first; claims name theirs by number."""
    claims = given.get("claims", [])
    quotes: list[Plain] = []
    for quote in [*given.get("citations", []), *(quote for claim in claims for quote in claim["citations"])]:
        if quote not in quotes:
            quotes.append(quote)
    return {
        "quotes": [{"passage": quote["passage_id"], "text": quote["quote"]} for quote in quotes],
        "cited": len(given.get("citations", [])),
        "claims": [{**claim, "citations": [quotes.index(quote) for quote in claim["citations"]]} for claim in claims],
    }


def _titles(records: Iterable[Record]) -> dict[str, str]:
    """The title of every passage that a page may name."""
    hits = (hit["passage"] for record in records for hit in (record.result or {}).get("contexts", []))
    return {passage["id"]: passage.get("title") or passage["id"] for passage in hits}


def _frequencies(rows: Mapping[str, Sequence[Ended | None]]) -> list[Plain]:
    return [
        {"name": name, "runs": [ended and {**ended._asdict(), "right": _estimate(ended.right)} for ended in row]}
        for name, row in rows.items()
    ]


def _estimates(estimates: Estimates) -> dict[str, list[float]]:
    return {metric: _estimate(estimate) for metric, estimate in estimates.items()}


def _estimate(estimate: Interval) -> list[float]:
    return [estimate.mean, estimate.low, estimate.high, estimate.n]


def _finite(value: Any) -> Any:
    """JSON has no NaN, and a page shows no more than six digits."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(part) for key, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value
