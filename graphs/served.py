"""The graphs as LangGraph's own tools load them (langgraph.json): over the store in AGENTIC_RAG_STORE, else over the demo's."""

import os
import sys
import tempfile
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import adaptive as adaptive_file
import fan_out as fan_out_file
import single as single_file

from agentic_rag.demo import demo_store
from agentic_rag.graph import Graph
from agentic_rag.store import Store


@cache
def store() -> Store:
    """One for all graphs: an embedded store has one owner at a time."""
    location = os.environ.get("AGENTIC_RAG_STORE")
    return Store.open(location) if location else demo_store(tempfile.mkdtemp(prefix="agentic-rag-demo-"))


def single() -> Graph:
    return single_file.build(store())


def fan_out() -> Graph:
    return fan_out_file.build(store())


def adaptive() -> Graph:
    return adaptive_file.build(store())
