"""The sparse layout gives rank-bm25's own numbers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from agentic_rag.store.lexical import Lexical, PositiveBM25
from agentic_rag.text import content_words

WORDS = st.sampled_from(["bridge", "pie", "char", "salt", "mill", "slate"])
TEXTS = st.lists(st.lists(WORDS, max_size=8).map(" ".join), min_size=1, max_size=12)
CORPUS = ["salt bridge salt", "bridge of slate", "the mill", "char pie", ""]


def built(texts: list[str]) -> Lexical:
    return Lexical.build([f"p{row}" for row in range(len(texts))], texts)


@given(TEXTS, st.lists(WORDS, min_size=1, max_size=5).map(" ".join))
@settings(max_examples=100)
def test_scores_equal_rank_bm25_to_the_last_bit(texts: list[str], query: str) -> None:
    if not any(texts):
        return
    expected = PositiveBM25([content_words(text) for text in texts]).get_scores(content_words(query))
    assert np.array_equal(built(texts).scores(query), expected)


@given(TEXTS)
@settings(max_examples=100)
def test_a_word_that_is_everywhere_still_counts(texts: list[str]) -> None:
    index = built([f"{text} common" for text in texts])
    assert all(score > 0 for _, score in index.top("common", len(texts)))
    assert len(index.top("common", len(texts))) == len(texts)


def test_the_best_are_chosen_and_equal_scores_keep_the_order_of_the_corpus() -> None:
    index = built(["pie", "mill", "pie", "pie"])
    assert [name for name, _ in index.top("pie", 2)] == ["p0", "p2"]


def test_stop_words_do_not_match_unless_they_are_all_there_is() -> None:
    index = built(CORPUS)
    assert index.top("the of", 5) == []
    assert [name for name, _ in index.top("the bridge", 5)] == ["p1", "p0"]


def test_documents_that_are_not_allowed_are_left_out() -> None:
    allowed = np.array([False, True, True, True, True])
    assert [name for name, _ in built(CORPUS).top("salt bridge", 5, allowed)] == ["p1"]


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    built(CORPUS).save(tmp_path / "bm25")
    loaded = Lexical.load(tmp_path / "bm25")
    assert loaded is not None
    assert loaded.top("salt bridge", 5) == built(CORPUS).top("salt bridge", 5)


@pytest.mark.parametrize("file", ["words.json", "rows.npy"])
def test_a_damaged_file_counts_as_missing(tmp_path: Path, file: str) -> None:
    built(CORPUS).save(tmp_path / "bm25")
    (tmp_path / "bm25" / file).write_bytes(b"garbage")
    assert Lexical.load(tmp_path / "bm25") is None


def test_a_damaged_file_is_saved_again(tmp_path: Path) -> None:
    built(CORPUS).save(tmp_path / "bm25")
    (tmp_path / "bm25" / "rows.npy").write_bytes(b"garbage")
    built(CORPUS).save(tmp_path / "bm25")
    assert Lexical.load(tmp_path / "bm25")


def test_what_another_saved_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = np.save

    def after_another(file: Path, array: NDArray[np.generic]) -> None:
        monkeypatch.setattr(np, "save", written)
        with ThreadPoolExecutor() as pool:
            pool.submit(built(CORPUS).save, tmp_path / "bm25").result()
        (tmp_path / "bm25" / "mark").touch()
        written(file, array)

    monkeypatch.setattr(np, "save", after_another)
    built(CORPUS).save(tmp_path / "bm25")
    assert Lexical.load(tmp_path / "bm25")
    assert [one.name for one in tmp_path.iterdir()] == ["bm25"]
    assert (tmp_path / "bm25" / "mark").exists()


@pytest.mark.parametrize("texts", [[], ["", " "]])
def test_nothing_is_found_where_there_are_no_words(texts: list[str]) -> None:
    assert built(texts).top("bridge", 3) == []
