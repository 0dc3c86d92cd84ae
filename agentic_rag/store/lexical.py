"""BM25 with rank-bm25's statistics and scores, laid out as a sparse matrix so that a query costs about a millisecond.

Rank-bm25 scores every document in a Python loop. Here each word has one row of precomputed weights, and a query adds up the
rows of its words in the same order and precision, so the scores are equal to the last bit. The one departure is the idf:
log(1 + (N - n + 0.5) / (n + 0.5)), as in Lucene, which is positive for every word, where Okapi's own is zero or negative for
words in half of the documents or more (Robertson & Zaragoza 2009, section 3.2).
"""

from __future__ import annotations

import json
import math
import os
import shutil
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

from agentic_rag.text import content_words

K1 = 1.5
B = 0.75
WORDING = 4
"""Counts the changes of what a word is: statistics that were kept before one are made again."""


class PositiveBM25(BM25Okapi):  # type: ignore[misc]  # rank-bm25 is untyped
    """Rank-bm25's Okapi BM25 with an idf that is never zero or negative."""

    def __init__(self, corpus: Sequence[Sequence[str]]) -> None:
        super().__init__(corpus, k1=K1, b=B)

    def _calc_idf(self, frequencies: dict[str, int]) -> None:
        for word, count in frequencies.items():
            self.idf[word] = math.log(1 + (self.corpus_size - count + 0.5) / (count + 0.5))


@dataclass(frozen=True)
class Lexical:
    """Word weights of a corpus. `rows[starts[w]:starts[w+1]]` are the documents with word w, `weights` their BM25 weights."""

    ids: list[str]
    vocabulary: dict[str, int]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float64]

    @classmethod
    def build(cls, ids: Sequence[str], texts: Sequence[str]) -> Lexical:
        """Count the words of `texts`; what rank-bm25 cannot do for an empty corpus, this can."""
        tokens = [content_words(text) for text in texts]
        if not any(tokens):
            return cls(list(ids), {}, np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0))
        model = PositiveBM25(tokens)
        postings: dict[str, tuple[list[int], list[float]]] = {word: ([], []) for word in model.idf}
        for row, (frequencies, length) in enumerate(zip(model.doc_freqs, model.doc_len, strict=True)):
            norm = K1 * (1 - B + B * length / model.avgdl)
            for word, count in frequencies.items():
                rows, weights = postings[word]
                rows.append(row)
                weights.append(model.idf[word] * (count * (K1 + 1) / (count + norm)))
        sizes = [len(rows) for rows, _ in postings.values()]
        return cls(
            ids=list(ids),
            vocabulary={word: index for index, word in enumerate(postings)},
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            rows=np.concatenate([np.asarray(rows, np.int32) for rows, _ in postings.values()]),
            weights=np.concatenate([np.asarray(weights, np.float64) for _, weights in postings.values()]),
        )

    def scores(self, query: str) -> NDArray[np.float64]:
        """The BM25 score of every document."""
        scores = np.zeros(len(self.ids))
        for word in content_words(query):
            if (index := self.vocabulary.get(word)) is not None:
                span = slice(self.starts[index], self.starts[index + 1])
                scores[self.rows[span]] += self.weights[span]
        return scores

    def top(self, query: str, k: int, allowed: NDArray[np.bool_] | None = None) -> list[tuple[str, float]]:
        """The best `k` documents with a score above zero; equal scores in the order of the corpus."""
        scores = self.scores(query)
        if allowed is not None:
            scores[~allowed] = 0.0
        rows = np.flatnonzero(scores)
        if k < len(rows):
            rows = rows[scores[rows] >= np.partition(scores[rows], -k)[-k]]
        best = rows[np.lexsort((rows, -scores[rows]))][:k]
        return [(self.ids[row], float(scores[row])) for row in best]

    def covered(self, query: str, passage_id: str) -> float:
        """The share of what the query's words weigh (their idf) that one document has; words of no document weigh most."""
        weights = {word: self._idf(word) for word in set(content_words(query))}
        has = sum(weight for word, weight in weights.items() if self._has(word, passage_id))
        return has / total if (total := sum(weights.values())) else 0.0

    def _rows_with(self, word: str) -> NDArray[np.int32]:
        index = self.vocabulary.get(word)
        return self.rows[:0] if index is None else self.rows[self.starts[index] : self.starts[index + 1]]

    def _idf(self, word: str) -> float:
        count = len(self._rows_with(word))
        return math.log(1 + (len(self.ids) - count + 0.5) / (count + 0.5))

    def _has(self, word: str, passage_id: str) -> bool:
        return bool(np.isin(self._row.get(passage_id, -1), self._rows_with(word)))

    def rows_of(self, ids: Iterable[str]) -> NDArray[np.bool_]:
        """A mask of these documents, for `top`; unknown ids are passed over."""
        mask = np.zeros(len(self.ids), np.bool_)
        mask[[self._row[passage_id] for passage_id in ids if passage_id in self._row]] = True
        return mask

    @cached_property
    def _row(self) -> dict[str, int]:
        return {passage_id: row for row, passage_id in enumerate(self.ids)}

    def save(self, folder: Path) -> None:
        """Write to `folder`, whole or not at all, if it is not there yet; its name must tell its contents. Raises `OSError`."""
        if self.load(folder):
            return
        partial = partial_of(folder)
        try:
            partial.mkdir(parents=True)
            for name, array in self._arrays().items():
                np.save(partial / f"{name}.npy", array)
            words = {"ids": self.ids, "words": list(self.vocabulary)}
            (partial / "words.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
            _put(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    @classmethod
    def load(cls, folder: Path) -> Lexical | None:
        """What `save` wrote, mapped into memory; None if it is missing or unreadable, since it can always be built again."""
        try:
            words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
            arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("starts", "rows", "weights")}
            vocabulary = {word: index for index, word in enumerate(words["words"])}
            return cls(ids=words["ids"], vocabulary=vocabulary, **arrays)
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            return None

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {"starts": self.starts, "rows": self.rows, "weights": self.weights}


def _put(partial: Path, folder: Path) -> None:
    try:
        partial.replace(folder)
    except OSError:  # there is one: what another saved meanwhile is as good, what cannot be read makes room
        if not Lexical.load(folder):
            discard(folder)
            partial.replace(folder)


def partial_of(path: Path) -> Path:
    """Where this thread writes what will be at `path` once it is whole."""
    return path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.partial")


def discard(path: Path) -> None:
    """Remove a file or folder, if it can be: for all others at once, so that no unfinished folder is left without a part."""
    gone = path.with_name(f"{path.name.partition('-')[0]}-gone-{uuid4().hex}")
    with suppress(OSError):
        path.replace(gone)
        shutil.rmtree(gone, ignore_errors=True) if gone.is_dir() else gone.unlink()
