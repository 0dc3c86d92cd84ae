"""What the evaluation harness adds to a question: collecting its stages, writing its record, scoring it.

    python eval/benchmarks/harness.py

The same questions go through `run_suite` and through plain `ask`, in turns, over the demo store with roles that do nothing.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from agentic_rag import adaptive, ask
from agentic_rag.demo import demo_passages, demo_questions
from agentic_rag.evaluation.metrics import METRICS
from agentic_rag.evaluation.records import Question
from agentic_rag.evaluation.running import WARM_UP, Candidate, run_suite
from agentic_rag.evaluation.suite import Suite
from agentic_rag.interfaces import Roles
from agentic_rag.store import Store
from agentic_rag.testing import Scripted, WordEncoder
from agentic_rag.types import Citation, Complexity, Passage, Plan, Reading

ROUNDS = 15


def first(_question: str, passages: list[Passage]) -> Reading:
    """A reader that quotes the beginning of the first passage."""
    return Reading(passages[0].text[:20], 0.9, [Citation.of(passages[0], 0, 20)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "harness.json")
    arguments = parser.parse_args()
    grader = Scripted(lambda _question, passages: [0.5] * len(passages))
    roles = Roles(Scripted(Complexity(0.0)), Scripted(Plan([])), grader, first, Scripted(0.9))
    questions = [Question(row["id"], row["question"], row["answers"], gold=row["gold"]) for row in demo_questions()]
    suite, plain, whole, scored = Suite("demo", questions, demo_passages), [], [], []
    with tempfile.TemporaryDirectory() as folder, suite.store(Path(folder) / "store", WordEncoder()) as store:
        candidate = Candidate("adaptive", lambda opened, where: adaptive.build(opened, roles, where=where))
        for turn in range(ROUNDS):
            whole.append(timed_run(suite, candidate, store, Path(folder) / f"{turn}.jsonl", scored))
            plain.append(timed_asks(questions, candidate, store))
    added = [(ours - theirs) / len(questions) * 1000 for ours, theirs in zip(whole, plain, strict=True)]
    report = {
        "questions": len(questions),
        "rounds": ROUNDS,
        "median_ms_added_per_question": round(float(np.median(added)), 3),
        "median_ms_scoring_per_question": round(float(np.median(scored)) * 1000, 3),
        "median_ms_asking_per_question": round(float(np.median(plain)) / len(questions) * 1000, 3),
    }
    print(json.dumps(report, indent=1))
    arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def timed_run(suite: Suite, candidate: Candidate, store: Store, out: Path, scored: list[float]) -> float:
    started = time.perf_counter()
    run = run_suite(suite, candidate, store, out)
    seconds = time.perf_counter() - started
    for record in run.records:
        started = time.perf_counter()
        for metric in METRICS.values():
            metric(record)
        scored.append(time.perf_counter() - started)
    return seconds


def timed_asks(questions: list[Question], candidate: Candidate, store: Store) -> float:
    started = time.perf_counter()
    graph = candidate.build(store, {})
    for question in [WARM_UP, *questions]:
        ask(graph, question.question)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
