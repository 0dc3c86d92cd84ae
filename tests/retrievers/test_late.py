"""Late interaction as a retriever: what it ranks anew, and what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentic_rag.errors import StoreError
from agentic_rag.retrievers import Late
from agentic_rag.store import Store
from agentic_rag.testing import PASSAGES, Listed, WordEncoder
from agentic_rag.types import Hit

QUESTION = "How long is Saltgate Bridge?"


@pytest.fixture
def late(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "late", WordEncoder(), pooling=1) as opened:
        opened.index(PASSAGES)
        yield opened


def ids(hits: list[Hit]) -> list[str]:
    return [hit.passage.id for hit in hits]


def test_a_score_counts_the_words_of_the_query_that_the_passage_has(late: Store) -> None:
    first, second = Late(late).search("Saltgate Bridge pie", 2)
    assert (first.score, first.retriever, second.score) == (2.0, "late", 1.0)


def test_the_best_hits_of_another_retriever_are_ranked_anew(late: Store) -> None:
    wrong_way_round = Listed([PASSAGES[2], PASSAGES[0]])
    assert ids(wrong_way_round.search("bridge", 2)) != ids(Late(late, wrong_way_round).search(QUESTION, 2))
    assert ids(Late(late, wrong_way_round).search(QUESTION, 4)) == [PASSAGES[0].id, PASSAGES[2].id]


def test_only_so_many_hits_of_the_other_are_asked_for_and_never_fewer_than_wanted(late: Store) -> None:
    asked: list[int] = []

    class Asked(Listed):
        def search(self, query: str, k: int = 10) -> list[Hit]:
            asked.append(k)
            return super().search(query, k)

    retriever = Late(late, Asked(), depth=3)
    retriever.search(QUESTION, 2)
    retriever.search(QUESTION, 7)
    assert asked == [3, 7]


def test_equal_scores_keep_the_order_of_the_other(late: Store) -> None:
    for order in (PASSAGES, PASSAGES[::-1]):
        assert Late(late, Listed(order)).search("Tolquist bridge", 4) == Late(late, Listed(order)).search("Tolquist bridge", 4)
        scores = {hit.passage.id: hit.score for hit in Late(late, Listed(order)).search("bridge", 4)}
        assert list(scores) == [p.id for p in order if p.id in scores]
        assert set(scores.values()) == {1.0}


def test_nothing_found_leaves_nothing_to_rank(late: Store) -> None:
    assert Late(late, Listed([])).search(QUESTION, 4) == []


def test_a_filter_holds_for_the_hits_of_another_retriever_too(late: Store) -> None:
    assert ids(Late(late, Listed(), where={"id": PASSAGES[3].id}).search("bridge architect pie", 4)) == [PASSAGES[3].id]


def test_a_store_without_token_vectors_says_so_before_anything_is_asked(store: Store) -> None:
    with pytest.raises(StoreError, match="has no token vectors; index into a new one with them: agentic-rag index PATH --late"):
        Late(store)
