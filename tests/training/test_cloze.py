"""Questions made of linked passages: they ask along the link, the answer is marked, and no dev passage is used."""

import random

import pytest
from towers import write_rows

from agentic_rag.training.cloze import Entries, kind_of, linked_questions, stands_alone
from agentic_rag.training.data import SETS
from agentic_rag.types import Passage

FERRY = Passage(
    "f", "The Ferrywoman is a 1931 drama film that was directed by Ada Lindqvist and shot in Bergen.", "The Ferrywoman"
)
LINDQVIST = Passage(
    "l",
    'Ada Lindqvist (born 4 May 1887) was a Swedish director. She moved to Gothenburg in 1903 and won "The Oar".',
    "Ada Lindqvist",
)
KARLSEN = Passage(
    "k", "Nils Karlsen was a Norwegian director. He was paid 300 crowns by Ada Lindqvist.", "Nils Karlsen (director)"
)
OAR = Passage("o", "An oar moves a boat.", "The Oar")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (FERRY.text, "1931 drama film"),
        (LINDQVIST.text, "Swedish director"),
        (OAR.text, ""),
        ("Tyne is one of the rivers of the north.", "rivers"),
        ("Rowing was the Norwegian.", ""),
    ],
)
def test_the_first_sentence_says_what_its_subject_is(text, kind):
    assert kind_of(Passage("", text)) == kind


def test_a_passage_is_linked_to_those_that_it_names():
    known = Entries.of([FERRY, LINDQVIST, KARLSEN, OAR])
    assert [entry.name for entry in known.every] == ["The Ferrywoman", "Ada Lindqvist", "Nils Karlsen"]
    named = {(known.every[one].name, known.every[other].name) for one, other, _ in known.links}
    assert named == {("The Ferrywoman", "Ada Lindqvist"), ("Nils Karlsen", "Ada Lindqvist")}


def test_a_question_asks_along_the_link_and_names_neither_the_answer_nor_what_leads_to_it():
    known = Entries.of([FERRY, LINDQVIST, KARLSEN])
    [(one, other, place)] = [link for link in known.links if known.every[link[0]].passage is FERRY]
    made = [case for seed in range(60) if (case := known.chain(one, other, place, random.Random(seed)))]
    asked = {case.answers[0] for case in made}
    assert {"4 May 1887", "Gothenburg", "1903", "The Ferrywoman"} <= asked
    for case in made:
        [answer] = case.answers
        assert [passage.id for passage in case.passages] == ["f", "l"]
        assert {case.passages[part].text[start:end] for part, start, end in case.spans} == {answer}
        assert answer not in case.question
        assert "Lindqvist" not in case.question
        assert ("Ferrywoman" in case.question) == (answer != "The Ferrywoman")


def test_passages_of_dev_questions_are_left_out_and_another_seed_asks_otherwise(tmp_path):
    rows = [{"id": one.id, "title": one.title, "text": one.text} for one in (FERRY, LINDQVIST, KARLSEN)]
    for name in SETS:
        write_rows(tmp_path / name / "corpus.jsonl.gz", rows)
        write_rows(tmp_path / name / "dev.jsonl.gz", [{"gold": ["k"]}])
    asked = {
        seed: [case.question for case in linked_questions(tmp_path, 1, random.Random(seed)) if "both" not in case.question]
        for seed in range(12)
    }
    assert len({question for questions in asked.values() for question in questions}) > 3
    assert not any("Karlsen" in question for questions in asked.values() for question in questions)
    assert [case.question for case in linked_questions(tmp_path, 1, random.Random(3))] == asked[3]


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("He left Kentucky.", True),
        ("In Kentucky it rains.", True),
        ("Eastern Kentucky University", False),
        ("the Kentucky River", False),
        ("Kentucky-born", True),
        ("Kentuckyan", False),
    ],
)
def test_a_part_of_a_longer_name_links_nowhere(text, alone):
    start = text.index("Kentucky")
    assert stands_alone(text, start, start + len("Kentucky")) == alone
