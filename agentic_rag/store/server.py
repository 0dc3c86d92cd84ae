"""The server engine: a collection of a Qdrant server, through qdrant-client. The manifest is the collection's metadata."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models

from agentic_rag.errors import StoreError
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
from agentic_rag.text import without_login
from agentic_rag.types import Passage

COLLECTION = "agentic_rag"
KEY_VARIABLE = "QDRANT_API_KEY"
PAGE = 256
LATE_PAGE = 8  # a request may have 32 MB, and the token vectors of one passage 2 MB
T = TypeVar("T")


class ServerEngine:
    """The collection `collection`, created if `dimension` is given and there is none yet, with room for `tokens` or not."""

    def __init__(
        self, client: QdrantClient, collection: str, location: str, dimension: int | None = None, *, tokens: bool = False
    ) -> None:
        self.client, self.collection, self.location = client, collection, location
        exists = self._guard(client.collection_exists, collection)
        if not exists and dimension is None:
            raise StoreError(f"no store at {location!r}: the server has no collection {collection!r}; index something into it")
        if not exists and dimension is not None:
            self._guard(client.create_collection, collection, _layout(dimension, tokens=tokens))

    def read_manifest(self) -> dict[str, Any] | None:
        info = self._guard(self.client.get_collection, self.collection)
        manifest = (info.config.metadata or {}).get("manifest")
        return manifest if isinstance(manifest, dict) else None

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        self._guard(self.client.update_collection, self.collection, metadata={"manifest": manifest})

    def upsert(self, records: Sequence[Record]) -> None:
        for some in chunked(records, PAGE if all(record.tokens is None for record in records) else LATE_PAGE):
            points = [models.PointStruct(id=r.point_id, vector=r.vectors(), payload=r.payload()) for r in some]
            self._guard(self.client.upsert, self.collection, points, wait=True)

    def describe(self, passages: Sequence[Passage]) -> None:
        for passage in passages:
            ids: list[Any] = [point_id(passage.id)]
            self._guard(self.client.overwrite_payload, self.collection, payload_of(passage), ids, wait=True)

    def delete(self, passage_ids: Sequence[str]) -> None:
        for some in chunked(passage_ids, PAGE):
            ids: list[Any] = [point_id(passage_id) for passage_id in some]
            self._guard(self.client.delete, self.collection, ids, wait=True)

    def search(
        self, vector: NDArray[np.float32], k: int, where: Where, among: Sequence[str] | None = None
    ) -> list[tuple[Passage, float]]:
        response = self._guard(
            self.client.query_points,
            self.collection,
            query=vector.tolist(),
            using=space_of(vector),
            limit=k,
            query_filter=_filter(where, among),
            with_payload=TEXT_KEYS,
        )
        return [(passage_of(point.payload or {}), point.score) for point in response.points]

    def fetch(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        ids: list[Any] = [point_id(passage_id) for passage_id in passage_ids]
        found = self._guard(self.client.retrieve, self.collection, ids, with_payload=TEXT_KEYS)
        return {passage.id: passage for passage in (passage_of(record.payload or {}) for record in found)}

    def scan(self, keys: Sequence[str], where: Where) -> Iterator[dict[str, Any]]:
        for page in self._pages(list(keys), _filter(where), PAGE, with_vectors=False):
            yield from (record.payload or {} for record in page)

    def records(self, size: int) -> Iterator[list[Record]]:
        for page in self._pages(TEXT_KEYS, None, size, with_vectors=True):
            yield [record_of(point.payload or {}, point.vector) for point in page]

    def settle(self) -> None:
        """A server builds its index by itself."""

    def close(self) -> None:
        self._guard(self.client.close)

    def _pages(
        self, keys: list[str], where: models.Filter | None, size: int, *, with_vectors: bool
    ) -> Iterator[list[models.Record]]:
        offset: Any = None
        while True:
            options = {"offset": offset, "with_payload": keys, "with_vectors": with_vectors}
            page, offset = self._guard(self.client.scroll, self.collection, where, size, **options)
            yield page
            if offset is None:
                return

    def _guard(self, work: Callable[..., T], *arguments: Any, **options: Any) -> T:
        try:
            return work(*arguments, **options)
        except StoreError:
            raise
        except Exception as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise StoreError(
                f"the store {self.location!r} failed: {reason}; is the server up, and is {KEY_VARIABLE} right?"
            ) from error


def _layout(dimension: int, *, tokens: bool) -> dict[str, models.VectorParams]:
    vectors = {DENSE: models.VectorParams(size=dimension, distance=models.Distance.COSINE)}
    if tokens:
        vectors[TOKENS] = models.VectorParams(
            size=dimension,
            distance=models.Distance.COSINE,
            on_disk=True,
            multivector_config=models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM),
            datatype=models.Datatype.FLOAT16,
            hnsw_config=models.HnswConfigDiff(m=0),
        )
    return vectors


def connect(url: str) -> tuple[QdrantClient, str]:
    """A client for `http(s)://HOST[:PORT][/COLLECTION]` and the name of the collection."""
    try:
        parts = urlsplit(url)
        collection = parts.path.strip("/") or COLLECTION
        named = bool(parts.hostname) and "/" not in collection and (parts.port is None or parts.port > 0)
    except ValueError:
        named = False
    if not named:
        raise StoreError(
            f"the store {without_login(url)!r} is no address of a collection; expected http(s)://HOST:PORT/COLLECTION"
        )
    host = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    return QdrantClient(url=host, api_key=os.environ.get(KEY_VARIABLE), timeout=30, check_compatibility=False), collection


def _filter(where: Where, among: Sequence[str] | None = None) -> models.Filter | None:
    parts = [telling(_part, condition) for condition in conditions(where, among)]
    return models.Filter(must=parts) if parts else None


def _part(condition: Condition) -> Any:
    key, kind, value = condition
    if kind == "either":
        return models.Filter(should=[telling(_part, one) for one in value])
    if kind == "points":
        return models.HasIdCondition(has_id=sorted(value))
    if kind == "any":
        return models.FieldCondition(key=key, match=models.MatchAny(any=value))
    return models.FieldCondition(key=key, range=models.DatetimeRange(**value) if kind == "dates" else models.Range(**value))
