"""Search by time: the passages of the day, month, years or century that a query names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from agentic_rag.dates import Period, periods, spelled
from agentic_rag.interfaces import Retriever
from agentic_rag.quantities import moments
from agentic_rag.retrievers.bm25 import BM25
from agentic_rag.retrievers.kept import Kept
from agentic_rag.store import Store
from agentic_rag.types import Hit, Passage

KEYS = ("date", "time", "created", "published", "modified")


@dataclass(frozen=True)
class Times:
    """The dates of all passages, one a row: whose it is, its days, and whether it heads the passage (in metadata or title)."""

    ids: list[str]
    owners: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    heads: NDArray[np.bool_]

    @classmethod
    def of(cls, passages: Iterable[Passage], keys: Sequence[str]) -> Times:
        ids: list[str] = []
        rows: list[tuple[int, Period, bool]] = []
        for owner, passage in enumerate(passages):
            ids.append(passage.id)
            heads = _named(" ".join([passage.title, *(str(passage.metadata.get(key, "")) for key in keys)]))
            rows += [(owner, period, True) for period in heads]
            rows += [(owner, period, False) for period in _named(passage.text) if period not in heads]
        days = np.array([period for _, period, _ in rows], np.int64).reshape(-1, 2)
        owners, heading = np.array([row[0] for row in rows], np.int64), np.array([row[2] for row in rows], np.bool_)
        return cls(ids, owners, days[:, 0], days[:, 1], heading)

    def within(self, wanted: Sequence[Period]) -> list[str]:
        """The passages with a date inside: those headed by one first, then those with few other dates."""
        inside = np.zeros(len(self.owners), np.bool_)
        for period in wanted:
            inside |= (self.starts >= period.start) & (self.ends <= period.end)
        fitting = self._count(inside)
        share = fitting / np.maximum(1, self._count(np.ones_like(inside)))
        headed = self._count(inside & self.heads) > 0
        return [self.ids[row] for row in np.lexsort((-share, ~headed)) if fitting[row]]

    def _count(self, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(self.owners[rows], minlength=len(self.ids))


@dataclass(frozen=True)
class Dated:
    """Good at questions that name a day, a month, years or a century, asked of passages that are of a time: chats, logs, news.

    It finds nothing for questions that name no time.
    First come the passages of that time that `inner` (BM25, unless another retriever over the same store is given) has among its
    first `depth`, then the others of that time. A passage is of a time if its title, its text or its metadata under one of `keys`
    has a date within it.
    """

    store: Store
    inner: Retriever | None = None
    keys: Sequence[str] = KEYS
    depth: int = 500
    name: str = "dated"
    good_at: ClassVar[str] = "what happened on a day, in a month or in a year that the question names"
    _kept: Kept[Times] = field(default_factory=Kept, init=False, repr=False, compare=False)

    def search(self, query: str, k: int = 10) -> list[Hit]:
        wanted = periods(query)
        if k <= 0 or not wanted:
            return []
        times = self._kept.get(self.store.manifest.digest, lambda: Times.of(self.store.passages(), self.keys))
        fitting = times.within(wanted)
        best = self._ranked(query, set(fitting), k) if fitting else {}
        others = [name for name in fitting if name not in best][: k - len(best)]
        passages = [*best.values(), *(self.store.fetch(others) if others else [])]
        return [Hit(passage, rank, 1 / rank, self.name) for rank, passage in enumerate(passages, 1)]

    def _ranked(self, query: str, fitting: set[str], k: int) -> dict[str, Passage]:
        """At most `k` of the fitting passages, as the inner retriever ranks them."""
        hits = (self.inner or BM25(self.store)).search(query, max(k, self.depth))
        return dict(list({hit.passage.id: hit.passage for hit in hits if hit.passage.id in fitting}.items())[:k])


def _named(text: str) -> list[Period]:
    return list(dict.fromkeys(Period.of(spotted.value, spotted.value) for spotted in moments(spelled(text))))
