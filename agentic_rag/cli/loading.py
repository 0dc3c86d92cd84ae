"""From words on the command line to parts: graph files, retrievers, filters."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from langgraph.graph.state import CompiledStateGraph
from qdrant_client import QdrantClient

from agentic_rag.errors import AgenticRAGError, GraphError
from agentic_rag.graph import Graph
from agentic_rag.interfaces import Retriever
from agentic_rag.retrievers import BM25, Dense, Fused, Late, Links, Parts
from agentic_rag.store import Store, Where
from agentic_rag.store.server import ServerEngine
from agentic_rag.testing import WordEncoder

RETRIEVERS: dict[str, Callable[[Store, Where], Retriever]] = {
    "dense": Dense,
    "bm25": BM25,
    "links": Links,
    "fused": lambda store, where: Fused([BM25(store, where), Dense(store, where)]),
    "parts": Parts,
    "late": lambda store, where: Late(store, Fused([BM25(store, where), Dense(store, where)]), where=where),
}
CONDITION = re.compile(r"(?P<key>[^=<>]+)(?<!!)(?P<sign>>=|<=|=)(?!=|[<>]=?\s*[-+\d.:TZ]+$)(?P<value>.*)", re.DOTALL)
"""Not "==", "!=" or "=>1900"; a value like "<12@mail.example>" is one."""
BOUND = {">=": "gte", "<=": "lte"}


def retriever_of(name: str, store: Store, where: Where) -> Retriever:
    if name not in RETRIEVERS:
        raise GraphError(f"there is no retriever {name!r}; there are {', '.join(RETRIEVERS)}")
    return RETRIEVERS[name](store, where)


def where_of(conditions: Sequence[str]) -> Where:
    """`["lang=en", "year>=1900"]` as a filter; a number or truth value is taken as one, and as it is written if that differs.

    Several values for one key are alternatives; a key has either values or bounds, and each bound once.
    """
    values, bounds = defaultdict[str, list[Any]](list), defaultdict[str, dict[str, Any]](dict)
    for condition in conditions:
        match = CONDITION.fullmatch(condition)
        if not match:
            raise GraphError(f"the filter {condition!r} cannot be read; write KEY=VALUE, KEY>=NUMBER or KEY<=NUMBER")
        key, sign, written = match["key"].strip(), match["sign"], match["value"].strip()
        value = _value(written)
        if key in (bounds if sign == "=" else values) or BOUND.get(sign) in bounds.get(key, {}):
            raise GraphError(
                f"the filter {condition!r} does not go with the one before it; give a key values, or one of each bound"
            )
        if sign == "=":
            values[key] += [value] if str(value) == written else [value, written]
        else:
            bounds[key][BOUND[sign]] = value
    alternatives = {key: several[0] if len(several) == 1 else several for key, several in values.items()}
    return {**alternatives, **bounds}


def graph_of(path: Path, store: Store, options: Mapping[str, Any]) -> Graph:
    """What `build(store, ...)` of a graph file returns, with those of `options` that it takes."""
    return builder_of(path)(store, options)


def builder_of(path: Path) -> Callable[[Store, Mapping[str, Any]], Graph]:
    """What makes graphs of a file, which is run once."""
    build = getattr(module_of(path), "build", None)
    if not callable(build):
        raise GraphError(f"the graph file {str(path)!r} has no function build(store, ...); see graphs/ for examples")
    known = inspect.signature(build).parameters
    takes_any = any(one.kind is one.VAR_KEYWORD for one in known.values())

    def built(store: Store, options: Mapping[str, Any]) -> Graph:
        if not takes_any and (refused := [name for name in options if name not in known]):
            raise GraphError(f"build() in {str(path)!r} takes no {refused[0]!r}; it takes {', '.join(known)}")
        graph: Graph = calling(f"build() in {str(path)!r}", lambda: build(store, **options))
        if not isinstance(graph, CompiledStateGraph):
            raise GraphError(f"build() in {str(path)!r} returned {type(graph).__name__}; return a compiled graph")
        return graph

    return built


def blank_store() -> Store:
    """An empty store without a model, for drawing."""
    return Store.on(ServerEngine(QdrantClient(":memory:"), "blank", ":memory:", 256), WordEncoder())


def module_of(path: Path) -> ModuleType:
    if not path.is_file():
        raise GraphError(f"there is no file {str(path)!r}; give a Python file")
    spec = importlib.util.spec_from_file_location(f"agentic_rag_user_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise GraphError(f"{str(path)!r} is not a Python file")
    module, loader = importlib.util.module_from_spec(spec), spec.loader
    if (folder := str(path.resolve().parent)) not in sys.path:
        sys.path.insert(0, folder)
    sys.modules[module.__name__] = module  # dataclasses and typing look their names up there
    calling(f"running {str(path)!r}", lambda: loader.exec_module(module))
    return module


def calling(what: str, work: Callable[[], Any]) -> Any:
    """The user's own code: what goes wrong in it is said in one sentence too."""
    try:
        return work()
    except AgenticRAGError:
        raise
    except Exception as error:
        raise GraphError(f"{what} failed: {type(error).__name__}: {error}") from error


def _value(text: str) -> str | int | float | bool:
    """A number as it would be written again, or a decimal fraction; all else, like a postcode with a zero in front, is text."""
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?(?:0|[1-9]\d*)", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d+\.\d+", text) else text
