"""Recorded runs as a Markdown table.

python eval/table.py eval/results/baselines

Seconds are those of the run of the same name in eval/results/timed where there is one: see eval/record.py.
"""

from __future__ import annotations

import argparse
import json
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


def row(told: dict[str, Any], timed: dict[str, Any]) -> list[str]:
    header, summary = told["header"], told["summary"]
    seconds = "/".join(f"{timed['summary'][name]['mean']:.2f}" for name in ("seconds_p50", "seconds_p95"))
    cells = [cell(summary.get(name), 1 if name == "calls" else 2) for name in COLUMNS]
    return [header["suite"], header["graph"], str(header["questions"]), *cells, seconds, str(told["failed"])]


def place(name: str, known: list[str]) -> int:
    """Where it stands among the known ones; the others come last."""
    return known.index(name) if name in known else len(known)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the folder of the summaries")
    rows = []
    for path in parser.parse_args().folder.glob("*.json"):
        told, timed = read(path), path.parent.parent / "timed" / path.name
        header = told["header"]
        order = [place(header["suite"], SUITES), place(header["graph"], GRAPHS)]
        rows.append((order, row(told, read(timed) if timed.is_file() else told)))
    heading = ["suite", "graph", "n", *COLUMNS, "seconds p50/p95", "failed"]
    for line in [heading, ["---"] * len(heading), *(cells for _, cells in sorted(rows))]:
        print("|", " | ".join(line), "|")


if __name__ == "__main__":
    main()
