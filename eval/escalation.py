"""What evidence-based routing saves: the simple answer where it is confident, else the complex one, at every threshold.

    python eval/escalation.py SINGLE.jsonl COMPLEX.jsonl > eval/results/evidence/escalation-SUITE.json

Both runs asked the same questions and gave every answer. A question that escalates costs the calls of both. Of each threshold:
the share of questions that escalate, exact match and F1, calls and tokens as a share of always-complex's, and exact match minus
that of always complex, paired. The thresholds are looked at after the fact, on the same questions.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from agentic_rag.evaluation.log import read_run
from agentic_rag.evaluation.metrics import em, f1, spent
from agentic_rag.evaluation.records import Record
from agentic_rag.evaluation.statistics import bootstrap
from agentic_rag.plain import as_plain

THRESHOLDS = [0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01]


def confidence(record: Record) -> float:
    return float(record.result["confidence"]) if record.result and record.answer is not None else 0.0


def row(simple: list[Record], complex_: list[Record], threshold: float) -> dict[str, object]:
    up = np.array([confidence(record) < threshold for record in simple])

    def mixed(metric: object) -> np.ndarray:
        first, second = (np.array([metric(record) or 0.0 for record in side]) for side in (simple, complex_))
        return np.where(up, second, first)

    def cost(what: str) -> float:
        first, second = (np.array([spent(record, what) or 0.0 for record in side]) for side in (simple, complex_))
        return float((first + np.where(up, second, 0)).sum() / second.sum())

    always = np.array([em(record) or 0.0 for record in complex_])
    return {
        "threshold": threshold,
        "escalated": float(up.mean()),
        "em": as_plain(bootstrap(mixed(em))),
        "f1": as_plain(bootstrap(mixed(f1))),
        "em minus always complex": as_plain(bootstrap(mixed(em) - always)),
        "calls of always complex": cost("calls"),
        "tokens of always complex": cost("tokens"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("single", type=Path)
    parser.add_argument("complex", type=Path)
    options = parser.parse_args()
    runs = [{record.question.id: record for record in read_run(path).records} for path in (options.single, options.complex)]
    both = [name for name in runs[0] if name in runs[1]]
    simple, complex_ = ([run[name] for name in both] for run in runs)
    print(json.dumps([row(simple, complex_, threshold) for threshold in THRESHOLDS], indent=1))


if __name__ == "__main__":
    main()
