"""Reciprocal rank fusion: its laws, and the weights that must change ranks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic_rag.errors import GraphError
from agentic_rag.retrievers import Fused, fuse
from agentic_rag.types import Hit, Passage

RANKINGS = st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8).map("".join), min_size=1, max_size=4)


def ranking(ids: str, name: str = "r") -> list[Hit]:
    return [Hit(Passage(passage_id, passage_id), rank, 1 / rank, name) for rank, passage_id in enumerate(ids, 1)]


def order(hits: list[Hit]) -> str:
    return "".join(hit.passage.id for hit in hits)


def test_scores_are_those_of_the_paper() -> None:
    [first, second] = fuse([ranking("ab"), ranking("b")])
    assert (first.passage.id, first.score) == ("b", 1 / 62 + 1 / 61)
    assert (second.passage.id, second.score) == ("a", 1 / 61)


def test_weights_change_ranks() -> None:
    assert order(fuse([ranking("ab"), ranking("ba")], [1.0, 0.5])) == "ab"
    assert order(fuse([ranking("ab"), ranking("ba")], [0.5, 1.0])) == "ba"


def test_a_passage_that_stands_twice_in_a_ranking_counts_once() -> None:
    twice = [*ranking("ab"), *ranking("a")]
    assert fuse([twice]) == fuse([ranking("ab")])
    worse = replace(twice[-1], passage=replace(twice[-1].passage, text="a later part"))
    assert fuse([[*ranking("ab"), worse]]) == fuse([ranking("ab")])


@given(RANKINGS)
def test_every_passage_comes_back_once_best_first(rankings: list[str]) -> None:
    hits = fuse([ranking(ids) for ids in rankings])
    assert sorted(order(hits)) == sorted(set("".join(rankings)))
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@given(RANKINGS)
def test_the_order_of_the_rankings_changes_no_score(rankings: list[str]) -> None:
    forward = {hit.passage.id: hit.score for hit in fuse([ranking(ids) for ids in rankings])}
    backward = {hit.passage.id: hit.score for hit in fuse([ranking(ids) for ids in reversed(rankings)])}
    assert forward == pytest.approx(backward)


@given(RANKINGS, st.floats(0.1, 10))
def test_scaling_all_weights_changes_no_rank(rankings: list[str], factor: float) -> None:
    hits = [ranking(ids) for ids in rankings]
    weights = [float(number + 1) for number in range(len(hits))]
    assert {hit.passage.id for hit in fuse(hits, weights)[:1]} <= {
        hit.passage.id
        for hit in fuse(hits, [weight * factor for weight in weights])
        if hit.score >= fuse(hits, [weight * factor for weight in weights])[0].score * (1 - 1e-9)
    }


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [1.0, 1.0, 1.0]])
def test_weights_that_do_not_fit_are_refused(weights: list[float]) -> None:
    with pytest.raises(GraphError, match="one weight >= 0 for each"):
        fuse([ranking("a"), ranking("b")], weights)


def test_fused_asks_deeper_than_it_answers() -> None:
    class Deep:
        def search(self, _query: str, k: int) -> list[Hit]:
            self.asked = k
            return ranking("abcdefgh"[:k])

    deep = Deep()
    assert len(Fused([deep], depth=6).search("?", 2)) == 2
    assert deep.asked == 6
