"""The embedded engine: Qdrant Edge, the Qdrant core in this process. One folder, one owner at a time.

FOLDER/manifest.json    what made this store
FOLDER/shard/           Qdrant Edge: vectors, payloads, write-ahead log
FOLDER/bm25-*/          word statistics (see lexical.py)
FOLDER/titles-*.json    titles (see titles.py)
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import qdrant_edge as edge
from numpy.typing import NDArray

from agentic_rag.errors import StoreBusyError, StoreError
from agentic_rag.store.engine import (
    DENSE,
    TEXT_KEYS,
    TOKENS,
    Condition,
    Record,
    Where,
    chunked,
    conditions,
    passage_of,
    payload_of,
    point_id,
    record_of,
    space_of,
    telling,
)
from agentic_rag.types import Passage

MANIFEST = "manifest.json"
SHARD, UNFINISHED = "shard", "shard.partial"
PAGE = 1000
EF_CONSTRUCT, FULL_SCAN_THRESHOLD = 100, 10_000  # Qdrant's own defaults, which it wants said beside `m`
LEAST_FREE_BYTES = 200 * 1024 * 1024
T = TypeVar("T")


class EdgeEngine:
    """A Qdrant Edge shard in `folder`, created if `dimension` is given and there is none yet, with room for `tokens` or not."""

    def __init__(self, folder: Path, dimension: int | None = None, *, tokens: bool = False) -> None:
        self.folder = folder
        shard = folder / SHARD
        if dimension is not None and not shard.exists():
            self._make(shard, _layout(dimension, tokens=tokens))
        if not shard.is_dir():
            raise StoreError(f"the store {self.location!r} has no {SHARD!r} folder, so it is damaged; index into a new folder")
        self._shard = self._guard(edge.EdgeShard.load, str(shard))

    def _make(self, shard: Path, layout: edge.EdgeConfig) -> None:
        """Whole or not at all: what a kill leaves behind is made anew."""
        need_space(self.folder)
        unfinished = shard.with_name(UNFINISHED)
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        self._guard(self._guard(edge.EdgeShard.create, str(unfinished), layout).close)
        unfinished.replace(shard)

    @property
    def location(self) -> str:
        return str(self.folder)

    def read_manifest(self) -> dict[str, Any] | None:
        return read_manifest(self.folder)

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        partial = self.folder / f"{MANIFEST}.partial"
        partial.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        partial.replace(self.folder / MANIFEST)

    def upsert(self, records: Sequence[Record]) -> None:
        need_space(self.folder)
        points = [edge.Point(record.point_id, record.vectors(), record.payload()) for record in records]
        self._guard(self._shard.update, edge.UpdateOperation.upsert_points(points))

    def describe(self, passages: Sequence[Passage]) -> None:
        for passage in passages:
            change = edge.UpdateOperation.overwrite_payload([point_id(passage.id)], payload_of(passage))
            self._guard(self._shard.update, change)

    def delete(self, passage_ids: Sequence[str]) -> None:
        for some in chunked(passage_ids, PAGE):
            change = edge.UpdateOperation.delete_points([point_id(passage_id) for passage_id in some])
            self._guard(self._shard.update, change)

    def search(
        self, vector: NDArray[np.float32], k: int, where: Where, among: Sequence[str] | None = None
    ) -> list[tuple[Passage, float]]:
        request = edge.QueryRequest(
            limit=k,
            query=edge.Query.Nearest(vector.tolist(), space_of(vector)),
            filter=_filter(where, among),
            with_payload=TEXT_KEYS,
        )
        points = self._guard(self._shard.query, request)
        return [(passage_of(point.payload or {}), point.score) for point in points]

    def fetch(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        ids: list[Any] = [point_id(passage_id) for passage_id in passage_ids]
        found = self._guard(self._shard.retrieve, ids, TEXT_KEYS, False)
        return {passage.id: passage for passage in (passage_of(record.payload or {}) for record in found)}

    def scan(self, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
        for page in self._pages(list(keys), _filter(where), PAGE, with_vector=False):
            yield from (record.payload or {} for record in page)

    def records(self, size: int) -> Iterator[list[Record]]:
        for page in self._pages(TEXT_KEYS, None, size, with_vector=True):
            yield [record_of(point.payload or {}, point.vector) for point in page]

    def settle(self) -> None:
        self._guard(self._shard.optimize)
        self._guard(self._shard.flush)

    def close(self) -> None:
        self._guard(self._shard.close)

    def _pages(self, keys: list[str], where: edge.Filter | None, size: int, *, with_vector: bool) -> Iterator[list[edge.Record]]:
        offset: Any = None
        while True:
            request = edge.ScrollRequest(offset=offset, limit=size, filter=where, with_payload=keys, with_vector=with_vector)
            page, offset = self._guard(self._shard.scroll, request)
            yield page
            if offset is None:
                return

    def _guard(self, work: Callable[..., T], *arguments: object) -> T:
        """Qdrant Edge reports everything as plain exceptions, and panics as a BaseException: say what it means."""
        try:
            return work(*arguments)
        except (KeyboardInterrupt, SystemExit, TypeError, StoreError):
            raise
        except BaseException as error:
            raise _explained(self.location, str(error)) from error


def _layout(dimension: int, *, tokens: bool) -> edge.EdgeConfig:
    vectors = {DENSE: edge.EdgeVectorParams(dimension, edge.Distance.Cosine)}
    if tokens:
        vectors[TOKENS] = edge.EdgeVectorParams(
            dimension,
            edge.Distance.Cosine,
            on_disk=True,
            multivector_config=edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim),
            datatype=edge.VectorStorageDatatype.Float16,
            hnsw_config=edge.HnswIndexConfig(m=0, ef_construct=EF_CONSTRUCT, full_scan_threshold=FULL_SCAN_THRESHOLD),
        )
    return edge.EdgeConfig(vectors=vectors)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of the store in `folder`; None if there is none."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"the store {str(folder)!r} is damaged: {MANIFEST!r} cannot be read ({error})") from error
    if not isinstance(manifest, dict):
        raise StoreError(f"the store {str(folder)!r} is damaged: {MANIFEST!r} holds no object")
    return manifest


def need_space(folder: Path) -> None:
    """Stop before the disk is full: Qdrant Edge maps its files into memory, where a full disk cannot be reported."""
    existing = next(parent for parent in [folder, *folder.resolve().parents] if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < LEAST_FREE_BYTES:
        raise StoreError(
            f"the disk of the store {str(folder)!r} is full: {free / 1e6:.0f} MB free, {LEAST_FREE_BYTES / 1e6:.0f} MB needed; "
            "what was indexed is kept: free some space and run the same command again"
        )


def _explained(location: str, message: str) -> StoreError:
    if "WouldBlock" in message:
        return StoreBusyError(
            f"the store {location!r} is open elsewhere, in this or another process; close it there, or use a Qdrant server"
        )
    if "No space left" in message:
        return StoreError(f"the disk of the store {location!r} is full; free some space and run the same command again")
    return StoreError(
        f"the store {location!r} failed: {message.strip().splitlines()[0] if message.strip() else 'no reason given'}"
    )


def _filter(where: Where, among: Sequence[str] | None = None) -> edge.Filter | None:
    parts = [telling(_part, condition) for condition in conditions(where, among)]
    return edge.Filter(must=parts) if parts else None


def _part(condition: Condition) -> Any:
    key, kind, value = condition
    if kind == "either":
        return edge.Filter(should=[telling(_part, one) for one in value])
    if kind == "points":
        return edge.HasIdCondition(value)
    if kind == "any":
        return edge.FieldCondition(key, match=edge.MatchAny(value))
    return edge.FieldCondition(key, range=edge.RangeDateTime(**value) if kind == "dates" else edge.RangeFloat(**value))
