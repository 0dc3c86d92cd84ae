"""Does the graph find all the evidence, and what comes of it? Against the fused single query at the same number of passages.

    python eval/evidence.py eval/results/evidence --stores stores [--suites musique two_wiki hotpotqa] [--limit 100]
        [--variants single adaptive fan_out no_paths no_waves]

Every variant asks the same questions and gives every answer (confidence 0). `all_gold@10` looks at the ten passages that the
graph chose. `fan_out` sends every question the complex way, `no_paths` asks only the sub-questions, `no_waves` only the question
itself, `ungraded_paths` follows paths in the order of the retrievers. Differences are paired with `adaptive`. A run that was cut
off goes on where it was. What each part of the paths is worth says `eval/ablations.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from catalogue import store_of, suite_of

from agentic_rag import adaptive
from agentic_rag.cli.loading import graph_of
from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation.comparison import compare
from agentic_rag.evaluation.metrics import ALL
from agentic_rag.evaluation.records import Run
from agentic_rag.evaluation.running import Candidate, run_suite
from agentic_rag.evaluation.statistics import summarize
from agentic_rag.graph import Graph, build_graph
from agentic_rag.interfaces import Roles
from agentic_rag.plain import as_plain
from agentic_rag.specialists import specialists
from agentic_rag.store import Store, Where
from agentic_rag.types import Passage, Plan, SubQuestion

HERE = Path(__file__).parent
METRICS = ["all_gold@5", "all_gold@10", "recall@10", "em", "f1", "complex", "calls", "tokens", "seconds"]


def only_whole(question: str, _subagents: Mapping[str, str]) -> Plan:
    return Plan([SubQuestion(1, question, adaptive.CHAINS)])


def graph(variant: str, store: Store, roles: Roles) -> Graph:
    """One variant; `adaptive` is the default graph of the package."""
    if variant in ("single", "fan_out"):
        return graph_of(HERE.parent / "graphs" / f"{variant}.py", store, {"roles": roles})
    if variant == "no_paths":
        return adaptive.build(store, roles, paths=0)
    if variant == "ungraded_paths":
        *others, chains = adaptive.subagents(store, roles)
        team = [*others, replace(chains, grader=in_order)]
        return build_graph(roles, adaptive.hybrid(store), team, whole=adaptive.CHAINS)
    return adaptive.build(store, replace(roles, planner=only_whole) if variant == "no_waves" else roles)


def in_order(_question: str, passages: Sequence[Passage]) -> list[float]:
    """No grader: the order of the retriever."""
    return [1 / (1 + place) for place in range(len(passages))]


VARIANTS = ["single", "adaptive", "fan_out", "no_paths", "no_waves", "ungraded_paths"]


def told(run: Run, baseline: Run | None) -> dict[str, Any]:
    """The means of a run, and what it is against the baseline on the same questions."""
    names = {name: ALL[name] for name in METRICS if name in ALL}
    report: dict[str, Any] = {"means": as_plain(summarize(run, names)["all"])}
    if baseline:
        differences = compare(run, baseline, names).differences
        report["minus adaptive"] = {name: as_plain(one.difference) for name, one in differences.items()}
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the folder for the summaries")
    parser.add_argument("--suites", nargs="*", default=["musique", "two_wiki", "hotpotqa"])
    parser.add_argument("--variants", nargs="*", default=VARIANTS, choices=VARIANTS)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--stores", type=Path, default=Path("stores"))
    parser.add_argument("--runs", type=Path, default=Path("stores/runs"))
    options = parser.parse_args()
    for folder in (options.out, options.runs):
        folder.mkdir(parents=True, exist_ok=True)
    encoder = MiniLM()
    for name in options.suites:
        suite = suite_of(name, options.limit)
        runs: dict[str, Run] = {}
        with suite.store(store_of(options.stores, name), encoder) as store:
            for variant in options.variants:
                roles = specialists(MiniLM())  # of its own: what one variant has read, the next one has to read too

                def build(store: Store, _where: Where, variant: str = variant, roles: Roles = roles) -> Graph:
                    return graph(variant, store, roles)

                log = options.runs / f"evidence-{name}-{variant}-{len(suite.questions)}.jsonl"
                runs[variant] = run_suite(suite, Candidate(variant, build, confidence=0.0), store, log)
                print(name, variant, len(runs[variant].records), file=sys.stderr, flush=True)
        report = {variant: told(run, runs.get("adaptive") if variant != "adaptive" else None) for variant, run in runs.items()}
        path = options.out / f"{name}-{len(suite.questions)}.json"
        path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
