from __future__ import annotations

import pytest

from agentic_rag.baselines.answers import wanted
from agentic_rag.interfaces import Roles
from agentic_rag.types import Passage, Reading


@pytest.mark.parametrize(
    ("question", "answer", "passage"),
    [
        ("Who designed Brook Mill?", "Ada Penrose", "mill"),
        ("When was Brook Mill opened?", "1791", "mill"),
        ("How long is Brook Mill?", "142 metres", "mill"),
        ("When was Ada Penrose born?", "1748", "ada"),
        ("In which year did Ada Penrose die?", "1819", "ada"),
        ("Where was Ada Penrose born?", "North Hythe", "ada"),
        ("Who was the father of Ada Penrose?", "baker", "ada"),
        ("How many people came to the Fair in 1950?", "1,200", "fair"),
        ("On which day of the week is the Fair held?", "Friday", "fair"),
        ("Was Brook Mill designed by Ada Penrose?", "yes", "mill"),
        ("Was Brook Mill opened in 1803?", "no", "mill"),
    ],
)
def test_the_answer_is_the_span_that_fits_the_question_word(
    roles: Roles, passages: list[Passage], question: str, answer: str, passage: str
) -> None:
    reading = roles.reader(question, passages)
    assert (reading.answer, reading.citations[0].passage_id) == (answer, passage)


def test_the_citation_is_the_exact_sentence(roles: Roles, passages: list[Passage]) -> None:
    (citation,) = roles.reader("Who designed Brook Mill?", passages).citations
    assert citation.quote == "It was designed by Ada Penrose and opened in 1791."
    assert passages[0].text[citation.start : citation.end] == citation.quote


def test_nothing_is_read_where_nothing_is_alike(roles: Roles, passages: list[Passage]) -> None:
    assert roles.reader("Who was the first keeper of Zirkel Lodge?", passages) == Reading()


def test_what_is_said_is_read_with_more_confidence_than_what_is_not(roles: Roles, passages: list[Passage]) -> None:
    said = roles.reader("Who designed Brook Mill?", passages)
    unsaid = roles.reader("Who burned Brook Mill?", passages)
    assert unsaid.confidence < 0.5 < said.confidence


def test_a_no_is_never_confident(roles: Roles, passages: list[Passage]) -> None:
    assert roles.reader("Was Brook Mill opened in 1803?", passages).confidence < 0.5


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Who won?", "person"),
        ("Under which engineer did she train?", "person"),
        ("Where is it?", "place"),
        ("In which city is it?", "place"),
        ("When did it open?", "date"),
        ("In what year did it open?", "year"),
        ("How heavy is it?", "number"),
        ("At what altitude is it?", "number"),
        ("Which fish is used?", "thing"),
        ("Why did it fail?", "phrase"),
        ("Did it fail?", "polar"),
    ],
)
def test_the_form_of_the_answer_follows_from_the_question_word(question: str, form: str) -> None:
    assert wanted(question).form == form
