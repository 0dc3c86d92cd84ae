"""The titles of a store: found again in any text."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic_rag.store import Store
from agentic_rag.store.titles import Titles
from agentic_rag.testing import PASSAGES, WordEncoder
from agentic_rag.types import Passage

TITLES = Titles.of(
    [
        ("saltgate", "Saltgate Bridge"),
        ("saltgate-river", "Saltgate"),
        ("film", "The Char (1962 film)"),
        ("char", "Char"),
        ("char#2", "Char"),
        ("year", "1748"),
        ("the", "The"),
        ("untitled", ""),
    ]
)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Who designed Saltgate Bridge?", ["saltgate"]),
        ("The river is the Saltgate.", ["saltgate-river"]),
        ("saltgate bridge, then Saltgate Bridge's architect", ["saltgate"]),
        ("In The Char he played a fisher", ["film"]),
        ("a stew of Char and barley", ["char", "char#2"]),
        ("a stew of char and barley", []),
        ("born in 1748", ["year"]),
        ("The bridge", []),
        ("", []),
    ],
    ids=[
        "longest",
        "shorter",
        "any case",
        "without brackets",
        "one title, two passages",
        "a word",
        "a number",
        "no title",
        "empty",
    ],
)
def test_a_text_names_titles(text: str, ids: list[str]) -> None:
    assert [name for named in TITLES.named(text).values() for name in named] == ids


@pytest.mark.parametrize("title", ["8½", "İstanbul", "3½ Minutes", "Béla Bartók"])
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
def test_a_title_is_named_in_whatever_form_it_is_written(title: str, form: Any) -> None:
    assert list(Titles(["it"], [title]).named(unicodedata.normalize(form, f"Who directed {title}?")).values()) == [["it"]]


def test_titles_are_named_in_the_order_of_the_text() -> None:
    assert list(TITLES.named("From 1748 on, Saltgate Bridge crossed the Saltgate.")) == [
        ("1748",),
        ("saltgate", "bridge"),
        ("saltgate",),
    ]


def test_a_store_reads_its_titles_again_when_their_file_is_gone_and_forgets_old_ones(tmp_path: Path) -> None:
    with Store.create(tmp_path, WordEncoder()) as store:
        store.index(PASSAGES)
        [first] = tmp_path.glob("titles-*.json")
        first.write_text("not json", encoding="utf-8")
    with Store.open(tmp_path, WordEncoder()) as store:
        assert store.titles.named("Ollun pie") == {("ollun", "pie"): ["pie"]}
        store.index([*PASSAGES, Passage("ashmarrow", "A town.", "Ashmarrow")])
        assert store.titles.named("Ashmarrow") == {("ashmarrow",): ["ashmarrow"]}
    assert len(list(tmp_path.glob("titles-*.json"))) == 1
    assert not first.exists()


@given(st.text(max_size=200))
def test_any_text_names_only_titles_that_there_are(text: str) -> None:
    assert {name for named in TITLES.named(text).values() for name in named} <= set(TITLES.ids)
