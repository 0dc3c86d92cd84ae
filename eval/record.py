"""Record the three graphs over whole suites: the JSON files behind the tables of eval/README.md.

python eval/record.py eval/results/baselines --roles agentic_rag.baselines:training_free [SUITE ...]

The vectors of texts are remembered across questions and graphs, which makes the training-free roles several times faster and
changes no vector by more than bf16 rounding. Their seconds are therefore not what a question costs; `eval/README.md` says where
those were measured. A run that was cut off goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from catalogue import store_of, suite_of
from numpy.typing import NDArray

from agentic_rag.cli.evaluating import told, view_of
from agentic_rag.cli.loading import graph_of
from agentic_rag.cli.roles import roles_of
from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation.running import Candidate, run_suite
from agentic_rag.interfaces import Roles
from agentic_rag.plain import as_plain
from agentic_rag.store import Store, Where

HERE = Path(__file__).parent
GRAPHS = ["single", "adaptive", "fan_out"]
SUITES = ["demo", "lihua", "limit_small", "bamboogle", "musique", "squad2", "two_wiki", "hotpotqa_distractor", "hotpotqa"]


class Remembering:
    """An encoder that encodes no text twice."""

    def __init__(self, encoder: MiniLM) -> None:
        self.encoder, self.fingerprint, self.dimension = encoder, encoder.fingerprint, encoder.dimension
        self.known: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            self.known.update(zip(new, self.encoder.encode(new), strict=True))
        return np.stack([self.known[text] for text in texts]) if texts else np.zeros((0, self.dimension), np.float32)


def candidate(graph: Path, spec: str | None, roles: Roles) -> Candidate:
    def build(store: Store, where: Where) -> Any:
        return graph_of(graph, store, {"roles": roles, **({"where": where} if where else {})})

    return Candidate(graph.stem, build, graph.read_text(encoding="utf-8"), {"roles": spec or "default"})


def record(suite_name: str, options: argparse.Namespace, encoder: Remembering) -> None:
    suite = suite_of(suite_name, options.limit)
    with suite.store(store_of(options.stores, suite_name), encoder) as store:
        for name in options.graphs:
            roles = roles_of(options.roles or "specialists", encoder)  # its own: what one has read, the next one reads too
            runs = options.runs / f"{options.out.name}-{suite_name}-{name}.jsonl"
            run = run_suite(suite, candidate(HERE.parent / "graphs" / f"{name}.py", options.roles, roles), store, runs)
            written = json.dumps(as_plain(told(view_of(run))), indent=1, ensure_ascii=False)
            (options.out / f"{suite_name}-{name}.json").write_text(written + "\n", encoding="utf-8")
            print(suite_name, name, len(run.records), file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the folder for the summaries")
    parser.add_argument("suites", nargs="*", default=SUITES)
    parser.add_argument("--roles", help="FILE.py:NAME or MODULE:NAME, as for agentic-rag eval --model")
    parser.add_argument("--graphs", nargs="*", default=GRAPHS)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--stores", type=Path, default=Path("stores"))
    parser.add_argument("--runs", type=Path, default=Path("stores/runs"))
    options = parser.parse_intermixed_args()
    for folder in (options.out, options.runs):
        folder.mkdir(parents=True, exist_ok=True)
    encoder = Remembering(MiniLM())
    for suite_name in options.suites:
        record(suite_name, options, encoder)


if __name__ == "__main__":
    main()
