"""Passages of the time that a question names: chats with stamps, lives with years, metadata with dates."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agentic_rag.interfaces import Retriever
from agentic_rag.retrievers import BM25, Dated, Fused
from agentic_rag.store import Store
from agentic_rag.testing import PASSAGES, Listed, RetrieverContract, WordEncoder
from agentic_rag.types import Hit, Passage

CHATS = [
    Passage("chat1", "Time: 20260105_11:00\nAda: I have arrived. Lunch on 20260108?", "2026-01-05 11:00"),
    Passage("chat2", "Time: 20260105_14:00\nAda: The rent is due.", "2026-01-05 14:00"),
    Passage("chat3", "Time: 20260301_09:00\nAda: The rent is paid, and lunch was on 5 January 2026.", "2026-03-01 09:00"),
]
LIVES = [
    Passage("tolquist", "Maren Tolquist (3 May 1801–1866) designed bridges from 1830 to 1850.", "Maren Tolquist"),
    Passage("lark", "Ivo Lark opened the Loomgate Bridge in 1830.", "Ivo Lark"),
    Passage("pie", "Ollun pie has been made since the 1830s.", "Ollun pie"),
    Passage("island", "The island has bridges.", "Island"),
]


@pytest.fixture
def empty(tmp_path: Path):
    with Store.create(tmp_path / "dated", WordEncoder()) as opened:
        yield opened


def found(retriever: Retriever, query: str, k: int = 10) -> list[str]:
    return [hit.passage.id for hit in retriever.search(query, k)]


class In2026:
    """Asks everything of one year, so that a contract for all queries holds where only dated ones find something."""

    def __init__(self, retriever: Retriever) -> None:
        self.retriever = retriever

    def search(self, query: str, k: int = 10) -> list[Hit]:
        return self.retriever.search(f"{query} in 2026", k)


class TestDated(RetrieverContract):
    @pytest.fixture(autouse=True)
    def _store(self, empty: Store) -> None:
        self.store = empty

    def make(self, passages: list[Passage]) -> Retriever:
        self.store.index([Passage(p.id, p.text, p.title, {"date": "2026-02-03"}) for p in passages])
        return In2026(Dated(self.store))

    def test_the_passage_that_shares_the_words_comes_first(self) -> None:
        hit = self.make(PASSAGES).search("What is Ollun pie made with?", 2)[0]
        assert hit.passage == Passage("pie", PASSAGES[3].text, "Ollun pie", {"date": "2026-02-03"})


def test_a_day_finds_what_was_said_on_it_in_the_order_of_the_words(empty: Store) -> None:
    empty.index(CHATS)
    dated = Dated(empty)
    assert found(dated, "Who spoke of rent on 20260105?") == ["chat2", "chat3", "chat1"]
    assert found(dated, "Who spoke of rent on January 5, 2026?") == ["chat3", "chat2", "chat1"]
    assert found(dated, "Who spoke of lunch on 2026-01-05?", k=1) == ["chat1"]
    assert found(dated, "What happened in March 2026?") == ["chat3"]
    assert found(dated, "What was planned for 8 January 2026?") == ["chat1"]
    assert [hit.score for hit in dated.search("rent in January 2026", 2)] == [1.0, 0.5]


def test_a_question_without_a_time_finds_nothing_and_so_changes_no_fusion(empty: Store) -> None:
    empty.index(CHATS)
    assert found(Dated(empty), "Who paid the rent last week?") == []
    words = BM25(empty)
    assert found(Fused([words, Dated(empty)]), "Who paid the rent?") == found(words, "Who paid the rent?")


def test_a_time_without_passages_finds_nothing(empty: Store) -> None:
    assert found(Dated(empty), "rent in 1990") == []
    empty.index(CHATS)
    assert found(Dated(empty), "rent in 1990") == []


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which bridge was opened in 1830?", ["lark", "tolquist"]),
        ("Which bridge was opened in the 1830s?", ["lark", "pie", "tolquist"]),
        ("Whose bridges stood between 1840 and 1870?", ["tolquist"]),
        ("What bridges were there before 1802?", ["tolquist"]),
        ("What bridges were there after 1860?", ["tolquist"]),
        ("Who was born on 3 May 1801?", ["tolquist"]),
    ],
)
def test_years_in_a_text_count(empty: Store, question: str, expected: list[str]) -> None:
    empty.index(LIVES)
    assert found(Dated(empty), question) == expected


def test_what_the_words_do_not_find_comes_after_it_stamped_and_single_minded_passages_first(empty: Store) -> None:
    empty.index(
        [
            Passage("a", "In 1990, 1991 and 1992 it rained."),
            Passage("b", "In 1990 it rained."),
            Passage("c", "It rained in 1991 as in 1992.", metadata={"published": "1990-05-03T10:00:00Z"}),
            Passage("d", "The ferry sank in 1990, 1991 and 1992."),
        ]
    )
    assert found(Dated(empty, Listed([Passage("d", "ferry")])), "the ferry of 1990") == ["d", "c", "b", "a"]
    assert found(Dated(empty, Listed([Passage("d", "ferry")])), "the ferry of 1990", k=3) == ["d", "c", "b"]


def test_dates_are_read_from_the_named_keys_of_the_metadata(empty: Store) -> None:
    stamps = {"time": "20260105_11:00", "year": 2025, "created": 20260301, "source": "notes-2024-01-01.txt"}
    empty.index([Passage(key, "A note.", metadata={key: value}) for key, value in stamps.items()])
    assert found(Dated(empty), "notes of 2024, 2025 and 2026") == ["created", "time"]
    assert found(Dated(empty, keys=["year"]), "notes of 2024, 2025 and 2026") == ["year"]


def test_a_month_is_a_month_in_a_passage_too(empty: Store) -> None:
    empty.index([Passage("n", "A note.", metadata={"date": "2026-02"}), Passage("m", "A note.", "Notes 2026-03")])
    assert found(Dated(empty), "notes of February 2026") == ["n"]
    assert found(Dated(empty), "notes of 2026-03") == ["m"]


def test_passages_that_are_indexed_later_are_found(empty: Store) -> None:
    empty.index(CHATS[:1])
    dated = Dated(empty)
    assert found(dated, "lunch in 2026") == ["chat1"]
    empty.index(CHATS[1:])
    assert found(dated, "lunch in 2026") == ["chat1", "chat3", "chat2"]


def test_the_dates_are_collected_once_for_all_threads(empty: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    empty.index(CHATS)
    read, started = empty.passages, threading.Event()
    reads: list[int] = []

    def passages():
        reads.append(started.wait(5))
        return read()

    monkeypatch.setattr(empty, "passages", passages)
    dated = Dated(empty)
    with ThreadPoolExecutor(8) as threads:
        searches = [threads.submit(found, dated, "rent on 20260105") for _ in range(16)]
        started.set()
        assert {tuple(search.result()) for search in searches} == {("chat2", "chat3", "chat1")}
    assert reads == [True]


def test_the_inner_retriever_is_asked_deeper_than_k(empty: Store) -> None:
    empty.index([Passage(f"p{number:02}", f"rent {number + 1990}") for number in range(30)])
    newest_first = Listed([*empty.passages()][::-1])
    assert found(Dated(empty, newest_first, depth=25), "the rent of the 1990s", k=2) == ["p09", "p08"]
