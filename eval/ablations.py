"""What each part of the subagent that follows paths is worth: the same questions with one part taken away or changed.

    python eval/ablations.py --stores stores [--limit 70] > eval/results/evidence/ablations.json

The question itself goes to the subagent, without a plan, and nothing is read: what is measured is whether all gold passages are
among its ten best, pooled over the suites, how often the encoder's network is asked, for how many tokens, and for how long.
Differences are paired with the subagent as it is. `single query` is the fused retriever alone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from alone import Outcome, all_gold, asked, unread
from catalogue import store_of, suite_of

from agentic_rag import adaptive
from agentic_rag.budget import Meter
from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation.records import Question
from agentic_rag.evaluation.statistics import bootstrap
from agentic_rag.interfaces import Retriever
from agentic_rag.paths import FollowUp, named
from agentic_rag.plain import as_plain
from agentic_rag.retrievers import BM25, Dense, Fused, Links
from agentic_rag.specialists import specialists
from agentic_rag.store import Store
from agentic_rag.subagent import Subagent
from agentic_rag.types import Budget, Passage

SUITES = ["musique", "two_wiki", "hotpotqa"]
Change = Callable[[Subagent, Store], Subagent]


def changed(**changes: Any) -> Change:
    return lambda subagent, _store: replace(subagent, **changes)


def without(name: str) -> Change:
    """Without one of the retrievers, also on the paths; the learned weights of the others stay."""

    def change(subagent: Subagent, _store: Store) -> Subagent:
        return replace(
            subagent,
            retriever=rest(subagent.retriever, name),
            by_type={kind: rest(retriever, name) for kind, retriever in subagent.by_type.items()},
            follow_ups=[follow_up for follow_up in subagent.follow_ups if follow_up.retriever.name != name],
        )

    return change


def rest(retriever: Any, name: str) -> Retriever:
    """A fusion without the retriever of that name."""
    kept = [at for at, one in enumerate(retriever.retrievers) if one.name != name]
    weights = [retriever.weights[at] for at in kept] if retriever.weights else None
    return replace(retriever, retrievers=[retriever.retrievers[at] for at in kept], weights=weights)


def forgetting(subagent: Subagent, store: Store) -> Subagent:
    """Follow-up queries made of what was found alone."""
    follow_ups = [FollowUp(Links(store), named, 2.0), FollowUp(BM25(store), named), FollowUp(Dense(store), named)]
    return replace(subagent, follow_ups=follow_ups)


def ungraded(_question: str, passages: Sequence[Passage]) -> list[float]:
    """In the order of the retriever."""
    return [1 / (1 + place) for place in range(len(passages))]


CHANGES: dict[str, Change] = {
    "as it is": changed(),
    "one path": changed(paths=1),
    "four paths": changed(paths=4),
    "two rounds of paths": changed(rounds=3),
    "no paths": changed(rounds=1),
    "no question in follow-ups": forgetting,
    "no grader": changed(grader=ungraded),
    "no learned weights": changed(by_type={}),
    "no links": without("links"),
    "no words": without("bm25"),
    "no meaning": without("dense"),
}


def single(retriever: Retriever, question: Question) -> Outcome:
    meter = Meter(Budget())
    hits = meter.attempt("retriever", retriever.search, question.question, 10, default=[])
    return Outcome(all_gold(question, hits), 0, 0, meter.seconds)


def told(rows: Sequence[Outcome], baseline: Sequence[Outcome]) -> dict[str, Any]:
    right, theirs = (np.array([row.all_gold for row in some]) for some in (rows, baseline))
    return {
        "all_gold@10": as_plain(bootstrap(right)),
        "minus as it is": as_plain(bootstrap(right - theirs)),
        "grader calls": round(statistics.fmean(row.calls for row in rows), 2),
        "tokens": round(statistics.fmean(row.tokens for row in rows)),
        "seconds p50": round(statistics.median(row.seconds for row in rows), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suites", nargs="*", default=SUITES)
    parser.add_argument("--limit", type=int, default=70)
    parser.add_argument("--stores", type=Path, default=Path("stores"))
    options = parser.parse_args()
    encoder = MiniLM()
    router = specialists(encoder).router
    rows: dict[str, dict[str, list[Outcome]]] = {}
    for name in options.suites:
        questions = suite_of(name, options.limit).questions
        kinds = [router(question.question).type for question in questions]
        with Store.open(store_of(options.stores, name), encoder) as store:
            fused = Fused([BM25(store), Dense(store)])
            rows[name] = {"single query": [single(fused, question) for question in questions]}
            for change, apply in CHANGES.items():
                fresh = replace(specialists(MiniLM()), reader=unread)  # what one has read, the next one has to read too
                subagent = apply(adaptive.subagents(store, fresh)[-1], store)
                pairs = zip(questions, kinds, strict=True)
                rows[name][change] = [asked(subagent, question, kind) for question, kind in pairs]
                print(name, change, sum(row.all_gold for row in rows[name][change]), file=sys.stderr, flush=True)
    rows["all"] = {change: [row for name in options.suites for row in rows[name][change]] for change in rows[options.suites[0]]}
    report = {name: {change: told(some, by["as it is"]) for change, some in by.items()} for name, by in rows.items()}
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
