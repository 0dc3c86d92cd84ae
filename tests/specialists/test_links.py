"""Which passages lead to each other, and to an answer."""

from agentic_rag.specialists.links import leading, linked
from agentic_rag.types import Passage

MILL = Passage("mill", "The Old Mill was designed by the architect Ada Fern in 1901.", "Old Mill (museum)")
FERN = Passage("fern", "Ada Fern was a designer. She was born in Utrecht.", "Ada Fern")
TOWER = Passage("tower", "The Iron Tower was built in 1889.", "Iron Tower")


def test_passages_are_linked_by_a_title_without_what_stands_in_parentheses():
    assert linked(MILL, FERN)
    assert linked(Passage("p", "It lies behind the Old Mill."), MILL)
    assert not linked(MILL, TOWER)
    assert not linked(Passage("p", "text"), Passage("q", "text"))
    assert not linked(Passage("p", "The nation has an instrument."), Passage("q", "An atom with a charge.", "Ion"))
    assert linked(Passage("p", "他住在东京都。"), Passage("q", "A city.", "东京都"))


def test_a_passage_that_names_the_one_with_the_answer_leads_to_it():
    question = "Where was the architect of the Old Mill born?"
    assert list(leading(question, "Utrecht", FERN, [TOWER, MILL, FERN])) == [(MILL, "ada fern")]
    back = Passage("born", "She came from Utrecht and built the Old Mill.", "A life")
    assert list(leading(question, "Utrecht", back, [MILL, back])) == [(MILL, "old mill")]


def test_where_the_question_names_the_passage_with_the_answer_no_other_leads_to_it():
    assert list(leading("Who designed the Old Mill?", "Ada Fern", MILL, [FERN, MILL, TOWER])) == []


def test_a_comparison_rests_on_both_things_that_it_names():
    question = "Which is older, the Old Mill or the Iron Tower?"
    assert list(leading(question, "Iron Tower", TOWER, [FERN, MILL, TOWER])) == [(MILL, "old mill")]
    assert list(leading("Were the Old Mill and the Iron Tower built in 1889?", "no", MILL, [MILL, TOWER])) == [
        (TOWER, "iron tower")
    ]
