"""One contract for both engines. The server engine runs against QDRANT_URL if that is set, else on qdrant-client's local mode."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from qdrant_client import QdrantClient

from agentic_rag.errors import StoreError
from agentic_rag.store import Store
from agentic_rag.store.edge import EdgeEngine
from agentic_rag.store.engine import Engine
from agentic_rag.store.server import ServerEngine
from agentic_rag.testing import PASSAGES, WordEncoder
from agentic_rag.types import Passage

DATED = [
    Passage("a", "The mill opened.", "Mill", {"year": 1901, "lang": "en", "at": "1901-05-01", "open": True}),
    Passage("b", "The mill closed.", "Mill", {"year": 1950, "lang": "en", "at": "1950-01-31", "open": False}),
    Passage("c", "Die Mühle öffnete.", "Mühle", {"year": 1901, "lang": "de", "at": "1901-06-01", "open": True}),
]


class Blurred(WordEncoder):
    """Every word is a direction of its own that is near many others."""

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        mixed = np.random.default_rng(0).normal(size=(self.dimension, self.dimension)) + 0.5
        blurred = [words @ mixed for words in super().tokens(texts)]
        return [(words / np.linalg.norm(words, axis=1, keepdims=True)).astype(np.float32) for words in blurred]


def edge(tmp_path: Path, *, tokens: bool) -> Engine:
    return EdgeEngine(tmp_path / "edge", 256, tokens=tokens)


def server(_tmp_path: Path, *, tokens: bool) -> Engine:
    url, name = os.environ.get("QDRANT_URL"), f"test-{uuid.uuid4().hex}"
    client = QdrantClient(url=url) if url else QdrantClient(":memory:")
    return ServerEngine(client, name, url or ":memory:", 256, tokens=tokens)


@pytest.fixture(params=[edge, server], ids=["edge", "server"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with opened(request.param, tmp_path, WordEncoder(), 0) as store:
        yield store


@pytest.fixture(params=[edge, server], ids=["edge", "server"])
def late(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Without passages, with room for token vectors, each word its own."""
    with opened(request.param, tmp_path, Blurred(), 1) as store:
        yield store


@contextmanager
def opened(make: Callable[..., Engine], tmp_path: Path, encoder: WordEncoder, pooling: int) -> Iterator[Store]:
    engine = make(tmp_path, tokens=bool(pooling))
    yield Store.on(engine, encoder, cache=tmp_path / "cache", pooling=pooling)
    if isinstance(engine, ServerEngine):
        engine.client.delete_collection(engine.collection)
    engine.close()


def ids(found: list[tuple[Passage, float]]) -> list[str]:
    return [passage.id for passage, _ in found]


def nearest(store: Store, text: str, k: int = 3, **where: object) -> list[str]:
    return ids(store.nearest(store.encoder.encode([text])[0], k, where))


def test_a_passage_comes_back_as_it_went_in(empty: Store) -> None:
    empty.index(DATED)
    assert empty.fetch(["c", "a"]) == [DATED[2], DATED[0]]


def test_the_nearest_passage_comes_first(empty: Store) -> None:
    empty.index(PASSAGES)
    assert nearest(empty, "Who was the architect Maren Tolquist?")[0] == "tolquist"


def test_words_find_passages_and_nothing_else(empty: Store) -> None:
    empty.index(PASSAGES)
    assert ids(empty.matching("smoked char", 3, {})) == ["pie"]
    assert ids(empty.matching("zeppelin", 3, {})) == []


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"lang": "de"}, {"c"}),
        ({"year": 1901}, {"a", "c"}),
        ({"year": {"gte": 1902}}, {"b"}),
        ({"year": {"gt": 1900, "lt": 1902}, "lang": "en"}, {"a"}),
        ({"lang": ["de", "fr"]}, {"c"}),
        ({"at": {"gte": "1901-05-15", "lt": "1950-01-01"}}, {"c"}),
        ({"open": True}, {"a", "c"}),
        ({"id": "b"}, {"b"}),
        ({"id": ["a", "c", "z"], "lang": "de"}, {"c"}),
        ({"title": "Mill"}, {"a", "b"}),
        ({"lang": "xx"}, set()),
        ({"year": [1901, "x", 1950.0, True]}, {"a", "b", "c"}),
        ({"year": [2**70, 1950]}, {"b"}),
        ({"open": [False]}, {"b"}),
    ],
)
def test_filters_hold_for_meaning_and_for_words(empty: Store, where: dict[str, object], expected: set[str]) -> None:
    empty.index(DATED)
    assert set(nearest(empty, "mill Mühle", 3, **where)) == expected
    assert set(ids(empty.matching("mill opened closed Mühle öffnete", 3, where))) == expected


def test_a_number_finds_a_number_and_the_same_number_as_text(empty: Store) -> None:
    ways = {"number": 1900, "text": "1900", "other": 1901, "longer": "19001"}
    empty.index([Passage(name, f"mill {name}", metadata={"year": year}) for name, year in ways.items()])
    assert set(nearest(empty, "mill", 4, year=1900)) == {"number", "text"}
    assert set(nearest(empty, "mill", 4, year=[1900, 1901])) == {"number", "text", "other"}


def test_ids_and_titles_are_texts_whatever_they_look_like(empty: Store) -> None:
    empty.index([Passage("7", "mill", "1984"), Passage("8", "mill", "1985")])
    assert nearest(empty, "mill", id=7) == nearest(empty, "mill", id=[7]) == nearest(empty, "mill", title=1984) == ["7"]


NONSENSE: list[dict[str, object]] = [
    {"year": {"above": 3}},
    {"year": {}},
    {"year": {"gte": 10**400}},
    {"year": {"gte": 1900, "lt": "1950-01-01"}},
    {"at": {"gte": "yesterday"}},
    {"lang": []},
    {"lang": None},
    {"lang": [["en"]]},
]


@pytest.mark.parametrize("where", NONSENSE)
def test_a_filter_that_makes_no_sense_is_refused(empty: Store, where: dict[str, object]) -> None:
    empty.index(DATED)
    with pytest.raises(StoreError, match="the filter on"):
        nearest(empty, "mill", **where)


def test_a_filter_on_a_key_that_is_no_path_is_one_sentence(empty: Store) -> None:
    empty.index(DATED)
    with pytest.raises(StoreError, match=r"^the (filter on|store) .+"):
        nearest(empty, "mill", **{'a"b': 1})


@pytest.mark.parametrize("odd", [float("nan"), date(2020, 1, 1), {1: "x"}, [{2: "y"}], "\ud83d"])
def test_metadata_that_cannot_be_kept_is_refused_and_the_store_stays_ready(empty: Store, odd: object) -> None:
    empty.index(DATED)
    with pytest.raises(StoreError, match=r"^the passage 'odd' cannot be stored: .+"):
        empty.index([Passage("odd", "The mill burned.", metadata={"about": odd})])
    assert (empty.manifest.state, len(empty)) == ("ready", 3)


def test_a_title_that_was_part_of_the_text_is_a_change_without_embedding(empty: Store) -> None:
    empty.index([Passage("a", "Mill. It burned.")])
    report = empty.index([Passage("a", "It burned.", "Mill")])
    assert (report.moved, report.embedded) == (1, 0)
    assert empty.fetch(["a"])[0].title == "Mill"
    assert ids(empty.titled("the Mill", 1, {})) == ["a"]


def test_points_without_a_manifest_are_not_described_as_ours(empty: Store) -> None:
    empty.index(DATED)
    empty.engine.read_manifest = lambda: None
    with pytest.raises(StoreError, match="has points but no manifest, so it is not one of ours or damaged"):
        Store.on(empty.engine, WordEncoder())


def test_only_what_changed_is_embedded_again(empty: Store) -> None:
    empty.index(DATED)
    changed = Passage("a", "The mill burned.", "Mill", DATED[0].metadata)
    moved = Passage("b", DATED[1].text, "Mill", {"year": 1951})
    report = empty.index([changed, moved, DATED[2], PASSAGES[3]])
    assert (report.added, report.changed, report.moved, report.unchanged, report.removed) == (1, 1, 1, 1, 0)
    assert report.embedded == 2
    assert empty.fetch(["a", "b"]) == [changed, moved]


def test_what_left_its_source_is_removed_and_other_sources_are_kept(empty: Store) -> None:
    here, there = (Passage(name, f"text {name}", metadata={"source": f"/{name}/file.txt"}) for name in ("here", "there"))
    empty.index([here, there])
    report = empty.index([], sources=["/here"])
    assert (report.removed, len(empty)) == (1, 1)
    assert list(empty.passages()) == [there]


def test_what_has_no_source_is_in_none(empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    empty.index([Passage("ours", "one", metadata={"source": str(tmp_path / "docs" / "a.txt")}), Passage("own", "two")])
    assert empty.index([], sources=["docs"]).removed == 1
    assert empty.index([], sources=["."]).removed == 0


@pytest.mark.parametrize(("source", "place"), [("docs/a.txt", "docs"), ("https://x.org/a", "https://x.org")])
def test_a_relative_source_and_one_of_the_web_are_in_their_places(empty: Store, source: str, place: str) -> None:
    empty.index([Passage("a", "one", metadata={"source": source})])
    assert empty.index([], sources=[place]).removed == 1


def test_any_key_of_metadata_can_be_filtered(empty: Store) -> None:
    odd = {"Release date": "May", "Art.Nr": 7, "No.": 1, "price[EUR]": 3}
    nested = {"in": {"it": 2, "so": True}, "seen": [True, False]}
    empty.index([Passage("a", "one", metadata={**odd, **nested, "n": 5.0}), Passage("b", "two", metadata={"n": 5})])
    asked = [
        *({key: value} for key, value in odd.items()),
        {"Art.Nr": {"gte": 7}},
        {"in.it": 2},
        {"in.so": True},
        {"seen": False},
    ]
    assert [nearest(empty, "one", **where) for where in asked] == [["a"]] * len(asked)
    assert set(nearest(empty, "one", n=5)) == set(nearest(empty, "one", n=5.0)) == {"a", "b"}


def test_both_engines_name_equal_contents_equally(empty: Store, tmp_path: Path) -> None:
    empty.index(DATED)
    with Store.create(tmp_path / "other", WordEncoder()) as other:
        other.index(reversed(DATED))
        assert repr(other) == repr(empty)


def test_a_store_moves_to_another_engine_without_embedding(empty: Store, tmp_path: Path) -> None:
    with Store.create(tmp_path / "origin", WordEncoder()) as origin:
        origin.index(PASSAGES)
        assert empty.copy_from(origin).added == 4
        report = empty.copy_from(origin)
        assert (report.added, report.unchanged) == (0, 4)
    assert repr(empty).startswith("Store(passages=4")
    assert nearest(empty, "Ollun pie")[0] == "pie"


def test_a_copy_does_not_mix_chunkings(empty: Store, tmp_path: Path) -> None:
    empty.index(DATED)
    with Store.create(tmp_path / "origin", WordEncoder(), {"tokens": 50}) as origin:
        origin.index(PASSAGES)
        with pytest.raises(StoreError, match=r"was made with chunking {}, not {'tokens': 50}"):
            empty.copy_from(origin)


def maxsim(query: str, passage: Passage) -> float:
    asked, there = Blurred().tokens([query, passage.content])
    return float((asked @ there.T).max(axis=1).sum())


def scored(store: Store, query: str, k: int = 9) -> dict[str, float]:
    return {passage.id: score for passage, score in store.late(query, k, {})}


def expected(query: str, passages: Sequence[Passage]) -> dict[str, float]:
    ranked = sorted(passages, key=lambda passage: -maxsim(query, passage))
    return {passage.id: pytest.approx(maxsim(query, passage), abs=0.01) for passage in ranked}


def test_late_interaction_sums_the_cosine_of_each_word_to_its_nearest_word(late: Store) -> None:
    late.index(PASSAGES)
    found = scored(late, "Which architect drew a bridge of stone?")
    assert found == expected("Which architect drew a bridge of stone?", PASSAGES)
    assert list(found) == list(expected("Which architect drew a bridge of stone?", PASSAGES))


def test_late_interaction_compares_only_what_it_is_told_to(late: Store) -> None:
    late.index(DATED)
    assert set(ids(late.late("mill", 3, {}, ["a", "b"]))) == {"a", "b"}
    assert ids(late.late("mill", 3, {"lang": "en", "id": ["b", "c"]}, ["a", "b"])) == ["b"]
    assert late.late("mill", 3, {}, []) == []
    assert len(late.late("mill", 2, {})) == 2


def test_token_vectors_follow_what_changed(late: Store) -> None:
    late.index(DATED)
    changed = Passage("a", "The lighthouse burned in spring.", "Mill", DATED[0].metadata)
    moved = Passage("b", DATED[1].text, "Mill", {"year": 1951, "source": "/files/b.txt"})
    late.index([changed, moved, DATED[2], PASSAGES[3]])
    assert scored(late, "a lighthouse burned") == expected("a lighthouse burned", [changed, moved, DATED[2], PASSAGES[3]])
    late.index([], sources=["/files"])
    assert scored(late, "a lighthouse burned") == expected("a lighthouse burned", [changed, DATED[2], PASSAGES[3]])


def test_a_passage_without_tokens_is_kept_and_never_found_by_them(late: Store) -> None:
    late.index([Passage("marks", "?!"), PASSAGES[3]])
    assert (len(late), list(scored(late, "pie")), scored(late, "?!")) == (2, ["pie"], {})


def test_token_vectors_move_to_another_engine(late: Store, tmp_path: Path) -> None:
    with Store.create(tmp_path / "origin", Blurred(), pooling=1) as origin:
        origin.index(PASSAGES)
        late.copy_from(origin)
        assert scored(late, "a pie with char") == pytest.approx(scored(origin, "a pie with char"), abs=0.01)


def test_a_copy_has_token_vectors_just_as_its_origin(empty: Store, tmp_path: Path) -> None:
    with Store.create(tmp_path / "origin", WordEncoder(), pooling=3) as origin:
        origin.index(PASSAGES)
        with pytest.raises(StoreError, match="was made without token vectors, not with one token vector for 3 tokens"):
            empty.copy_from(origin)


def test_an_empty_store_finds_nothing(empty: Store) -> None:
    empty.index([])
    assert (nearest(empty, "mill"), empty.matching("mill", 3, {})) == ([], [])


def test_an_unknown_passage_is_named(empty: Store) -> None:
    empty.index(DATED)
    with pytest.raises(StoreError, match="has no passage 'z'"):
        empty.fetch(["a", "z"])


@pytest.mark.parametrize("url", ["http://localhost:abc/x", "http://[::1/x", "http:///x", "http://localhost:6333/a/b"])
def test_an_address_of_no_collection_is_one_sentence(url: str) -> None:
    with pytest.raises(StoreError, match=r"is no address of a collection; expected http\(s\)://HOST:PORT/COLLECTION"):
        Store.open(url, WordEncoder())


def test_a_password_in_an_address_is_shown_to_nobody() -> None:
    with pytest.raises(StoreError, match=r"^the store 'http://127.0.0.1:9/nothing' failed"):
        Store.open("http://ann:secret@127.0.0.1:9/nothing", WordEncoder())
    with pytest.raises(StoreError, match=r"^the store 'http://host:abc/x' is no address"):
        Store.open("http://ann:secret@host:abc/x", WordEncoder())


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(StoreError, match="is the server up"):
        Store.open("http://127.0.0.1:9/nothing", WordEncoder())
