"""Questions of yes and no: as many of either, and true of what the passages say."""

import random
import re

import pytest
from towers import write_corpora

from agentic_rag.training.cloze import Entry
from agentic_rag.training.polar import plural, polar_questions, predicates
from agentic_rag.types import Passage

NAMES = ["Ada Berg", "Bo Dahl", "Cai Eide", "Dag Foss", "Eli Gran", "Fay Holm"]
BRIDGES = ["Alm", "Brekke", "Carr", "Dover", "Esk", "Forth"]
PAINTERS = [
    Passage(
        name,
        f"{name} (born {number + 1} May {1900 + number}) was a {'Norwegian' if number < 3 else 'Swedish'} landscape painter"
        f"{' and sculptor' if number % 2 else ''}. {name} was born in {'Oslo' if number % 2 else 'Malmo'}.",
        name,
    )
    for number, name in enumerate(NAMES)
]
CROSSINGS = [
    Passage(
        name, f"{name} Bridge is a stone bridge in {'Fife' if number % 2 else 'Kent'}, Scotland. It is old.", f"{name} Bridge"
    )
    for number, name in enumerate(BRIDGES)
]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("polar")
    write_corpora(folder, [{"id": one.id, "title": one.title, "text": one.text} for one in PAINTERS + CROSSINGS])
    return folder


def asked(data, most=300, seed=1):
    return list(polar_questions(data, most, random.Random(seed)))


def test_half_of_the_questions_are_answered_by_yes(data):
    answers = [one.polar for one in asked(data)]
    assert abs(answers.count("yes") - answers.count("no")) <= 0.2 * len(answers)
    assert all(one.answers == [one.polar] and not one.spans for one in asked(data))


def test_both_are_what_the_passages_say(data):
    kinds = {"painter": "painter", "sculptor": "sculptor", "bridge": "bridge", "norwegian": "Norwegian", "swedish": "Swedish"}
    checked = 0
    for one in asked(data):
        if "/kind/" in one.id:
            wanted = [
                said for word, said in kinds.items() if word in one.question.lower().replace(" bridge", "", len(one.passages))
            ]
            wanted += ["bridge"] * bool(re.search(r"\b(?:stone )?bridges?(?:,|\?| both)", one.question))
            right = all(said in passage.text for said in wanted for passage in one.passages)
            checked += bool(wanted)
            assert not wanted or one.polar == ("yes" if right else "no"), one.question
    assert checked > 50


def test_what_one_says_of_itself_is_true_and_what_another_says_is_not(data):
    born = [one for one in asked(data) if re.match(r"(?:Was|Is) .* (?:born in|from) (?:Oslo|Malmo)\?", one.question)]
    assert {one.polar for one in born} == {"yes", "no"}
    for one in born:
        if len(one.passages) == 1:
            place = one.question.split()[-1].rstrip("?")
            assert (place in one.passages[0].text) == (one.polar == "yes")


def test_the_earlier_one_was_born_before_the_other(data):
    for one in asked(data):
        if "/birth/" in one.id and len(one.passages) == 2:
            first, second = (int(re.search(r"19\d\d", passage.text)[0]) for passage in one.passages)
            assert (first < second) == (one.polar == "yes")


def test_the_same_chance_asks_the_same(data):
    assert asked(data, 40) == asked(data, 40) != asked(data, 40, seed=2)


def test_no_passages_no_questions(tmp_path):
    write_corpora(tmp_path, [])
    assert asked(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ada is an American film director, producer and actor.", {
            "American film director", "film director", "director", "American director", "producer", "American producer", "actor",
            "American actor",
        }),
        ("Galega is a genus of flowering plants in the legume family.", {"flowering plant"}),
        ("The Mill is the oldest of the mills.", set()),
        ("The Mill is a mill owned by Ben.", {"mill"}),
        ("The Mill was built in 1902.", set()),
    ],
)  # fmt: skip
def test_what_a_first_sentence_says_of_its_subject(text, said):
    assert {one.one for one in predicates(Entry(Passage("p", text), "", ""))} == said


@pytest.mark.parametrize(
    ("one", "several"),
    [("film director", "film directors"), ("city", "cities"), ("actress", "actresses"), ("stuntwoman", "stuntwomen"),
     ("television series", "television series"), ("church", "churches"), ("railway", "railways")],
)  # fmt: skip
def test_several_of_a_kind(one, several):
    assert plural(one) == several
