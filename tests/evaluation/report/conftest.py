"""Two small runs with numbers made by hand, and a browser to look at pages with."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from agentic_rag.evaluation.records import Header, Question, Record
from agentic_rag.evaluation.report.page import page
from agentic_rag.evaluation.report.view import RunView

QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Estimate(NamedTuple):
    mean: float
    low: float
    high: float
    n: int


def question(number: int, **other: Any) -> Question:
    fields = {"answers": [f"gold {number}"], "type": "single", "hops": 1, "gold": [f"p{number}"], **other}
    return Question(f"q{number}", f"What is number {number}?", **fields)


def result(answer: str | None, confidence: float = 0.5, **other: Any) -> dict[str, Any]:
    """A result object as JSON has it, with one quote from passage p1."""
    quote = {"passage_id": "p1", "start": 0, "end": 9, "quote": "The quote"}
    return {
        "answer": answer,
        "abstained": answer is None,
        "reason": "" if answer else "nothing was found",
        "confidence": confidence,
        "citations": [quote] if answer else [],
        "claims": [{"question": "What is it?", "answer": answer or "", "citations": [quote], "support": 0.75}],
        "route": {"label": "simple", "score": 0.25, "type": "single", "escalated": False},
        "sub_questions": [],
        "contexts": [{"passage": {"id": f"p{n}", "text": "", "title": f"Passage {n}"}, "rank": n, "score": 1.0} for n in (1, 2)],
        "usage": [{"role": "reader", "model": "m", "calls": 1, "input_tokens": 1234, "output_tokens": 5, "seconds": 0.125}],
        "budget": {"limit": {}, "spent": {"calls": 3, "tokens": 1239, "rounds": 0}, "exhausted": []},
        "seconds": 0.5,
        **other,
    }


def asked(question: Question, answer: str | None, confidence: float = 0.5, **other: Any) -> Record:
    stages = {"retrieved": ["p1", "p2"], "graded": ["p1", "p2"], "read": ["p1"], "cited": ["p1"]}
    return Record(question, result(answer, confidence, **other), stages)


def view(graph: str, records: Sequence[Record], right: Sequence[float | None], **header: Any) -> RunView:
    """A run in which the n-th record has the n-th score, summed up by numbers that are easily recognised."""
    about: dict[str, Any] = {"suite": "made", "setting": "corpus", "data_hash": "d1", "graph_hash": "g1", "config_hash": "c1"}
    about |= {
        "store": {"passages": 2},
        "models": {"encoder": "words"},
        "seed": 7,
        "package": "0.1.0",
        "machine": "m",
        "commit": "f00d",
    }
    summary = {"em": Estimate(0.5, 0.25, 0.75, len(records)), "calls": Estimate(1234.5, 1000.0, 1500.0, len(records))}
    return RunView(
        Header(**{**about, "graph": f"graphs/{graph}.py", "questions": len(records), **header}),
        records,
        {record.question.id: {"em": score, "f1": score} for record, score in zip(records, right, strict=True)},
        summary,
        {"type": {"single": summary, "bridge": {"em": Estimate(0.125, 0.0, 0.5, 2)}}},
    )


@pytest.fixture
def runs() -> list[RunView]:
    """One right, one wrong, one abstained, one failed; and a second run that has the wrong one right, plans and events."""
    first, second, third = question(1), question(2), question(3, type="bridge", hops=2, gold=["p1", "p3"])
    fourth = question(4, type="bridge", hops=2)
    lines = [{"id": 1, "text": "Who?", "subagent": "words"}, {"id": 2, "text": "When was #1?", "subagent": "hybrid"}]
    plan = {"sub_questions": lines, "combine": "last", "notes": ["mended"]}
    sub = {"text": "Who?", "subagent": "words", "status": "timed_out", "answer": None, "error": "too slow"}
    one = [
        asked(first, "gold 1", 0.9),
        asked(second, "wrong", 0.6),
        asked(third, None, 0.2),
        Record(fourth, None, error="it broke"),
    ]
    simple = ["simple", "retrieve", "read", "answer"]
    waves = ["complex", "plan last 2", "wave timed_out", "wave answered", "chain", "answer"]
    two = [replace(asked(each, f"gold {each.id[1:]}", 0.95), events=simple) for each in (first, second)]
    two += [
        Record(third, result("far off", 0.7, sub_questions=[sub]), {"retrieved": ["p1", "p3"]}, plan, events=waves),
        replace(asked(fourth, "far off", 0.3), events=simple),
    ]
    return [view("single", one, [1, 0, 0, 0]), view("adaptive", two, [1, 1, 0, 0])]


@pytest.fixture(scope="session")
def chrome() -> Iterator[Chrome]:
    binary, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("no chromium with its chromedriver on PATH: apt-get install chromium chromium-driver")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = binary
        for flag in [*QUIET, f"--user-data-dir={profile}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        browser = Chrome(options=options, service=Service(driver))
        yield browser
        browser.quit()


Look = Callable[..., Chrome]


@pytest.fixture
def look(chrome: Chrome, tmp_path: Path) -> Iterator[Look]:
    """Opens the page of some runs; after the test the page must have logged nothing."""

    def opened(runs: Sequence[RunView], *, width: int = 1280, scheme: str = "light", at: str = "") -> Chrome:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        path = tmp_path / "report.html"
        path.write_text(page(runs), encoding="utf-8")
        chrome.get("about:blank")
        chrome.get(path.as_uri() + at)
        return chrome

    yield opened
    assert [entry["message"] for entry in chrome.get_log("browser")] == []
