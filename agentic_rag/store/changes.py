"""What has to be done to make a store hold some passages, and what was done."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentic_rag.store.engine import digest, metadata_digest, storable
from agentic_rag.types import Passage

KNOWN = ["id", "title", "digest", "metadata_digest", "metadata.source"]
"""What must be known of the passages that a store has."""


@dataclass(frozen=True)
class IndexReport:
    """What indexing did, in passages. `moved` are passages whose text stayed and whose metadata or title changed."""

    added: int
    changed: int
    moved: int
    removed: int
    unchanged: int
    seconds: float

    @property
    def embedded(self) -> int:
        return self.added + self.changed


@dataclass(frozen=True)
class Changes:
    """`fresh` passages are to be embedded, `changed` of them in place of another text; `gone` are ids."""

    fresh: list[Passage]
    moved: list[Passage]
    gone: list[str]
    changed: int
    unchanged: int

    @classmethod
    def of(
        cls, rows: Iterable[Mapping[str, Any]], passages: Iterable[Passage], sources: Sequence[str], spared: Sequence[str]
    ) -> Changes:
        """From the rows that the store has to the passages that it should have; see `Store.index`. Raises `StoreError`."""
        known = {str(row["id"]): row for row in rows}
        wanted = {passage.id: storable(passage) for passage in passages}
        fresh = [passage for passage in wanted.values() if known.get(passage.id, {}).get("digest") != digest(passage.content)]
        moved = [p for p in wanted.values() if p.id in known and _moved(known[p.id], p)]
        gone = [name for name, row in known.items() if name not in wanted and _within(row, sources, spared)]
        changed = sum(passage.id in known for passage in fresh)
        return cls(fresh, moved, gone, changed, len(wanted) - len(fresh) - len(moved))

    def __bool__(self) -> bool:
        return bool(self.fresh or self.moved or self.gone)

    def report(self, seconds: float) -> IndexReport:
        return IndexReport(
            added=len(self.fresh) - self.changed,
            changed=self.changed,
            moved=len(self.moved),
            removed=len(self.gone),
            unchanged=self.unchanged,
            seconds=seconds,
        )


def _moved(row: Mapping[str, Any], passage: Passage) -> bool:
    """Title and text are embedded as one, so that where one ends and the other begins is no change of the text."""
    told = row["title"], row["metadata_digest"]
    return bool(row["digest"] == digest(passage.content)) and told != (passage.title, metadata_digest(passage.metadata))


def _within(row: Mapping[str, Any], sources: Sequence[str], spared: Sequence[str]) -> bool:
    told = str((row.get("metadata") or {}).get("source") or "")
    source = _place(told)

    def covers(folders: Sequence[str]) -> bool:
        return any(source == place or place in source.parents for place in map(_place, folders))

    return bool(told) and covers(sources) and not covers(spared)


def _place(source: str) -> Path:
    return Path(source if "://" in source else os.path.abspath(source))  # noqa: PTH100  links are no other places
