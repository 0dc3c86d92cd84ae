"""The bundled corpus and questions: Drevanny, an island that does not exist, so that no model knows it from elsewhere."""

from __future__ import annotations

import json
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from typing import Any

from agentic_rag.interfaces import Encoder
from agentic_rag.store import Store
from agentic_rag.types import Passage

SHOWN = ["demo-06", "demo-21", "demo-28"]
"""The questions that `agentic-rag demo` asks: one single-hop, one bridge, one comparison."""


def demo_passages() -> list[Passage]:
    return [Passage(row["id"], row["text"], row["title"], {"source": "demo"}) for row in _rows("corpus.jsonl")]


def demo_questions() -> list[dict[str, Any]]:
    """Questions in the native format: id, question, answers, type, hops, gold, answerable."""
    return _rows("questions.jsonl")


def demo_store(folder: str | Path, encoder: Encoder | None = None) -> Store:
    """The corpus as a store in `folder`, indexed unless it is there already."""
    with ExitStack() as opened:
        store = opened.enter_context(Store.create(folder, encoder))
        store.index(demo_passages())
        opened.pop_all()
    return store


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (files("agentic_rag") / "data" / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
