"""Where the scripts of this folder find a suite and the store that was made for it."""

from __future__ import annotations

from pathlib import Path

from agentic_rag.cli.loading import module_of
from agentic_rag.evaluation.suite import Suite

STORES = {"hotpotqa_distractor": "hotpotqa", "two_wiki": "2wiki"}
"""Suites whose store is named otherwise."""


def suite_of(name: str, limit: int | None = None) -> Suite:
    """A suite of `eval/suites`, or a sample of it (`Suite.limited`)."""
    found: Suite = module_of(Path(__file__).parent / "suites" / f"{name}.py").suite()
    return found.limited(limit)


def store_of(stores: Path, name: str) -> Path:
    return stores / STORES.get(name, name)
