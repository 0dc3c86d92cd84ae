"""What a store asks of Qdrant, embedded or on a server. Both engines keep the same collection layout and give the same results.

A point is one passage: id = uuid5 of the passage id, named vector `dense` (cosine), payload = `payload_of(passage)`, in which
`flags` repeats the truth values of the metadata as words, because Qdrant Edge cannot match truth values. A store for late
interaction also has the multivector `tokens`: MaxSim of cosines, float16, without a graph, so that it is compared exactly.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from agentic_rag.errors import StoreError
from agentic_rag.types import Passage

DENSE = "dense"
TOKENS = "tokens"
TEXT_KEYS = ["id", "title", "text", "metadata"]
POINT_NAMESPACE = uuid.UUID("3f0c9f9e-6a0e-4c53-9a4e-0a2f0b1d5c77")

Scalar = str | int | float | bool
Where = Mapping[str, Scalar | Sequence[Scalar] | Mapping[str, float | str]]
"""A filter on metadata: `{"lang": "en", "year": {"gte": 1900, "lt": 2000}, "kind": ["a", "b"]}`; all conditions must hold.

Bounds are numbers, or ISO 8601 strings for dates.
"""

Kind = Literal["value", "any", "range", "dates", "points"]
BOUNDS = frozenset({"gt", "gte", "lt", "lte"})


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
        "flags": [f"{key}={value}" for key, value in passage.metadata.items() if isinstance(value, bool)],
        "digest": digest(passage.content),
        "metadata_digest": metadata_digest(passage.metadata),
    }


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


def conditions(where: Where, among: Sequence[str] | None = None) -> Iterator[tuple[str, Kind, Any]]:
    """The parts of a filter as (payload key, kind, value), checked; both engines build their own filters from these."""
    if among is not None:
        yield "id", "points", {point_id(passage_id) for passage_id in among}
    for name, wanted in where.items():
        key = name if name == "title" else f"metadata.{name}"
        if name == "id" and wanted and isinstance(wanted, str | list | tuple):
            yield key, "points", {point_id(str(one)) for one in ([wanted] if isinstance(wanted, str) else wanted)}
        elif isinstance(wanted, Mapping):
            if not wanted or not set(wanted) <= BOUNDS:
                raise StoreError(f"the filter on {name!r} has bounds {sorted(wanted)}; bounds are {sorted(BOUNDS)}")
            yield key, "dates" if any(isinstance(bound, str) for bound in wanted.values()) else "range", dict(wanted)
        elif isinstance(wanted, bool):
            yield "flags", "value", f"{name}={wanted}"
        elif isinstance(wanted, float):
            yield key, "range", {"gte": wanted, "lte": wanted}
        elif isinstance(wanted, str | int):
            yield key, "value", wanted
        elif wanted and isinstance(wanted, list | tuple):
            yield key, "any", list(wanted)
        else:
            raise StoreError(f"the filter on {name!r} is {wanted!r}; give a value, a list of values, or bounds like {{'gte': 3}}")


T = TypeVar("T")


def chunked(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
