"""What the graph, its state and its checkpoints add to the work of roles and retrievers, on the simple path of a warm `ask`.

    python eval/benchmarks/overhead.py

Overhead = wall time of `ask` minus the metered seconds of its role calls and searches, over the demo's single-hop questions.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from pathlib import Path

import numpy as np
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver

from agentic_rag import adaptive, ask
from agentic_rag.demo import demo_questions, demo_store
from agentic_rag.state import serializer

ROUNDS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "overhead.json")
    arguments = parser.parse_args()
    questions = [row["question"] for row in demo_questions() if row["type"] == "single"]
    report = {}
    with tempfile.TemporaryDirectory() as folder, demo_store(Path(folder) / "store") as store:
        connection = sqlite3.connect(Path(folder) / "runs.sqlite", check_same_thread=False)
        savers = {
            "none": None,
            "memory": InMemorySaver(serde=serializer()),
            "sqlite": SqliteSaver(connection, serde=serializer()),
        }
        for name, saver in savers.items():
            graph = adaptive.build(store, checkpointer=saver, threshold=2.0, confidence=0.0)
            added, walls = [], []
            for question in questions * ROUNDS:
                started = time.perf_counter()
                result = ask(graph, question)
                wall = time.perf_counter() - started
                if result.route and not result.route.escalated:
                    walls.append(wall * 1000)
                    added.append((wall - sum(usage.seconds for usage in result.usage)) * 1000)
            report[name] = {
                "runs": len(added),
                "median_ms_added": round(float(np.median(added)), 2),
                "p95_ms_added": round(float(np.percentile(added, 95)), 2),
                "median_ms_in_all": round(float(np.median(walls)), 1),
            }
        connection.close()
    print(json.dumps({"checkpointer": report}, indent=1))
    arguments.out.write_text(json.dumps({"checkpointer": report}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
