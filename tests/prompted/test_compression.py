"""What a prompt keeps of the passages when tokens are few, and that quotes still stand in the whole passages."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic_rag.budget import Meter, current_call
from agentic_rag.prompted import PromptedReader
from agentic_rag.prompted.compression import Compression
from agentic_rag.sentences import bm25_sentences, lead
from agentic_rag.testing import ScriptedModel
from agentic_rag.text import sentences
from agentic_rag.types import Budget, Passage, Reading

MILL = Passage("mill", "The mill stands in Delft. It has six floors. Ada Fern built it in 1720. Ducks live near it.", "Old Mill")
ADA = Passage("ada", "Ada Fern was a builder. She was born in Leiden. She had two sons.", "Ada Fern")
LAKE = Passage("lake", "The lake is deep. It freezes in winter.", "Lake")
PASSAGES = [MILL, ADA, LAKE]


def count(text: str) -> int:
    return len(text.split())


def known(*best: str):
    """A sentence grader that wants these sentences, the first one most."""

    def graded(_question, passages):
        current_call().read_and_wrote(7, 0)
        texts = [[one.text[start:end] for start, end in sentences(one.text)] for one in passages]
        return [[-float(best.index(text)) if text in best else -99.0 for text in of] for of in texts]

    return graded


def test_the_best_sentences_come_in_their_passages_order_and_what_is_missing_between_them_is_marked():
    by = known("Ada Fern built it in 1720.", "She was born in Leiden.", "The mill stands in Delft.")
    mill, ada = Compression(by, tokens=25)("Where was the builder born?", PASSAGES, count)
    assert (mill.text, mill.title) == ("The mill stands in Delft. ... Ada Fern built it in 1720.", "Old Mill")
    assert ada.text == "She was born in Leiden."


def test_passages_that_fit_stay_as_they_are_and_nothing_is_graded():
    assert Compression(None, tokens=100)("Where?", PASSAGES, count) == PASSAGES


def test_a_share_of_the_passages_comes_whole():
    by = known("She was born in Leiden.", "Ada Fern built it in 1720.")
    (ada,) = (one for one in Compression(by, tokens=26, whole=0.3)("Where?", PASSAGES, count) if one.id == "ada")
    assert ada.text == ADA.text


@given(st.integers(0, 60), st.sampled_from([0.0, 0.3, 1.0]))
def test_never_more_tokens_than_allowed_and_never_a_word_that_is_not_there(tokens, whole):
    kept = Compression(bm25_sentences, tokens, whole)("Where was the builder of the Old Mill born?", PASSAGES, count)
    assert sum(count(f"[9] {one.title}: {one.text.replace('...', '')}") for one in kept) <= tokens or kept == PASSAGES
    for one in kept:
        [passage] = [passage for passage in PASSAGES if passage.id == one.id]
        assert all(part in passage.text for part in one.text.split(" ... "))


def test_without_training_the_first_sentences_tell_most_or_those_that_share_words():
    assert [max(of) for of in lead("", PASSAGES)] == [0.0, -0.25, -0.5]
    assert lead("", PASSAGES)[0] == sorted(lead("", PASSAGES)[0], reverse=True)
    scores = bm25_sentences("Who built the mill in 1720?", PASSAGES)
    assert [len(of) for of in scores] == [4, 3, 2]
    assert max(scores[0]) == scores[0][2]


def test_a_reader_is_shown_the_sentences_and_its_quotes_are_found_in_the_whole_passage():
    model = ScriptedModel([json.dumps({"answer": "Leiden", "quotes": ["She was born in Leiden."]})])
    compression = Compression(known("She was born in Leiden."), tokens=11)
    meter = Meter(Budget())
    reader = PromptedReader(model, compression=compression)
    found = meter.attempt("reader", reader, "Where was Ada Fern born?", PASSAGES, default=Reading())
    assert "[1] Ada Fern: She was born in Leiden." in model.asked[0]
    assert "two sons" not in model.asked[0]
    [citation] = found.citations
    assert ADA.text[citation.start : citation.end] == "She was born in Leiden"
    used = [(one.role, one.model, one.calls) for one in meter.usage]
    assert used == [("reader", "scripted", 1), ("reader", "graded", 0)]
    assert meter.usage[1].input_tokens == 7


def test_where_no_sentence_fits_the_passages_stay_as_they_are():
    assert Compression(bm25_sentences, tokens=3)("Where?", PASSAGES, count) == PASSAGES


@pytest.mark.parametrize("text", ["", "   ", "no end", "."])
def test_odd_passages(text):
    odd = Passage("odd", text)
    kept = Compression(bm25_sentences, tokens=20)("Where was Ada born?", [odd, *PASSAGES], count)
    assert all(one.text for one in kept)
