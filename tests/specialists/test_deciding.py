"""Where the verifier has a say in reading: questions of yes or no, and which of several answers is given."""

from dataclasses import replace

import pytest

from agentic_rag.phrasing import statement
from agentic_rag.specialists import specialists
from agentic_rag.specialists.deciding import DecidingReader, naming
from agentic_rag.types import Citation, Claim, Passage, Reading

POET = Passage("p", "She lived by the sea. Ada Moor was an English poet, born in Hull.", "Ada Moor (poet)")
MILL = Passage("m", "Old Mill is a windmill in Kent.", "Old Mill")
EMPTY = Passage("e", " ", "Ada Moor")


def doubtful(claim: Claim, passages):
    """Believes what names a poet, and doubts a no."""
    if claim.question:
        assert claim.answer == "no"
        return 0.4
    return 0.9 if "poet" in claim.answer and "poet" in passages[0].text else 0.2


def silent(_question, _passages):
    return Reading("a span", 0.4)


@pytest.mark.parametrize(
    ("question", "titles", "said"),
    [
        ("Was Ada Moor a poet?", [], "Ada Moor was a poet."),
        ("Is the Old Mill in Kent?", [], "The Old Mill is in Kent."),
        ("Does girls' life have an editor?", ["Girls' Life"], "Girls' life does have an editor."),
        ("Is Reader's Digest a magazine?", ["Reader's Digest"], "Reader's Digest is a magazine."),
        ("Did Old Mill United win a cup?", ["Old Mill", "Old Mill United F.C."], "Old Mill United did win a cup."),
        ("Was Ada Moor the Queen of Hull in 2012?", ["Ada Moor"], "Ada Moor was the Queen of Hull in 2012."),
        ("Are Ada Moor and Ben Moor poets?", ["Ada Moor"], None),
        ("Is Ada Moor English by birth?", ["Ada Moor"], "Ada Moor is English by birth."),
        ("is the old mill a mill?", ["The Old Mill"], "The old mill is a mill."),
        ("Are Ada Moor and Ben Moor poets?", [], None),
        ("Are both Ada Moor and Ben Moor poets?", [], None),
        ("Is Ada Moor a poet or a painter?", [], None),
        ("Is Ada Moor older than Ben?", [], None),
        ("Who was Ada Moor?", [], None),
        ("Is it a mill?", [], None),
        ("Was Ada Moor's wife a poet?", [], None),
        ("Is Ada Moor?", [], None),
        ("Will Moor was born in which city?", [], None),
        ("Will Moor had a role in which film?", ["Will Moor"], None),
        ("", [], None),
    ],
)
def test_a_question_of_yes_or_no_makes_a_statement(question, titles, said):
    found = statement(question, titles)
    assert (found and found[0]) == said


def test_the_verifier_decides_and_the_sentence_is_cited():
    reading = DecidingReader(silent, doubtful)("Was Ada Moor a poet?", [MILL, EMPTY, POET])
    assert (reading.answer, reading.confidence) == ("yes", 0.9)
    assert [citation.quote for citation in reading.citations] == ["Ada Moor was an English poet, born in Hull."]


def test_what_is_not_supported_is_denied():
    reading = DecidingReader(silent, doubtful)("Was Ada Moor a painter?", [POET])
    assert (reading.answer, reading.confidence) == ("no", 0.4)


def test_of_two_answers_the_one_comes_first_that_is_better_supported():
    def torn(_question, passages):
        at = passages[0].text
        told = [Citation.of(passages[0], at.index(word), at.index(word) + len(word)) for word in ("sea", "Hull")]
        return Reading("sea", 0.5, [told[0]], [Reading("Hull", 0.4, [told[1]])])

    def knowing(claim: Claim, passages):
        assert passages == [POET]
        return 0.9 if claim.answer == "Hull" else 0.2

    found = DecidingReader(torn, knowing)("Where was Ada Moor born?", [POET, MILL])
    assert (found.answer, found.confidence, [one.answer for one in found.others]) == ("Hull", 0.4, ["sea"])
    assert found.citations[0].quote == "Hull"
    sure = DecidingReader(lambda *asked: replace(torn(*asked), confidence=0.95), knowing)
    assert sure("Where was Ada Moor born?", [POET]).answer == "sea"


@pytest.mark.parametrize("question", ["Where was Ada Moor born?", "Was Zed Ix a poet?"])
def test_other_questions_and_unknown_things_are_the_readers(question):
    assert DecidingReader(silent, doubtful)(question, [POET, MILL]) == Reading("a span", 0.4)


def test_a_passage_names_a_thing_in_its_title():
    assert naming("Ada Moor", [MILL, POET, EMPTY]) == [POET]


def test_the_specialists_know_what_a_passage_says_and_what_it_denies():
    roles = specialists()
    said = roles.reader("Was Ada Moor an English poet?", [POET])
    denied = roles.reader("Was Ada Moor born in Paris?", [POET])
    assert (said.answer, denied.answer) == ("yes", "no")
    assert denied.confidence < said.confidence
    yes, no = (Claim("Was Ada Moor an English poet?", answer, said.citations) for answer in ("yes", "no"))
    assert roles.verifier(yes, [POET]) > 0.5 > roles.verifier(no, [POET])
