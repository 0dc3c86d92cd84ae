"""From words on the command line to parts: graph files, roles, retrievers, filters."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from qdrant_client import QdrantClient

from agentic_rag.errors import AgenticRAGError, GraphError
from agentic_rag.graph import Graph
from agentic_rag.interfaces import Encoder, Retriever, Roles
from agentic_rag.retrievers import BM25, Dense, Fused
from agentic_rag.specialists import specialists
from agentic_rag.store import Store, Where
from agentic_rag.store.server import ServerEngine
from agentic_rag.testing import WordEncoder

RETRIEVERS: dict[str, Callable[[Store, Where], Retriever]] = {
    "dense": Dense,
    "bm25": BM25,
    "fused": lambda store, where: Fused([BM25(store, where), Dense(store, where)]),
}
CONDITION = re.compile(r"(?P<key>[^=<>]+)(?P<sign>>=|<=|=)(?P<value>.*)", re.DOTALL)
BOUND = {">=": "gte", "<=": "lte"}
OWN = "specialists:"
GENERATIVE = ("ollama:", "openai:")


def retriever_of(name: str, store: Store, where: Where) -> Retriever:
    if name not in RETRIEVERS:
        raise GraphError(f"there is no retriever {name!r}; there are {', '.join(RETRIEVERS)}")
    return RETRIEVERS[name](store, where)


def where_of(conditions: Sequence[str]) -> Where:
    """`["lang=en", "year>=1900"]` as a filter; a value that is a number or a truth value is taken as one."""
    where: dict[str, Any] = {}
    for condition in conditions:
        match = CONDITION.fullmatch(condition)
        if not match:
            raise GraphError(f"the filter {condition!r} cannot be read; write KEY=VALUE, KEY>=NUMBER or KEY<=NUMBER")
        key, value = match["key"].strip(), _value(match["value"].strip())
        if match["sign"] == "=":
            where[key] = value
        else:
            where.setdefault(key, {})[BOUND[match["sign"]]] = value
    return where


def graph_of(path: Path, store: Store, options: Mapping[str, Any]) -> Graph:
    """What `build(store, ...)` of a graph file returns, with those of `options` that it takes."""
    build = getattr(module_of(path), "build", None)
    if not callable(build):
        raise GraphError(f"the graph file {str(path)!r} has no function build(store, ...); see graphs/ for examples")
    known = inspect.signature(build).parameters
    if refused := [name for name in options if name not in known]:
        raise GraphError(f"build() in {str(path)!r} takes no {refused[0]!r}; it takes {', '.join(known)}")
    graph: Graph = calling(f"build() in {str(path)!r}", lambda: build(store, **options))
    if not hasattr(graph, "get_graph"):
        raise GraphError(f"build() in {str(path)!r} returned {type(graph).__name__}; return a compiled graph")
    return graph


def roles_of(spec: str, encoder: Encoder) -> Roles:
    """The roles that `FILE.py:NAME` or `MODULE:NAME` makes, a function of the encoder; or specialists with own adapters."""
    if spec.startswith(OWN):
        folder = Path(spec.removeprefix(OWN))
        if not folder.is_dir():
            raise GraphError(f"the model {spec!r} names no folder; give specialists:FOLDER, with a folder for each role of yours")
        return specialists(encoder, folder)
    if spec.startswith(GENERATIVE):
        raise GraphError(f"the model {spec!r} is generative, which this version does not support yet; give FILE.py:NAME")
    place, _, name = spec.rpartition(":")
    if not place:
        raise GraphError(f"the model {spec!r} cannot be read; write FILE.py:NAME or MODULE:NAME of a function that returns Roles")
    module = (
        module_of(Path(place))
        if place.endswith(".py")
        else calling(f"importing {place!r}", lambda: importlib.import_module(place))
    )
    make = getattr(module, name, None)
    if not callable(make):
        raise GraphError(
            f"{place!r} has no function {name!r}; it has {', '.join(n for n in vars(module) if not n.startswith('_'))}"
        )
    roles = calling(spec, lambda: make(encoder))
    if not isinstance(roles, Roles):
        raise GraphError(f"{spec!r} returned {type(roles).__name__}, expected agentic_rag.interfaces.Roles")
    return roles


def blank_store() -> Store:
    """An empty store without a model, for drawing."""
    return Store.on(ServerEngine(QdrantClient(":memory:"), "blank", ":memory:", 256), WordEncoder())


def module_of(path: Path) -> ModuleType:
    if not path.is_file():
        raise GraphError(f"there is no file {str(path)!r}; give a Python file")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise GraphError(f"{str(path)!r} is not a Python file")
    module, loader = importlib.util.module_from_spec(spec), spec.loader
    sys.path.insert(0, str(path.resolve().parent))
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
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
