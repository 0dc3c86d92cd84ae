"""What a store asks of Qdrant, embedded or on a server. Both engines keep the same collection layout and give the same results.

A point is one passage: id = uuid5 of the passage id, named vector `dense` (cosine), payload = `payload_of(passage)`, in which
`flags` repeats the truth values of the metadata as words, because Qdrant Edge cannot match truth values. A store for late
interaction also has the multivector `tokens`: MaxSim of cosines, float16, without a graph, so that it is compared exactly.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from agentic_rag.budget import describe
from agentic_rag.errors import StoreError
from agentic_rag.types import Passage

DENSE = "dense"
TOKENS = "tokens"
TEXT_KEYS = ["id", "title", "text", "metadata"]
POINT_NAMESPACE = uuid.UUID("3f0c9f9e-6a0e-4c53-9a4e-0a2f0b1d5c77")

T = TypeVar("T")
Scalar = str | int | float | bool
Where = Mapping[str, Scalar | Sequence[Scalar] | Mapping[str, float | str]]
"""A filter on metadata: `{"lang": "en", "year": {"gte": 1900, "lt": 2000}, "kind": ["a", "b"]}`; all conditions must hold.

Bounds are numbers, or ISO 8601 strings for dates. A number also finds the same number as text, as cells of a CSV file are.
"""

Kind = Literal["any", "range", "dates", "points", "either"]
Condition = tuple[str, Kind, Any]
"""The key of a payload, a kind, and what that kind compares with; of "either", conditions of which one must hold."""
BOUNDS = frozenset({"gt", "gte", "lt", "lte"})
INTEGERS = range(-(2**63), 2**63)
"""Whole numbers that Qdrant can match; larger ones can only stand in a text."""
EXACT = 2**53
"""Whole numbers below this one are fractions too: 5 finds 5.0."""
PLAIN = re.compile(r"[\w-]+(?:\[\d*\])*(?:\.[\w-]+(?:\[\d*\])*)*")
"""Keys of metadata that Qdrant takes as they are; dots lead into what is nested, brackets into lists."""


@dataclass(frozen=True, slots=True)
class Record:
    """A passage with its vector, and its token vectors if the store has them, as it is written."""

    passage: Passage
    vector: NDArray[np.float32]
    tokens: NDArray[np.float32] | None = None

    @property
    def point_id(self) -> str:
        return point_id(self.passage.id)

    def payload(self) -> dict[str, Any]:
        return payload_of(self.passage)

    def vectors(self) -> dict[str, Any]:
        """By name, as Qdrant takes them: it has no multivector without rows."""
        named: dict[str, Any] = {DENSE: self.vector.tolist()}
        return named if self.tokens is None or not len(self.tokens) else named | {TOKENS: self.tokens.tolist()}


class Engine(Protocol):
    """One collection of points. Every method may be called from several threads, except the three that write."""

    @property
    def location(self) -> str: ...
    def read_manifest(self) -> dict[str, Any] | None: ...
    def write_manifest(self, manifest: dict[str, Any]) -> None: ...
    def upsert(self, records: Sequence[Record]) -> None: ...
    def describe(self, passages: Sequence[Passage]) -> None:
        """Overwrite the payloads of passages whose vectors stay as they are."""

    def delete(self, passage_ids: Sequence[str]) -> None: ...
    def search(
        self, vector: NDArray[np.float32], k: int, where: Where, among: Sequence[str] | None = None
    ) -> list[tuple[Passage, float]]:
        """The best passages by cosine; where `vector` has a row per token, by MaxSim. `among` so many ids only, if given."""

    def fetch(self, passage_ids: Sequence[str]) -> dict[str, Passage]: ...
    def scan(self, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
        """The payloads of all points that fit, reduced to `keys`, in no particular order."""

    def records(self, size: int) -> Iterator[list[Record]]:
        """Everything, in batches of `size`, with vectors: what another store needs to become a copy."""

    def settle(self) -> None:
        """After writing: build the vector index, flush."""

    def close(self) -> None: ...


def point_id(passage_id: str) -> str:
    return str(uuid.uuid5(POINT_NAMESPACE, passage_id))


def payload_of(passage: Passage) -> dict[str, Any]:
    return {
        "id": passage.id,
        "title": passage.title,
        "text": passage.text,
        "metadata": passage.metadata,
        "flags": list(_flags(passage.metadata)),
        "digest": digest(passage.content),
        "metadata_digest": metadata_digest(passage.metadata),
    }


def _flags(value: Any, path: str = "") -> Iterator[str]:
    """Truth values, also nested ones, as "path=value": Qdrant matches only texts and numbers in lists of alternatives."""
    if isinstance(value, bool):
        yield f"{path}={value}"
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _flags(one, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _flags(one, f"{path}[]" if isinstance(one, Mapping) else path)


def storable(passage: Passage) -> Passage:
    """The passage, if an engine gives it back as it is; raises `StoreError` for what JSON or UTF-8 cannot hold."""
    try:
        told = json.dumps(passage.metadata, ensure_ascii=False, allow_nan=False)
        f"{passage.id}{passage.title}{passage.text}{told}".encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"the passage {passage.id!r} cannot be stored: {describe(error)}; give it plain JSON values") from error
    if odd := [key for key in _keys(passage.metadata) if not isinstance(key, str)]:
        raise StoreError(f"the passage {passage.id!r} cannot be stored: the key {odd[0]!r} in its metadata is no string")
    return passage


def _keys(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value
    for one in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        yield from _keys(one)


def passage_of(payload: Mapping[str, Any]) -> Passage:
    return Passage(payload["id"], payload["text"], payload["title"], payload["metadata"])


def record_of(payload: Mapping[str, Any], vectors: Any) -> Record:
    tokens = vectors.get(TOKENS)
    dense, late = np.asarray(vectors[DENSE], np.float32), None if tokens is None else np.asarray(tokens, np.float32)
    return Record(passage_of(payload), dense, late)


def metadata_digest(metadata: Mapping[str, Any]) -> str:
    return digest(json.dumps(metadata, sort_keys=True, default=str))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def space_of(vector: NDArray[np.float32]) -> str:
    return DENSE if vector.ndim == 1 else TOKENS


def conditions(where: Where, among: Sequence[str] | None = None) -> Iterator[Condition]:
    """The parts of a filter, checked; both engines build their own filters from these."""
    if among is not None:
        yield "id", "points", {point_id(passage_id) for passage_id in among}
    for name, wanted in where.items():
        keys = _paths(name)
        values: list[Any] = list(wanted) if isinstance(wanted, list | tuple) else [wanted]
        if isinstance(wanted, Mapping):
            kind, bounds = _bounds(name, wanted)
            yield keys[0], "either", [(key, kind, bounds) for key in keys]
        elif not values or not all(isinstance(value, str | int | float) for value in values):
            raise StoreError(f"the filter on {name!r} is {wanted!r}; give a value, a list of values, or bounds like {{'gte': 3}}")
        elif name == "id":
            yield keys[0], "points", {point_id(str(value)) for value in values}
        else:
            yield keys[0], "either", [condition for key in keys for condition in _equal(name, key, values)]


def _paths(name: str) -> list[str]:
    """Where the values of a key of metadata are: "a.b" leads into `a`, or is itself a key."""
    if name == "title":
        return [name]
    nested = [f"metadata.{name}"] if PLAIN.fullmatch(name) else []
    return nested if nested and "." not in name else [*nested, f'metadata."{name}"']


def _bounds(name: str, wanted: Mapping[str, float | str]) -> tuple[Kind, dict[str, float | str]]:
    if not wanted or not set(wanted) <= BOUNDS:
        raise StoreError(f"the filter on {name!r} has bounds {sorted(wanted)}; bounds are {sorted(BOUNDS)}")
    dates = {isinstance(bound, str) for bound in wanted.values()}
    if len(dates) > 1:
        raise StoreError(f"the filter on {name!r} has bounds {dict(wanted)}; give numbers or dates, not both")
    return "dates" if dates == {True} else "range", dict(wanted)


def _equal(name: str, key: str, values: Sequence[Scalar]) -> Iterator[Condition]:
    """The conditions of which one must hold for metadata to be one of these values."""
    if flags := [f"{name}={value}" for value in values if isinstance(value, bool)]:
        yield "flags", "any", flags
    if texts := [str(value) for value in values if not isinstance(value, bool)]:
        yield key, "any", texts
    if integers := [value for value in values if type(value) is int and value in INTEGERS]:
        yield key, "any", integers
    for value in values:
        if isinstance(value, float) or (type(value) is int and abs(value) < EXACT):
            yield key, "range", {"gte": value, "lte": value}


def telling(build: Callable[[Condition], T], condition: Condition) -> T:
    """A part of an engine's own filter; raises `StoreError` for what Qdrant's types refuse."""
    try:
        return build(condition)
    except (TypeError, ValueError, OverflowError) as error:
        key, _, value = condition
        name = key.removeprefix("metadata.").strip('"')
        raise StoreError(f"the filter on {name!r} has {value!r:.100}, which cannot be used: {describe(error)}") from error


def chunked(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
