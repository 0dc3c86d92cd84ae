"""The recorded baselines as a Markdown table.

python eval/table.py eval/results/baselines
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

COLUMNS = ["em", "f1", "all_gold@10", "ndcg@10", "citation_precision", "coverage", "selective_accuracy", "complex", "calls"]
SUITES = ["demo", "hotpotqa", "hotpotqa_distractor", "2wiki", "musique", "squad2", "lihua", "limit_small", "bamboogle"]
GRAPHS = ["single", "adaptive", "fan_out"]


def cell(estimate: dict[str, Any] | None, digits: int = 2) -> str:
    """A mean with its 95% interval."""
    if not estimate:
        return "–"
    mean, low, high = (f"{estimate[key]:.{digits}f}" for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


def row(told: dict[str, Any]) -> list[str]:
    header, summary = told["header"], told["summary"]
    seconds = "/".join(f"{summary[name]['mean']:.2f}" for name in ("seconds_p50", "seconds_p95"))
    cells = [cell(summary.get(name), 1 if name == "calls" else 2) for name in COLUMNS]
    return [header["suite"], header["graph"], str(header["questions"]), *cells, seconds, str(told["failed"])]


def main() -> None:
    told = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(sys.argv[1]).glob("*.json"))]
    told.sort(key=lambda one: (SUITES.index(one["header"]["suite"]), GRAPHS.index(one["header"]["graph"])))
    heading = ["suite", "graph", "n", *COLUMNS, "seconds p50/p95", "failed"]
    for line in [heading, ["---"] * len(heading), *map(row, told)]:
        print("|", " | ".join(line), "|")


if __name__ == "__main__":
    main()
