"""How long a question takes the specialists on both paths, warm, and where the time goes.

python eval/benchmarks/latency.py stores/hotpotqa [--questions 40] > eval/results/latency.json
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "suites"))

from places import DATA

from agentic_rag import adaptive
from agentic_rag.cli.loading import module_of
from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation.data import read_questions
from agentic_rag.graph import Graph, ask
from agentic_rag.specialists import specialists
from agentic_rag.store import Store


def measured(graph: Graph, questions: list[str]) -> dict[str, Any]:
    """Median and 95th percentile of the seconds of a question, and the mean milliseconds of each role; the first one warms up."""
    results = [ask(graph, question) for question in questions][1:]
    seconds, roles = [result.seconds for result in results], defaultdict(float)
    for result in results:
        for usage in result.usage:
            roles[usage.role] += usage.seconds / len(results) * 1000
    shares = {role: round(value, 1) for role, value in sorted(roles.items())}
    return {"n": len(results), "p50": float(np.median(seconds)), "p95": float(np.quantile(seconds, 0.95)), "ms_by_role": shares}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--questions", type=int, default=40)
    options = parser.parse_args()
    questions = [row.question for row in read_questions(DATA / "hotpotqa" / "dev.jsonl.gz")[: options.questions + 1]]
    with Store.open(options.store) as store:
        single = module_of(Path(__file__).parents[2] / "graphs" / "single.py")
        # Each with specialists on an encoder of their own, which remember nothing of what those of another graph read.
        graphs = {
            "simple": lambda: single.build(store, specialists(MiniLM())),
            "complex": lambda: adaptive.build(store, specialists(MiniLM()), threshold=0.0),
            "complex, no paths": lambda: adaptive.build(store, specialists(MiniLM()), threshold=0.0, paths=0),
        }
        found = {name: measured(build(), questions) for name, build in graphs.items()}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
