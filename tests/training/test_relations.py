"""Questions about what passages say in a set form: the value is marked, others say the same, and links lead on."""

import random

import pytest
from towers import write_corpora

from agentic_rag.phrasing import spelled_kinship
from agentic_rag.text import bare_title
from agentic_rag.training.cloze import Entries
from agentic_rag.training.facts import facts
from agentic_rag.training.own import made_cases
from agentic_rag.training.relations import Told, compared_pairs, relation_questions
from agentic_rag.training.router import made_of_passages
from agentic_rag.types import Passage

FERRY = Passage(
    "f",
    "The Ferrywoman is a 1931 Norwegian drama film directed by Ada Lindqvist and starring Nils Karlsen.",
    "The Ferrywoman (film)",
)
LINDQVIST = Passage(
    "l",
    "Ada Lindqvist (4 May 1887 – 2 June 1960) was a Swedish film director. She was born in Gothenburg. She was the daughter of "
    "Per Lindqvist, a pilot. Her brother died in Malmö.",
    "Ada Lindqvist",
)
PER = Passage(
    "p",
    "Per Lindqvist (born 1850) was a Finnish pilot. He was a son of Olof Lindqvist, and died in Turku in 1902.",
    "Per Lindqvist",
)
KARLSEN = Passage(
    "k",
    "Nils Karlsen (born August 1890) was a Norwegian actor who was educated at Hill School. He died of fever.",
    "Nils Karlsen",
)
BRYGGE = Passage(
    "b", "Brygge is a village in Strand Municipality, Rogaland, Norway. It was founded in 1702 by Olav Brygge.", "Brygge"
)
RIVAL = Passage("r", "The Oarswoman is a 1935 film directed by Per Lindqvist.", "The Oarswoman")
EVERYTHING = [FERRY, LINDQVIST, PER, KARLSEN, BRYGGE, RIVAL]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder whose corpora have these passages."""
    folder = tmp_path_factory.mktemp("data")
    write_corpora(folder, [{"id": passage.id, "title": passage.title, "text": passage.text} for passage in EVERYTHING])
    return folder


def said(passage: Passage) -> dict[str, str]:
    [entry] = Entries.of([passage]).every
    return {fact.relation: passage.text[fact.start : fact.end] for fact in facts(entry)}


def test_a_passage_on_a_person_says_of_its_subject_alone():
    assert said(LINDQVIST) == {
        "country": "Swedish",
        "occupation": "film director",
        "birth": "4 May 1887",
        "death": "2 June 1960",
        "life": "4 May 1887 – 2 June 1960",
        "birthplace": "Gothenburg",
        "father": "Per Lindqvist",
    }


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        (FERRY, {"release": "1931", "country": "Norwegian", "director": "Ada Lindqvist", "star": "Nils Karlsen"}),
        (KARLSEN, {"education": "Hill School", "cause of death": "fever", "birth": "August 1890", "occupation": "actor"}),
        (BRYGGE, {"place": "Strand Municipality", "land": "Norway", "beginning": "1702"}),
        (PER, {"father": "Olof Lindqvist", "death place": "Turku"}),
    ],
)
def test_a_passage_says_what_it_says(passage, expected):
    found = said(passage)
    assert {relation: found.get(relation) for relation in expected} == expected


def test_a_state_is_no_country():
    assert "land" not in said(Passage("o", "Otis is a town in Berkshire County, Massachusetts.", "Otis"))
    assert "land" not in said(Passage("h", "Headingley is a suburb in Leeds, West Yorkshire.", "Headingley"))
    assert "country" not in said(Passage("n", "Ann Lee is a New Mexico politician.", "Ann Lee"))
    assert said(Passage("i", "Ida Wells was an African American journalist.", "Ida Wells"))["country"] == "American"


@pytest.fixture(scope="module")
def told() -> Told:
    return Told.of(Entries.of(EVERYTHING))


def test_a_single_question_names_its_subject_and_not_the_answer(told):
    made = [told.single(random.Random(seed)) for seed in range(200)]
    assert not any(one.link for one in made)
    for one in made:
        [passage], [(_, start, end)] = one.case.passages, one.case.spans
        assert one.case.answers == [passage.text[start:end]]
        assert bare_title(passage.title).lower() in one.case.question.lower()
        assert passage not in one.case.others
    assert len({one.case.question for one in made}) > 50


def test_the_others_say_the_same_of_another_subject(told):
    made = [told.single(random.Random(seed)) for seed in range(300)]
    directed = [one for one in made if one.case.id.endswith(".director")]
    beside = {other.id for one in directed for other in one.case.others}
    assert directed
    assert beside == {"f", "r"}


def test_a_chain_goes_on_to_the_passage_of_what_it_found(told):
    made = [told.chain(random.Random(seed)) for seed in range(300)]
    ways = {tuple(passage.id for passage in one.case.passages) for one in made}
    assert ways == {("f", "l"), ("f", "k"), ("r", "p"), ("l", "p")}
    for one in made:
        assert one.link.lower() in spelled_kinship(one.case.question).lower()
        assert one.case.spans[0][0] == 1
        assert bare_title(one.case.passages[1].title) not in one.case.question


def test_two_steps_of_kin_have_a_name(told):
    grandfathers = {
        one.case.answers[0] for seed in range(300) if "grandfather" in (one := told.chain(random.Random(seed))).case.question
    }
    assert grandfathers == {"Olof Lindqvist"}


def test_two_things_of_one_kind_are_compared():
    films = [
        Passage(str(n), f"The {name} is a 1931 film.", f"The {name}")
        for n, name in enumerate(["Oar", "Mast", "Sail", "Keel"] * 6)
    ]
    told = Told.of(Entries.of([Passage(p.id, p.text, f"{p.title} {p.id}") for p in films]))
    for seed in range(40):
        question, [one, other] = told.pair(random.Random(seed))
        assert one in question
        assert other in question
        assert one != other


def test_a_folder_gives_as_many_as_are_asked_for_and_other_ones_by_chance(data):
    first, again, other = ([one.case.question for one in relation_questions(data, 20, random.Random(seed))] for seed in (1, 1, 2))
    assert len(first) == 20
    assert first == again != other


def test_passages_that_say_nothing_give_no_questions(tmp_path):
    write_corpora(tmp_path, [{"id": "o", "title": "Oar", "text": "Rowing is hard."}])
    assert not list(relation_questions(tmp_path, 5, random.Random(0)))
    assert not list(compared_pairs(tmp_path, 5, random.Random(0)))


def test_for_the_router_one_passage_is_simple_and_two_are_complex(data):
    found = made_of_passages(data)
    assert {(one.complex, one.type) for one in found} == {(False, "single"), (True, "bridge")}


def test_for_the_verifier_some_have_nothing_that_answers_them(data):
    cases = list(made_cases(data, random.Random(0), 60))
    absent = [case for case in cases if not case.answers]
    assert 5 < len(absent) < 30
    assert not any(case.spans for case in absent)
    assert all(case.spans for case in cases if case.answers)
