"""A run: one graph over one suite, a record per question, resumed where it was cut off."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path

import agentic_rag
from agentic_rag.budget import describe
from agentic_rag.evaluation.errors import EvaluationError
from agentic_rag.evaluation.events import FAILED, events
from agentic_rag.evaluation.log import Log, read_run
from agentic_rag.evaluation.records import Header, Question, Record, Run
from agentic_rag.evaluation.suite import Suite
from agentic_rag.graph import Graph, ask, config_hash
from agentic_rag.plain import as_plain
from agentic_rag.state import State
from agentic_rag.store import Store, Where
from agentic_rag.types import Budget, Finding, Hit, Plan

Build = Callable[[Store, Where], Graph]
OnRecord = Callable[[Record], None]
GRADED = 10
SAMPLED = 5
WARM_UP = Question("warm-up", "Which is older, Rome or Carthage?")
"""Asked first, without a record: models are loaded when they are first used, and no question's seconds should hold that.

What generative models say to it stands in a usage log and in a cache of replies as all that they say."""


@dataclass(frozen=True)
class Candidate:
    """The graph that is evaluated: how to build it over a store, and what names it in the header."""

    name: str
    build: Build
    source: str = ""
    models: dict[str, str] = field(default_factory=dict)
    budget: Budget | None = None
    confidence: float | None = None


@dataclass
class Way:
    """An `on_step` that keeps what a run passed by, for the stages and events of its record."""

    hits: list[Hit] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    contexts: list[Hit] = field(default_factory=list)
    plan: Plan = field(default_factory=lambda: Plan([]))
    read: list[str] = field(default_factory=list)
    updates: list[State] = field(default_factory=list)

    def __call__(self, _step: str, written: State) -> None:
        self.updates.append(written)
        self.hits = written.get("hits", self.hits)
        self.findings = [*self.findings, *written.get("findings", [])]
        self.contexts = written.get("contexts", self.contexts)
        self.plan = written.get("plan", self.plan)
        read = [*written.get("read", []), *(name for finding in written.get("findings", []) for name in finding.read)]
        self.read = list(dict.fromkeys([*self.read, *read]))

    def stages(self, cited: Sequence[str]) -> dict[str, list[str]]:
        found = [*self.contexts, *self.hits, *(hit for finding in self.findings for hit in finding.hits)]
        retrieved = list(dict.fromkeys(hit.passage.id for hit in found))
        return {"retrieved": retrieved, "graded": retrieved[:GRADED], "read": self.read, "cited": list(dict.fromkeys(cited))}


def run_suite(
    suite: Suite,
    candidate: Candidate,
    store: Store,
    out: Path,
    *,
    workers: int = 1,
    seed: int = 0,
    on_record: OnRecord | None = None,
) -> Run:
    """Ask every question that `out` does not have yet; a question that fails becomes a record that says so."""
    graph = candidate.build(store, {})
    header = header_of(suite, candidate, store, config_hash(graph), seed)
    with Log(out, header) as log, ThreadPoolExecutor(workers) as threads:
        todo = [question for question in suite.questions if question.id not in log.finished]
        if todo:
            answered(WARM_UP, suite, candidate, store, graph)
        asked = {threads.submit(answered, question, suite, candidate, store, graph) for question in todo}
        try:
            for done in as_completed(list(asked)):
                asked.remove(done)
                log.append(done.result())
                if on_record:
                    on_record(done.result())
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            for done in as_completed([one for one in asked if not one.cancelled()]):
                log.append(done.result())
            raise
    return read_run(out, [question.id for question in suite.questions])


def answered(question: Question, suite: Suite, candidate: Candidate, store: Store, graph: Graph) -> Record:
    """The record of one question."""
    way = Way()
    try:
        where = suite.where(question)
        chosen = candidate.build(store, where) if where else graph
        result = ask(chosen, question.question, budget=candidate.budget, confidence=candidate.confidence, on_step=way)
    except Exception as error:  # noqa: BLE001  whatever happens to one question, the others are asked, and this one counts as wrong
        return Record(question, None, way.stages([]), error=describe(error), events=[*events(way.updates), FAILED])
    cited = [citation.passage_id for citation in result.citations]
    plan = as_plain(way.plan) if way.plan.sub_questions else {}
    return Record(question, as_plain(result), way.stages(cited), plan, events=events(way.updates))


@dataclass(frozen=True)
class Forecast:
    """What a run will cost, from a few of its questions."""

    questions: int
    sampled: int
    calls: float
    tokens: float
    seconds: float


def forecast(suite: Suite, candidate: Candidate, store: Store, workers: int = 1) -> Forecast:
    """Ask a few questions, write nothing, and scale up; raises `EvaluationError` if asking failed for all of them."""
    sample = suite.limited(SAMPLED).questions
    graph = candidate.build(store, {})
    answered(WARM_UP, suite, candidate, store, graph)
    started = time.perf_counter()
    records = [answered(question, suite, candidate, store, graph) for question in sample]
    seconds = time.perf_counter() - started
    spent = [record.result["budget"]["spent"] for record in records if record.result]
    if not spent:
        raise EvaluationError(
            f"none of {len(sample)} questions could be asked, so nothing is known of the cost: {records[0].error}"
        )
    return Forecast(
        questions=len(suite.questions),
        sampled=len(sample),
        calls=sum(one["calls"] for one in spent) / len(spent) * len(suite.questions),
        tokens=sum(one["tokens"] for one in spent) / len(spent) * len(suite.questions),
        seconds=seconds / len(sample) * len(suite.questions) / workers,
    )


def header_of(suite: Suite, candidate: Candidate, store: Store, configuration: str, seed: int) -> Header:
    return Header(
        suite=suite.name,
        setting=suite.setting,
        data_hash=suite.data_hash,
        questions=len(suite.questions),
        graph=candidate.name,
        graph_hash=hashlib.sha256(candidate.source.encode()).hexdigest()[:12],
        config_hash=configuration,
        store=asdict(store.manifest),
        models={"encoder": store.encoder.fingerprint, **candidate.models},
        seed=seed,
        package=agentic_rag.__version__,
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        commit=commit(),
        confidence=candidate.confidence,
        budget=as_plain(candidate.budget),
    )


def commit() -> str:
    """The commit of the working directory, with a + where files were changed since; "" outside a repository."""
    try:
        name, changed = (_git(*words) for words in (["rev-parse", "--short=12", "HEAD"], ["status", "--porcelain", "-uno"]))
    except (OSError, subprocess.SubprocessError):
        return ""
    return name + ("+" if changed else "")


def _git(*words: str) -> str:
    command = ["git", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()  # noqa: S603  fixed words
