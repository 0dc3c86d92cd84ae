"""Three frameworks on the same passages, the same retriever, the same questions and the same perfect model, in one run.

    pip install -e ".[peers]"
    python eval/benchmarks/peers > eval/results/generative/peers.json

The model is a script behind a double of an Ollama server (`oracle.py`), so calls and prompt tokens are exact; the seconds are
those of a server with four slots that reads 4,000 and writes 100 tokens a second. Right means that a gold answer stands in what
was said: with a perfect model, what is missing is evidence that was not found or not shown.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llamaindex
import tutorial
from oracle import Known, Oracle, questions

import agentic_rag
from agentic_rag.adaptive import build
from agentic_rag.cli.roles import EVIDENCE
from agentic_rag.demo import demo_store
from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation.statistics import bootstrap
from agentic_rag.graph import ask
from agentic_rag.models import OllamaModel, OllamaServer, Slots
from agentic_rag.prompted import Compression, prompted
from agentic_rag.retrievers import BM25, Dense, Fused
from agentic_rag.specialists import specialists
from agentic_rag.store import Store
from agentic_rag.testing.ollama import OllamaDouble
from agentic_rag.types import Budget

MODEL, CONTEXT, SLOTS, K = "perfect", 8192, 4, 5
COUNTED = ("calls", "prompt_tokens", "seconds", "right")


def ours(store: Store, url: str, *, reader_only: bool, evidence: int) -> Callable[[str], str]:
    """Our default graph, all roles prompted or the reader only, which is shown so many tokens of evidence (0: all passages)."""
    model = OllamaModel(MODEL, OllamaServer(url, Slots(SLOTS)), num_ctx=CONTEXT)
    small = specialists(MiniLM())
    large = prompted(model, small, Compression(small.grader.sentences, evidence) if evidence else None)
    graph = build(store, replace(small, reader=large.reader) if reader_only else large)
    return lambda question: ask(graph, question, budget=Budget(calls=60, seconds=60), confidence=0.0).answer or ""


def measured(one: Known, answer: Callable[[str], str], server: OllamaDouble) -> dict[str, float]:
    before = len(server.exchanges)
    started = time.perf_counter()
    said = answer(one.text)
    seconds = time.perf_counter() - started
    calls = [exchange for exchange in server.exchanges[before:] if exchange.prompt_tokens]
    tokens = sum(exchange.prompt_tokens for exchange in calls)
    right = any(gold.lower() in said.lower() for gold in one.answers)
    return {"calls": len(calls), "prompt_tokens": tokens, "seconds": seconds, "right": float(right)}


def told(rows: list[dict[str, float]]) -> dict[str, Any]:
    found = {name: bootstrap([row[name] for row in rows]) for name in COUNTED}
    return {"n": len(rows)} | {name: [round(value, 3) for value in (one.mean, one.low, one.high)] for name, one in found.items()}


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    known = questions()
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, demo_store(Path(folder) / "store") as store:
        retriever = Fused([BM25(store), Dense(store)])
        retriever.search("warm", K)
        frameworks: dict[str, Callable[[str], Callable[[str], str]]] = {
            "agentic_rag --model": lambda url: ours(store, url, reader_only=False, evidence=EVIDENCE),
            "agentic_rag --reader": lambda url: ours(store, url, reader_only=True, evidence=EVIDENCE),
            "agentic_rag --reader --evidence 0": lambda url: ours(store, url, reader_only=True, evidence=0),
            "LlamaIndex, router and sub-questions": lambda url: llamaindex.answering(retriever, url, MODEL, CONTEXT, K),
            "LangGraph tutorial's adaptive flow": lambda url: tutorial.answering(retriever, url, MODEL, CONTEXT, K),
        }
        for name, make in frameworks.items():
            with OllamaDouble(models=[MODEL], script=Oracle(known), slots=SLOTS, num_ctx=CONTEXT) as server:
                answer = make(server.url)
                answer(known[0].text)
                rows = [measured(one, answer, server) for one in known]
            simple = [row for one, row in zip(known, rows, strict=True) if one.simple]
            hard = [row for one, row in zip(known, rows, strict=True) if not one.simple]
            results[name] = {"simple": told(simple), "complex": told(hard)}
            print(name, json.dumps(results[name]), file=sys.stderr, flush=True)
    peers = ["llama-index-core", "llama-index-llms-ollama", "langchain-ollama", "langgraph"]
    versions = {"agentic_rag": agentic_rag.__version__} | {name: version(name) for name in peers}
    print(
        json.dumps(
            {"machine": f"{platform.system()} {platform.machine()}", "versions": versions, "frameworks": results}, indent=1
        )
    )


if __name__ == "__main__":
    main()
