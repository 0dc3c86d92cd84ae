"""Two runs over the same questions: what changed, by how much, and whether it could be chance; and gates for CI."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from agentic_rag.evaluation.errors import EvaluationError
from agentic_rag.evaluation.metrics import METRICS, Direction, Metric, named
from agentic_rag.evaluation.records import Question, Run
from agentic_rag.evaluation.statistics import Estimate, bootstrap, holm, sign_flip

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
GATE = re.compile(r"\s*(?P<metric>[\w@.]+)\s*(?P<op>>=|<=|>|<)\s*(?P<value>[-+]?\d*\.?\d+)\s*")


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric in both runs, over the questions to which it applies in both: run minus baseline, question by question.

    `p_holm` is corrected for all metrics of the comparison. `won` and `lost` are the ids of the questions that became better
    and worse; where no direction is better, those that rose and fell.
    """

    metric: str
    better: Direction
    run: float
    baseline: float
    difference: Estimate
    p: float
    p_holm: float
    ties: int
    won: list[str]
    lost: list[str]

    @property
    def wins(self) -> int:
        return len(self.won)

    @property
    def losses(self) -> int:
        return len(self.lost)

    @property
    def worse(self) -> bool:
        """The whole interval lies on the bad side of zero."""
        return (self.better == "higher" and self.difference.high < 0) or (self.better == "lower" and self.difference.low > 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`n` questions are in both runs; `only_run` and `only_baseline` are the ids of those that are not, and count nowhere."""

    n: int
    only_run: list[str]
    only_baseline: list[str]
    differences: dict[str, Difference]


@dataclass(frozen=True, slots=True)
class Gate:
    """What the mean of a metric must reach, such as f1>=0.6."""

    metric: str
    op: str
    value: float

    def __str__(self) -> str:
        return f"{self.metric}{self.op}{self.value:g}"


def compare(
    run: Run, baseline: Run, metrics: Mapping[str, Metric] = METRICS, *, seed: int = 0, samples: int = 10_000
) -> Comparison:
    """Every metric that applies to any question of both runs; raises `EvaluationError` if they are not over the same data."""
    check_same_data(run, baseline)
    ours, theirs = ({record.question.id: record for record in side.records} for side in (run, baseline))
    both = [name for name in ours if name in theirs]
    found = []
    for name, metric in metrics.items():
        values = [(key, metric(ours[key]), metric(theirs[key])) for key in both]
        if pairs := [(key, a, b) for key, a, b in values if a is not None and b is not None]:
            found.append(_difference(name, metric.better, pairs, seed, samples))
    corrected = holm([difference.p for difference in found])
    return Comparison(
        len(both),
        [key for key in ours if key not in theirs],
        [key for key in theirs if key not in ours],
        {one.metric: replace(one, p_holm=p) for one, p in zip(found, corrected, strict=True)},
    )


def check_same_data(run: Run, other: Run) -> None:
    """Raises `EvaluationError` if the runs are of two settings, or mean different questions by one id.

    One may have asked more of the questions than the other, and over passages of its own.
    """
    check_setting(run.header.setting, other)
    check_questions([record.question for record in run.records], other)


def check_questions(questions: Sequence[Question], other: Run) -> None:
    """Raises `EvaluationError` if a run over these questions could not be compared with the other one."""
    asked = {record.question.id: record.question for record in other.records}
    ours = [Question(**json.loads(json.dumps(asdict(question)))) for question in questions if question.id in asked]
    if not ours:
        raise EvaluationError(f"these questions and those of the run of {other.header.graph} have no question in common")
    if changed := [question.id for question in ours if question != asked[question.id]]:
        raise EvaluationError(
            f"the run of {other.header.graph} was asked a different question by the id {changed[0]!r}, or the gold has changed; "
            "only runs over the same questions can be compared"
        )


def check_setting(setting: str, other: Run) -> None:
    """Raises `EvaluationError` if a run with this setting could not be compared with the other one."""
    if setting != other.header.setting:
        raise EvaluationError(
            f"a run with setting {setting!r} cannot be compared with one of {other.header.graph} with "
            f"{other.header.setting!r}; give two with the same one"
        )


def parse_gate(text: str) -> Gate:
    """A gate as it is typed, such as "f1>=0.6"; raises `EvaluationError`."""
    match = GATE.fullmatch(text)
    if not match:
        raise EvaluationError(f"the gate {text!r} is not a metric, one of {' '.join(OPERATORS)}, and a number, as in 'f1>=0.6'")
    named([match["metric"]])
    return Gate(match["metric"], match["op"], float(match["value"]))


def check_directed(metrics: Iterable[str]) -> None:
    """Raises `EvaluationError` for a metric of which no run can be worse."""
    if neither := [name for name, metric in named(metrics).items() if metric.better == "neither"]:
        raise EvaluationError(f"of {neither[0]!r} neither more nor less is better, so no run is worse; leave it out")


def failed_gates(summary: Mapping[str, Estimate], gates: Iterable[Gate]) -> list[str]:
    """One sentence per gate that is not passed; a metric that applies to no question passes none."""
    return [reason for gate in gates if (reason := _missed(gate, summary.get(gate.metric)))]


def no_worse_than(comparison: Comparison, metrics: Collection[str] | None = None) -> list[str]:
    """One sentence per metric, of these or of all, that became worse: the whole interval is on its bad side of zero."""
    return [
        f"{one.metric} is worse by {abs(one.difference.mean):.4g} ({one.baseline:.4g} before, {one.run:.4g} now; "
        f"95% interval of the difference {one.difference.low:+.4g} to {one.difference.high:+.4g})"
        for one in comparison.differences.values()
        if one.worse and (metrics is None or one.metric in metrics)
    ]


def _difference(name: str, better: Direction, pairs: Sequence[tuple[str, float, float]], seed: int, samples: int) -> Difference:
    ours, theirs = np.array([pair[1:] for pair in pairs], dtype=np.float64).T
    changes = ours - theirs
    gains = -changes if better == "lower" else changes
    p = sign_flip(changes, seed=seed, samples=samples)
    return Difference(
        metric=name,
        better=better,
        run=float(ours.mean()),
        baseline=float(theirs.mean()),
        difference=bootstrap(changes, seed=seed),
        p=p,
        p_holm=p,
        ties=int((changes == 0).sum()),
        won=[pair[0] for pair, gain in zip(pairs, gains, strict=True) if gain > 0],
        lost=[pair[0] for pair, gain in zip(pairs, gains, strict=True) if gain < 0],
    )


def _missed(gate: Gate, estimate: Estimate | None) -> str:
    if estimate is None or not estimate.n:
        return f"{gate} is not passed: {gate.metric} applies to no question of the run"
    if OPERATORS[gate.op](estimate.mean, gate.value):
        return ""
    return (
        f"{gate} is not passed: {gate.metric} is {estimate.mean:.4g} ({estimate.low:.4g} to {estimate.high:.4g}, n={estimate.n})"
    )
