"""Every retriever of ours keeps the contract that third parties inherit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from agentic_rag.interfaces import Retriever
from agentic_rag.retrievers import BM25, Dense, FromLangChain, Fused, Late, Links, Parts
from agentic_rag.store import Store
from agentic_rag.testing import Listed, RetrieverContract, WordEncoder
from agentic_rag.types import Passage


class Indexed(RetrieverContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path):
        self.stores: list[Store] = []
        self.folder = tmp_path
        yield
        for store in self.stores:
            store.close()

    def indexed(self, passages: list[Passage], **fine: int) -> Store:
        self.stores.append(Store.create(self.folder / str(len(self.stores)), WordEncoder(), **fine))
        self.stores[-1].index(passages)
        return self.stores[-1]


class TestDense(Indexed):
    def make(self, passages: list[Passage]) -> Retriever:
        return Dense(self.indexed(passages))


class TestBM25(Indexed):
    def make(self, passages: list[Passage]) -> Retriever:
        return BM25(self.indexed(passages))


class TestFused(Indexed):
    def make(self, passages: list[Passage]) -> Retriever:
        store = self.indexed(passages)
        return Fused([BM25(store), Dense(store)])


class TestLinks(Indexed):
    def make(self, passages: list[Passage]) -> Retriever:
        return Links(self.indexed(passages))


class TestLate(Indexed):
    def make(self, passages: list[Passage]) -> Retriever:
        return Late(self.indexed(passages, pooling=2))


class TestLateOverOthers(Indexed):
    def make(self, passages: list[Passage]) -> Retriever:
        store = self.indexed(passages, pooling=1)
        return Late(store, Fused([BM25(store), Dense(store)]))


class TestParts(Indexed):
    def make(self, passages: list[Passage]) -> Retriever:
        return Parts(self.indexed(passages, parts=True))


class TestListed(RetrieverContract):
    def make(self, passages: list[Passage]) -> Retriever:
        return Listed(passages)


class SomeoneElses(BaseRetriever):
    """A LangChain retriever that returns everything it has that shares words with the query."""

    documents: list[Document]

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        passages = [Passage(str(row), d.page_content, d.metadata["title"]) for row, d in enumerate(self.documents)]
        return [self.documents[int(hit.passage.id)] for hit in Listed(passages).search(query, 100)]


class TestFromLangChain(RetrieverContract):
    def make(self, passages: list[Passage]) -> Retriever:
        documents = [Document(p.text, id=p.id, metadata={"title": p.title}) for p in passages]
        return FromLangChain(SomeoneElses(documents=documents))

    def test_the_passage_that_shares_the_words_comes_first(self) -> None:
        [hit] = self.make([Passage("pie", "Smoked char.", "Ollun pie")]).search("Ollun pie", 2)
        assert hit.passage == Passage("pie", "Smoked char.", "Ollun pie", {"title": "Ollun pie"})

    def test_a_document_without_an_id_is_named_by_its_text(self) -> None:
        found = FromLangChain(SomeoneElses(documents=[Document("char pie", metadata={"title": ""})] * 2)).search("pie", 5)
        assert [len(hit.passage.id) for hit in found] == [16]

    def test_of_two_texts_with_one_id_none_is_lost(self) -> None:
        documents = [Document(text, metadata={"id": "d", "title": ""}) for text in ("smoked pie", "smoked char", "smoked pie")]
        found = FromLangChain(SomeoneElses(documents=documents)).search("smoked", 5)
        assert [hit.passage.text for hit in found] == ["smoked pie", "smoked char"]
        assert [hit.passage.id.partition("#")[0] for hit in found] == ["d", "d"]

    def test_an_id_means_one_text_from_search_to_search(self) -> None:
        documents = [Document(text, metadata={"id": "d", "title": ""}) for text in ("smoked pie", "char")]
        ours = FromLangChain(SomeoneElses(documents=documents))
        named = {hit.passage.id: hit.passage.text for query in ("pie", "char", "pie char") for hit in ours.search(query, 1)}
        assert sorted(named.values()) == ["char", "smoked pie"]

    def test_numbers_of_numpy_become_plain_ones_that_a_checkpoint_can_keep(self) -> None:
        documents = [Document("char pie", metadata={"title": "", "score": np.float32(0.5), "seen": [np.int64(2)]})]
        [hit] = FromLangChain(SomeoneElses(documents=documents)).search("pie", 1)
        assert {key: repr(value) for key, value in hit.passage.metadata.items()} == {"title": "''", "score": "0.5", "seen": "[2]"}
