"""What a router must be better than: always one path, chance, the length of the question; and the best that could be chosen.

An oracle picks the luckier of two answers, so it gains even where the paths are the same. Its control is therefore the oracle
between two runs of one and the same path: only what the oracle has beyond that is there to be gained by routing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentic_rag.evaluation.comparison import check_same_data
from agentic_rag.evaluation.errors import EvaluationError
from agentic_rag.evaluation.metrics import METRICS, Metric, em, f1, routed
from agentic_rag.evaluation.records import Record, Run
from agentic_rag.evaluation.statistics import Estimate, bootstrap, estimates

SHOWN: Mapping[str, Metric] = {name: METRICS[name] for name in ("em", "f1", "calls", "seconds")}

Pair = tuple[Record, Record]


@dataclass(frozen=True, slots=True)
class Control:
    """One row of a routing table: the share of questions that went the complex way, and the estimate of each metric."""

    name: str
    share: float
    estimates: dict[str, Estimate]


def controls(
    always_simple: Run,
    always_complex: Run,
    adaptive: Run,
    simple_again: Run | None = None,
    *,
    metrics: Mapping[str, Metric] = SHOWN,
    seed: int = 0,
) -> list[Control]:
    """The rows over the questions that are in all runs; `simple_again` is a second run of the simple path.

    An escalated question of the adaptive run counts as complex; a control costs what the path that it chose costs.
    Raises `EvaluationError` if the runs are not over the same data.
    """
    asked = _aligned([run for run in (always_simple, always_complex, adaptive, simple_again) if run])
    pairs = [(records[0], records[1]) for records in asked]
    rate = sum(_went_complex(records[2]) for records in asked) / len(asked)
    weights = {
        "always simple": [0.0] * len(pairs),
        "always complex": [1.0] * len(pairs),
        "random at the same rate": [rate] * len(pairs),
        "longest questions": _longest(pairs, round(rate * len(pairs))),
        "oracle": _oracle(pairs),
    }
    rows = [Control(name, sum(way) / len(way), _mixture(pairs, way, metrics, seed)) for name, way in weights.items()]
    rows.insert(-1, Control("adaptive", rate, estimates([records[2] for records in asked], metrics, seed=seed)))
    if simple_again:
        again = [(records[0], records[3]) for records in asked]
        rows.append(Control("oracle of two simple runs", 0.0, _mixture(again, _oracle(again), metrics, seed)))
    return rows


def _aligned(runs: Sequence[Run]) -> list[list[Record]]:
    for other in runs[1:]:
        check_same_data(runs[0], other)
    by_id = [{record.question.id: record for record in run.records} for run in runs]
    asked = [[records[key] for records in by_id] for key in by_id[0] if all(key in records for records in by_id)]
    if not asked:
        raise EvaluationError(f"the runs of {', '.join(run.header.graph for run in runs)} have no question in common")
    return asked


def _mixture(pairs: Sequence[Pair], weights: Sequence[float], metrics: Mapping[str, Metric], seed: int) -> dict[str, Estimate]:
    values = {
        name: [
            value for pair, weight in zip(pairs, weights, strict=True) if (value := _expected(metric, pair, weight)) is not None
        ]
        for name, metric in metrics.items()
    }
    return {name: bootstrap(known, seed=seed) for name, known in values.items() if known}


def _expected(metric: Metric, pair: Pair, weight: float) -> float | None:
    """The mean over a coin that sends the question to the second of the pair with this probability."""
    if weight in (0, 1):
        return metric(pair[int(weight)])
    first, second = metric(pair[0]), metric(pair[1])
    return None if first is None or second is None else (1 - weight) * first + weight * second


def _longest(pairs: Sequence[Pair], count: int) -> list[float]:
    order = sorted(range(len(pairs)), key=lambda at: -len(pairs[at][0].question.question))
    longest = set(order[:count])
    return [float(at in longest) for at in range(len(pairs))]


def _oracle(pairs: Sequence[Pair]) -> list[float]:
    return [float(_quality(second) > _quality(first)) for first, second in pairs]


def _quality(record: Record) -> tuple[float, float]:
    return em(record) or 0.0, f1(record) or 0.0


def _went_complex(record: Record) -> float:
    return routed(record, "complex") or 0.0
