"""What the page's script is given: runs, questions and answers as JSON has them, without what the page does not show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from agentic_rag.evaluation.records import Question, Record
from agentic_rag.evaluation.report import curves
from agentic_rag.evaluation.report.plans import planned, shape
from agentic_rag.evaluation.report.view import OUTCOMES, RIGHT, Estimates, Interval, RunView, labels, metrics_of

Plain = dict[str, Any]


def payload(runs: Sequence[RunView]) -> Plain:
    """Everything, each question and passage title once; `answers` has a row a run and a place a question, None if not asked."""
    questions = list({record.question.id: record.question for run in runs for record in run.records}.values())
    return {
        "right": RIGHT,
        "outcomes": OUTCOMES,
        "stages": curves.STAGES,
        "metrics": metrics_of(runs),
        "runs": [_run(run, label) for run, label in zip(runs, labels(runs), strict=True)],
        "questions": [_question(question) for question in questions],
        "answers": [_answers(run, questions) for run in runs],
        "titles": _titles(record for run in runs for record in run.records),
    }


def _run(run: RunView, label: str) -> Plain:
    bins = curves.reliability(run)
    outcomes = [run.outcome(record) for record in run.records]
    return {
        "label": label,
        "header": asdict(run.header),
        "outcomes": {outcome: outcomes.count(outcome) for outcome in OUTCOMES},
        "summary": _estimates(run.summary),
        "breakdowns": {
            by: {str(group): _estimates(estimates) for group, estimates in groups.items()} for by, groups in run.breakdowns.items()
        },
        "reliability": [{**part._asdict(), "accuracy": _estimate(part.accuracy)} for part in bins],
        "ece": _finite(curves.calibration_error(bins)),
        "risk": [{**point._asdict(), "risk": _estimate(point.risk)} for point in curves.risk_coverage(run)],
        "funnel": [
            {"name": at.name, "passages": at.passages and _estimate(at.passages), "questions": _estimate(at.questions)}
            for at in curves.funnel(run)
        ],
        "plans": [{**plan._asdict(), "right": _estimate(plan.right)} for plan in planned(run)],
    }


def _question(question: Question) -> Plain:
    kept = ["id", "question", "answers", "type", "hops", "gold", "answerable"]
    return {key: getattr(question, key) for key in kept}


def _answers(run: RunView, questions: Sequence[Question]) -> list[Plain | None]:
    by_id = {record.question.id: record for record in run.records}
    return [_answer(run, by_id[question.id]) if question.id in by_id else None for question in questions]


def _answer(run: RunView, record: Record) -> Plain:
    given = record.result or {}
    scores = run.scores.get(record.question.id, {})
    kept = ["answer", "reason", "confidence", "sub_questions", "usage", "seconds", "route"]
    return {
        **{key: given.get(key) for key in kept},
        **_claims(given),
        "outcome": run.outcome(record),
        "right": run.right(record),
        "scores": {metric: _finite(score) for metric, score in scores.items() if score is not None},
        "contexts": [hit["passage"]["id"] for hit in given.get("contexts", [])],
        "spent": given.get("budget", {}).get("spent", {}),
        "exhausted": given.get("budget", {}).get("exhausted", []),
        "gold": {gold: [stage for stage in curves.STAGES if gold in record.stages.get(stage, [])] for gold in record.question.gold},
        "read": record.stages.get("read", []),
        "lost": curves.lost(record),
        "path": _path(record),
        "plan": record.plan,
        "shape": shape(record.plan),
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


def _path(record: Record) -> str:
    """The group of a record in a breakdown by route."""
    route = (record.result or {}).get("route") or {}
    return "failed" if record.result is None else "escalated" if route.get("escalated") else route.get("label", "none")


def _titles(records: Iterable[Record]) -> dict[str, str]:
    """The title of every passage that a page may name."""
    hits = (hit["passage"] for record in records for hit in (record.result or {}).get("contexts", []))
    return {passage["id"]: passage.get("title") or passage["id"] for passage in hits}


def _estimates(estimates: Estimates) -> dict[str, list[float | int | None]]:
    return {metric: _estimate(estimate) for metric, estimate in estimates.items()}


def _estimate(estimate: Interval) -> list[float | int | None]:
    return [_finite(estimate.mean), _finite(estimate.low), _finite(estimate.high), estimate.n]


def _finite(value: float | None) -> float | None:
    """JSON has no NaN; six digits are more than a page shows."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")
