"""Every retriever on every set: the question as the only query, over the whole corpus, paired against the fused one.

    python eval/retrieval --data ../shared/data --stores stores [--sets qed_dev cranfield ...] [--fine late]

One configuration for all sets. Means over all questions with 95% bootstrap intervals, and the paired differences to `fused`.
A retriever is asked once per question, for as many passages as the deepest measure of the set looks at (recall@100: that is
also how many `fused` asks of each of its retrievers, otherwise 50). Stores are made where they are missing.

Results are written after each set, and sets that are not asked for keep theirs. A run that was cut off goes on: a set is passed
over if it was measured with the same questions, passages and configuration. That does not see changed code: use --again.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from measures import depth, scores, told
from sets import SETS, Places, RetrievalSet

import agentic_rag
from agentic_rag.adaptive import hybrid
from agentic_rag.encoder import MiniLM
from agentic_rag.errors import StoreError
from agentic_rag.interfaces import Encoder, Retriever
from agentic_rag.retrievers import BM25, Dense, Fused, Late, Links, Parts
from agentic_rag.store import Store
from agentic_rag.store.pooling import FACTOR

BASELINE = "fused"
PARTS, LATE = "parts", "late"
RESULTS = Path(__file__).parents[1] / "results" / "retrieval.json"


def retrievers(store: Store) -> dict[str, Retriever]:
    """All that are measured, `hybrid` being what the default graph uses; to measure one more, add it here."""
    words, meaning, names = BM25(store), Dense(store), Links(store)
    fused = Fused([words, meaning])
    fine: Retriever = Parts(store) if store.manifest.parts else Late(store, fused)
    return {
        "bm25": words,
        "dense": meaning,
        "links": names,
        BASELINE: fused,
        "fused3": Fused([words, meaning, names]),
        PARTS if store.manifest.parts else LATE: fine,
        "hybrid": hybrid(store),
    }


def opened(one: RetrievalSet, stores: Path, encoder: Encoder, fine: str) -> Store:
    """The store with exactly the passages of the set, and with vectors of their parts or their tokens."""
    more = {"parts": True} if fine == PARTS else {"pooling": FACTOR}
    store = Store.create(stores / f"{one.store}-{fine}", encoder, **more)
    report = store.index(one.passages())
    if others := len(store) - (report.embedded + report.moved + report.unchanged):
        store.close()
        raise StoreError(f"the store {one.store!r} has {others} passages that {one.name!r} has not; give other --stores")
    return store


def found_by(retriever: Retriever, queries: Sequence[str], k: int) -> tuple[list[list[str]], float]:
    """The ids found for each query, and the milliseconds of a query once everything is loaded."""
    retriever.search(queries[0], k)
    started = time.perf_counter()
    found = [[hit.passage.id for hit in retriever.search(query, k)] for query in queries]
    return found, (time.perf_counter() - started) * 1000 / len(queries)


def measured(one: RetrievalSet, ways: Mapping[str, Retriever]) -> dict[str, dict[str, Any]]:
    """One row per retriever."""
    queries, gains = zip(*one.asked, strict=True)
    k = max(map(depth, one.measures))
    found = {name: found_by(way, queries, k) for name, way in ways.items()}
    values = {name: {m: scores(m, gains, rankings) for m in one.measures} for name, (rankings, _) in found.items()}
    return {
        name: {"n": len(queries), "ms_per_query": round(ms, 2)}
        | {m: told(values[name][m], None if name == BASELINE else values[BASELINE][m]) for m in one.measures}
        for name, (_, ms) in found.items()
    }


def shown(one: RetrievalSet, rows: Mapping[str, Mapping[str, Any]]) -> None:
    for measure in one.measures:
        for name, row in rows.items():
            against = f"{cell(row[measure]['difference'], '+')} to {BASELINE}" if name != BASELINE else ""
            start = f"{one.name:<16} {measure:<11} {name:<8} n={row['n']:<5}"
            print(f"{start} {cell(row[measure])}  {against:<33} {row['ms_per_query']:8.2f} ms", flush=True)


def cell(estimate: Mapping[str, float], sign: str = "") -> str:
    return f"{estimate['mean']:{sign}.3f} [{estimate['low']:{sign}.3f}, {estimate['high']:{sign}.3f}]"


def configuration(one: RetrievalSet, store: Store, encoder: MiniLM, ways: Mapping[str, Retriever]) -> dict[str, Any]:
    """What a result depends on; with the same, nothing is measured twice."""
    return {
        "package": agentic_rag.__version__,
        "encoder": encoder.fingerprint,
        "precision": encoder.precision,
        "machine": platform.machine(),
        "asked": one.digest,
        "passages": len(store),
        "measures": list(one.measures),
        "retrievers": {name: repr(way) for name, way in ways.items()},
    }


def record(one: RetrievalSet, stores: Path, encoder: MiniLM, out: Path, *, again: bool, fine: str = PARTS) -> None:
    """Measure a set and write it beside the others, unless it was measured like this before."""
    report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8")) if out.is_file() else {}
    name = one.name if fine == PARTS else f"{one.name}, {fine}"
    with opened(one, stores, encoder, fine) as store:
        ways = retrievers(store)
        made = configuration(one, store, encoder, ways)
        if not again and made.items() <= report.get(name, {}).items():
            print(f"{name}: measured before; --again measures anew")
            return
        rows = measured(one, ways)
    shown(one, rows)
    part = out.with_suffix(".part")
    part.write_text(json.dumps({**report, name: {**made, "rows": rows}}, indent=1) + "\n", encoding="utf-8")
    part.replace(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--stores", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS), metavar="SET", help=", ".join(SETS))
    parser.add_argument("--limit-documents", type=int, default=50_000, help="the size of the LIMIT-style corpus")
    parser.add_argument("--fine", choices=[PARTS, LATE], default=PARTS, help="which vectors the stores also have")
    parser.add_argument("--again", action="store_true", help="measure also what was measured before")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    encoder, places = MiniLM(), Places(options.data, options.stores, options.limit_documents)
    for name in options.sets:
        record(SETS[name](places), options.stores, encoder, options.out, again=options.again, fine=options.fine)


if __name__ == "__main__":
    main()
