"""The graphs as LangGraph's own tools load them (langgraph.json): over the store in AGENTIC_RAG_STORE, else over the demo's."""

import asyncio
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import adaptive as adaptive_file
import fan_out as fan_out_file
import single as single_file

from agentic_rag.demo import demo_store
from agentic_rag.graph import Graph
from agentic_rag.store import Store

opening = threading.Lock()


async def single() -> Graph:
    return await asyncio.to_thread(built, single_file.build)


async def fan_out() -> Graph:
    return await asyncio.to_thread(built, fan_out_file.build)


async def adaptive() -> Graph:
    return await asyncio.to_thread(built, adaptive_file.build)


@cache
def built(build: Callable[[Store], Graph]) -> Graph:
    with opening:
        return build(store())


@cache
def store() -> Store:
    """One for all graphs: an embedded store has one owner at a time."""
    location = os.environ.get("AGENTIC_RAG_STORE")
    return Store.open(location) if location else demo_store(demo_folder().name)


@cache
def demo_folder() -> tempfile.TemporaryDirectory[str]:
    """Kept until the process ends, and then removed."""
    return tempfile.TemporaryDirectory(prefix="agentic-rag-demo-", ignore_cleanup_errors=True)
