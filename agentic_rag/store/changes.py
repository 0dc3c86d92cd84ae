"""What has to be done to make a store hold some passages, and what was done."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentic_rag.store.engine import digest, metadata_digest, storable
from agentic_rag.types import Passage

KNOWN = ["id", "title", "digest", "metadata_digest", "metadata.source"]
"""What must be known of the passages that a store has."""


@dataclass(frozen=True)
class IndexReport:
    """What indexing did, in passages. `moved` are passages whose text stayed and whose metadata or title changed.

    `taken` are, by their source, those whose place one of another source with the same id took.
    """

    added: int
    changed: int
    moved: int
    removed: int
    unchanged: int
    seconds: float
    taken: Mapping[str, int] = field(default_factory=dict)

    @property
    def embedded(self) -> int:
        return self.added + self.changed


@dataclass(frozen=True)
class Changes:
    """`fresh` passages are to be embedded, `changed` of them in place of another text; `gone` are ids.

    `taken` counts by source the passages whose ids another source has now.
    """

    fresh: list[Passage]
    moved: list[Passage]
    gone: list[str]
    changed: int
    unchanged: int
    taken: Mapping[str, int]

    @classmethod
    def of(
        cls, rows: Iterable[Mapping[str, Any]], passages: Iterable[Passage], sources: Sequence[str], spared: Sequence[str]
    ) -> Changes:
        """From the rows that the store has to the passages that it should have; see `Store.index`. Raises `StoreError`."""
        known = {str(row["id"]): row for row in rows}
        wanted = {passage.id: storable(passage) for passage in passages}
        fresh = [passage for passage in wanted.values() if known.get(passage.id, {}).get("digest") != digest(passage.content)]
        moved = [p for p in wanted.values() if p.id in known and _moved(known[p.id], p)]
        places, kept = ({_place(one) for one in several} for several in (sources, spared))
        gone = [name for name, row in known.items() if name not in wanted and _within(row, places, kept)]
        changed = [(known[passage.id], passage) for passage in fresh if passage.id in known]
        taken = Counter(was for row, passage in changed if (was := _source(row.get("metadata"))) != _source(passage.metadata))
        return cls(fresh, moved, gone, len(changed), len(wanted) - len(fresh) - len(moved), taken)

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
            taken=dict(self.taken),
        )


def _moved(row: Mapping[str, Any], passage: Passage) -> bool:
    """Title and text are embedded as one, so that where one ends and the other begins is no change of the text."""
    told = row["title"], row["metadata_digest"]
    return bool(row["digest"] == digest(passage.content)) and told != (passage.title, metadata_digest(passage.metadata))


def _within(row: Mapping[str, Any], places: set[Path], kept: set[Path]) -> bool:
    told = _source(row.get("metadata"))
    around = {_place(told), *_place(told).parents}
    return bool(told) and not places.isdisjoint(around) and kept.isdisjoint(around)


def _source(metadata: Mapping[str, Any] | None) -> str:
    return str((metadata or {}).get("source") or "")


def _place(source: str) -> Path:
    return Path(source if "://" in source else os.path.abspath(source))  # noqa: PTH100  links are no other places
