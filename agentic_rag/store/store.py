"""A store: passages, their vectors and word statistics, and the manifest that says what made them."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from agentic_rag.encoder import MiniLM
from agentic_rag.errors import StoreError
from agentic_rag.interfaces import Encoder, TokenEncoder
from agentic_rag.store.changes import KNOWN, Changes, IndexReport
from agentic_rag.store.edge import read_manifest
from agentic_rag.store.embedding import Embedding, giving_tokens
from agentic_rag.store.engine import Engine, Where
from agentic_rag.store.lexical import WORDING, Lexical, discard
from agentic_rag.store.manifest import Manifest, agreed, checked, finished, refuse_points
from agentic_rag.store.opening import cache_folder, check_folder, engine_at, is_url
from agentic_rag.store.titles import Titles
from agentic_rag.types import Passage

Progress = Callable[[int, int], None]
"""Called with (passages finished, passages to do) while vectors are made."""


class Store:
    """Open one with `Store.open` or `Store.create`, and close it: an embedded store has one owner at a time.

    Searching is safe from several threads. Indexing is not safe beside anything else.
    """

    def __init__(self, engine: Engine, encoder: Encoder, manifest: Manifest, cache: Path) -> None:
        self.engine, self.encoder, self.manifest = engine, encoder, manifest
        self._cache = cache
        self._lock = threading.Lock()
        self._lexical: Lexical | None = None
        self._titles: Titles | None = None
        self._allowed = lru_cache(maxsize=32)(self._rows_allowed)

    def __repr__(self) -> str:
        return f"Store(passages={self.manifest.passages}, digest={self.manifest.digest!r})"

    def __len__(self) -> int:
        return self.manifest.passages

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @classmethod
    def open(cls, location: str | Path, encoder: Encoder | None = None) -> Store:
        """Open a finished store: a folder, or `http(s)://HOST:PORT/COLLECTION`. Raises `StoreError`."""
        encoder = encoder or MiniLM()
        if not is_url(location) and read_manifest(Path(location)) is None:
            raise StoreError(f"no store in {str(location)!r}; make one: agentic-rag index PATH --store {location}")
        encoder.fingerprint  # noqa: B018  raises before anything is opened
        engine = engine_at(location)
        try:
            return cls(engine, encoder, finished(engine, encoder), cache_folder(engine))
        except BaseException:
            engine.close()
            raise

    @classmethod
    def create(
        cls,
        location: str | Path,
        encoder: Encoder | None = None,
        chunking: Mapping[str, int] | None = None,
        pooling: int | None = None,
        parts: bool | None = None,
    ) -> Store:
        """Open a store for indexing, finished or not, and make it if there is none. Raises `StoreError`.

        With `pooling` above 0 it has token vectors for late interaction, one for so many tokens; with `parts` a vector for each
        sentence and each item of a list. None is as it was made.
        """
        if pooling and parts:
            raise StoreError("a store has vectors of tokens or of parts, not both; choose one, or make two stores")
        encoder = encoder or MiniLM()
        if not is_url(location):
            check_folder(Path(location))
        encoder.fingerprint  # noqa: B018  raises before anything is made
        engine = engine_at(location, encoder.dimension, tokens=bool(pooling or parts))
        try:
            return cls.on(engine, encoder, chunking, pooling=pooling, parts=parts)
        except BaseException:
            engine.close()
            raise

    @classmethod
    def on(
        cls,
        engine: Engine,
        encoder: Encoder,
        chunking: Mapping[str, int] | None = None,
        cache: Path | None = None,
        pooling: int | None = None,
        parts: bool | None = None,
    ) -> Store:
        """A store on an engine of your own making, for example one with a `QdrantClient` that is configured in another way.

        An engine that is to hold vectors of tokens or of parts is made with `tokens=True`.
        """
        if pooling:
            giving_tokens(encoder)
        if engine.read_manifest() is None:
            refuse_points(engine)
            made = Manifest(encoder.fingerprint, encoder.dimension, dict(chunking or {}), pooling=pooling or 0, parts=bool(parts))
            engine.write_manifest(asdict(made))
        manifest = agreed(checked(engine, encoder), engine.location, chunking, pooling, parts)
        return cls(engine, encoder, manifest, cache or cache_folder(engine))

    def index(
        self,
        passages: Iterable[Passage],
        sources: Sequence[str] = (),
        spared: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> IndexReport:
        """Make the store hold `passages`; embed only what is new or changed.

        `sources` are the files or folders that the passages came from: what the store has from them and `passages` has not
        is removed, except from the files in `spared`, which could not be read this time. Without `sources` nothing is removed.
        Killed at any moment, the same call goes on where it was.
        """
        started = time.monotonic()
        changes = Changes.of(self.engine.scan(KNOWN, {}), passages, sources, spared)
        if changes or self.manifest.state != "ready":
            self._begin()
            self.engine.describe(changes.moved)
            self.engine.delete(changes.gone)
            self._embed(changes.fresh, progress)
            self._finish()
        return changes.report(time.monotonic() - started)

    def copy_from(self, other: Store, progress: Progress | None = None) -> IndexReport:
        """Take over every passage of `other` with its vectors, for example from a folder to a server."""
        started = time.monotonic()
        if other.manifest.encoder != self.manifest.encoder:
            raise StoreError(
                f"{other!r} was made with encoder {other.manifest.encoder!r}, not {self.manifest.encoder!r}; index anew"
            )
        theirs, here = other.manifest, self.engine.location
        self.manifest = agreed(self.manifest, here, theirs.chunking, theirs.pooling, theirs.parts)
        changes = Changes.of(self.engine.scan(KNOWN, {}), other.passages(), (), ())
        self._begin()
        done = 0
        for records in other.engine.records(Embedding(self.encoder, self.manifest).batch):
            self.engine.upsert(records)
            done += len(records)
            if progress:
                progress(done, len(other))
        self._finish()
        return changes.report(time.monotonic() - started)

    def nearest(self, vector: NDArray[np.float32], k: int, where: Where) -> list[tuple[Passage, float]]:
        """The `k` passages with the highest cosine similarity to `vector`, best first."""
        return self.engine.search(vector, k, where) if len(self) and k > 0 else []

    def late(self, query: str, k: int, where: Where, among: Sequence[str] | None = None) -> list[tuple[Passage, float]]:
        """The `k` passages with the highest MaxSim, best first: the sum of the query tokens' cosines to their nearest vectors.

        All passages are compared, or those with an id `among` the given, where equal scores keep the given order.
        """
        [tokens] = self.token_encoder.tokens([query])
        if not (len(self) and len(tokens) and k > 0):
            return []
        if among is None:
            return self.engine.search(tokens, k, where)
        place = {passage_id: number for number, passage_id in enumerate(among)}
        found = self.engine.search(tokens, len(place), where, among) if place else []
        return sorted(found, key=lambda one: (-one[1], place[one[0].id]))[:k]

    def nearest_part(self, vector: NDArray[np.float32], k: int, where: Where) -> list[tuple[Passage, float]]:
        """The `k` passages of which one part has the highest cosine similarity to `vector`, best first; all are compared."""
        return self.nearest(vector[None, :], k, where)

    @property
    def token_encoder(self) -> TokenEncoder:
        """The encoder of a store with token vectors; raises `StoreError` where there are none."""
        if not self.manifest.pooling:
            raise StoreError(
                f"the store {self.engine.location!r} has no token vectors; index into a new one with them: "
                "agentic-rag index PATH --late --store NEW"
            )
        return giving_tokens(self.encoder)

    def matching(self, query: str, k: int, where: Where) -> list[tuple[Passage, float]]:
        """The `k` passages with the highest BM25 scores, best first; none that shares no word with the query."""
        return self._top(query, k, self._allowed(_Frozen(where)) if where else None)

    def titled(self, query: str, k: int, where: Where) -> list[tuple[Passage, float]]:
        """Of the passages whose title stands in the query the `k` with the highest BM25 scores, best first."""
        named = [passage_id for ids in self.titles.named(query).values() for passage_id in ids]
        if not named:
            return []
        rows = self.lexical.rows_of(named)
        return self._top(query, k, rows & self._allowed(_Frozen(where)) if where else rows)

    def _top(self, query: str, k: int, allowed: NDArray[np.bool_] | None) -> list[tuple[Passage, float]]:
        best = self.lexical.top(query, k, allowed) if k > 0 else []
        found = self.engine.fetch([passage_id for passage_id, _ in best]) if best else {}
        return [(found[passage_id], score) for passage_id, score in best if passage_id in found]

    def fetch(self, passage_ids: Sequence[str]) -> list[Passage]:
        """Passages by id, in the order asked for; an id that the store does not have raises `StoreError`."""
        found = self.engine.fetch(passage_ids)
        if missing := [passage_id for passage_id in passage_ids if passage_id not in found]:
            raise StoreError(f"the store {self.engine.location!r} has no passage {missing[0]!r}")
        return [found[passage_id] for passage_id in passage_ids]

    def passages(self) -> Iterator[Passage]:
        """Everything, in the order of ids."""
        rows = sorted(self.engine.scan(["id", "title", "text", "metadata"], {}), key=lambda row: str(row["id"]))
        return (Passage(row["id"], row["text"], row["title"], row["metadata"]) for row in rows)

    @property
    def lexical(self) -> Lexical:
        """The word statistics, loaded once; built again from the passages if their file is gone."""
        with self._lock:
            if self._lexical is None:
                self._lexical = Lexical.load(self._lexical_folder) or self._build_lexical()
            return self._lexical

    @property
    def titles(self) -> Titles:
        """The titles of the passages, loaded once; read from the passages if their file is gone."""
        with self._lock:
            if self._titles is None:
                self._titles = Titles.load(self._titles_file) or self._build_titles()
            return self._titles

    def close(self) -> None:
        self.engine.close()

    def _begin(self) -> None:
        self.manifest = replace(self.manifest, state="building")
        self.engine.write_manifest(asdict(self.manifest))
        self._lexical = self._titles = None
        self._allowed.cache_clear()

    def _embed(self, passages: Sequence[Passage], progress: Progress | None) -> None:
        done = 0
        for records in Embedding(self.encoder, self.manifest)(passages):
            self.engine.upsert(records)
            done += len(records)
            if progress:
                progress(done, len(passages))

    def _finish(self) -> None:
        digests = sorted(f"{row['id']} {row['digest']} {row['metadata_digest']}" for row in self._digests())
        content = hashlib.sha256("\n".join(digests).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self.manifest = replace(self.manifest, passages=len(digests), digest=content, state="ready")
        self._lexical, self._titles = self._build_lexical(), self._build_titles()
        self.engine.settle()
        self.engine.write_manifest(asdict(self.manifest))

    def _digests(self) -> Iterator[dict[str, Any]]:
        return self.engine.scan(["id", "digest", "metadata_digest"], {})

    @property
    def _lexical_folder(self) -> Path:
        return self._cache / f"bm25-{WORDING}-{self.manifest.digest}"

    def _build_lexical(self) -> Lexical:
        passages = list(self.passages())
        lexical = Lexical.build([passage.id for passage in passages], [passage.content for passage in passages])
        self._keep(lexical, self._lexical_folder)
        return lexical

    @property
    def _titles_file(self) -> Path:
        return self._cache / f"titles-{self.manifest.digest}.json"

    def _build_titles(self) -> Titles:
        titles = Titles.of((row["id"], row["title"]) for row in self.engine.scan(["id", "title"], {}))
        self._keep(titles, self._titles_file)
        return titles

    def _keep(self, built: Lexical | Titles, place: Path) -> None:
        """Save what can be built again, and drop what was saved of other contents; a disk that refuses is no reason to fail.

        What another thread or process is writing of the same contents is left to it.
        """
        with suppress(OSError):
            built.save(place)
            for old in self._cache.glob(f"{place.name.partition('-')[0]}-*"):
                if not old.name.startswith(place.name):
                    discard(old)

    def _rows_allowed(self, where: _Frozen) -> NDArray[np.bool_]:
        allowed = {row["id"] for row in self.engine.scan(["id"], where.where)}
        return np.fromiter((name in allowed for name in self.lexical.ids), np.bool_, len(self.lexical.ids))


class _Frozen:
    """A filter as the key of a cache."""

    def __init__(self, where: Where) -> None:
        self.where, self._key = where, repr(sorted(where.items()))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and self._key == other._key
