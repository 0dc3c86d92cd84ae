"""Search by parts: one vector for a long list cannot tell what it names, one for each item can."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentic_rag.adaptive import hybrid
from agentic_rag.errors import StoreError
from agentic_rag.retrievers import BM25, Covered, Fused, Parts
from agentic_rag.store import Store
from agentic_rag.testing import PASSAGES, WordEncoder
from agentic_rag.text import parts
from agentic_rag.types import Passage

LIST = "Oda likes Figs, Char, Barley, Rye, Oats, Salt, Plums, Cider, Smoke and Bridges."


def lists(count: int = 12) -> list[Passage]:
    """Everybody likes ten things, and only one of them Plums."""
    things = [f"Thing{number}" for number in range(120)]
    others = [f"Person {n} likes {', '.join(things[n * 9 : n * 9 + 9])} and Likes." for n in range(count)]
    return [Passage("oda", LIST), *(Passage(str(n), text) for n, text in enumerate(others))]


@pytest.fixture
def store(tmp_path: Path):
    with Store.create(tmp_path / "parts", WordEncoder(), parts=True) as made:
        made.index(lists())
        yield made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A bridge. It is long.", ["A bridge.", "It is long."]),
        (LIST, ["Oda likes Figs", "Char", "Barley", "Rye", "Oats", "Salt", "Plums", "Cider", "Smoke", "Bridges."]),
        ("Figs, Char and Barley.", ["Figs, Char and Barley."]),
        ("", []),
    ],
    ids=["sentences", "list", "few items", "empty"],
)
def test_a_text_consists_of_sentences_and_items(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


def test_one_item_of_a_long_list_is_found_with_full_likeness(store: Store) -> None:
    [best, *_] = Parts(store).search("Plums", 3)
    assert (best.passage.id, round(best.score, 2)) == ("oda", 1.0)


def test_a_part_is_embedded_with_the_title_of_its_passage(tmp_path: Path) -> None:
    with Store.create(tmp_path, WordEncoder(), parts=True) as store:
        store.index(PASSAGES)
        [best] = Parts(store).search("Loomgate Bridge 96 metres long", 1)
    assert best.passage.id == "loomgate"


def test_what_changed_is_found_and_what_is_gone_is_not(store: Store) -> None:
    store.index([Passage("oda", LIST.replace("Plums", "Pears")), *lists()[1:]])
    assert Parts(store).search("Pears", 1)[0].score == pytest.approx(1.0, abs=0.01)
    assert Parts(store).search("Plums", 1)[0].score < 0.9


def test_a_store_without_vectors_of_parts_is_refused_with_its_cure(tmp_path: Path) -> None:
    with Store.create(tmp_path, WordEncoder()) as store, pytest.raises(StoreError, match="index into a new store with --parts"):
        Parts(store)


def test_a_store_keeps_the_choice_it_was_made_with(tmp_path: Path) -> None:
    with Store.create(tmp_path, WordEncoder(), parts=True) as store:
        store.index(PASSAGES)
    with Store.create(tmp_path, WordEncoder()) as store:
        assert store.manifest.parts
    with pytest.raises(StoreError, match="made with vectors of parts, not without token vectors"):
        Store.create(tmp_path, WordEncoder(), parts=False)
    with pytest.raises(StoreError, match="made with vectors of parts, not with one token vector for 2 tokens"):
        Store.create(tmp_path, WordEncoder(), pooling=2)
    with pytest.raises(StoreError, match="tokens or of parts, not both"):
        Store.create(tmp_path / "both", WordEncoder(), parts=True, pooling=2)


def test_a_copy_of_a_store_has_its_vectors_of_parts(store: Store, tmp_path: Path) -> None:
    with Store.create(tmp_path / "copy", WordEncoder(), parts=True) as copy:
        copy.copy_from(store)
        assert Parts(copy).search("Plums", 1) == Parts(store).search("Plums", 1)


def test_words_count_by_the_share_of_the_query_that_they_found(store: Store) -> None:
    words = BM25(store)
    assert Covered(store)("Plums", [words.search("Plums", 5), []]) == [1.0, 1.0]
    [share, _] = Covered(store)("Plums Zwetschgen", [words.search("Plums Zwetschgen", 5), []])
    assert 0 < share < 0.5
    assert Covered(store)("Zwetschgen", [[], []]) == [0.0, 1.0]


def test_the_default_graph_searches_as_finely_as_its_store_can(store: Store) -> None:
    found = hybrid(store)
    assert [one.name for one in found.retrievers] == ["bm25", "parts"]  # type: ignore[attr-defined]
    assert isinstance(found, Fused)
    assert found.search("Plums", 1)[0].passage.id == "oda"
