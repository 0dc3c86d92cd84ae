import shutil

import numpy as np
import pytest
import torch
from towers import write_corpora, write_rows

from agentic_rag.baselines.planner import TrainingFreePlanner
from agentic_rag.specialists.network import Adapted
from agentic_rag.specialists.planner import KINDS, SpanPlanner
from agentic_rag.store import Store
from agentic_rag.training.alignment import sides, unfolded
from agentic_rag.training.data import Answered
from agentic_rag.training.loop import Example, fit
from agentic_rag.training.planner import THRESHOLDS, Marks, PlannerRecipe, labelled, merged, paired, states
from agentic_rag.training.reaching import Reach, Reached, headroom, written
from agentic_rag.training.relations import Question
from agentic_rag.training.settings import Settings
from agentic_rag.types import Hit, Passage, Plan, Reading, SubQuestion

NAMES = ["Blue Boats", "Red Kites", "Old Bridge", "Tall Trees", "White Sails", "Dark Water"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A few questions in the format of each file."""
    folder = tmp_path_factory.mktemp("data")
    chains = [
        {
            "id": name,
            "question": f"Where was the painter of {name} born?",
            "steps": [f"{name} >> painter", "#1 >> place of birth"],
            "source": "musique",
            "type": "2hop",
            "decomposition": [
                {"question": f"{name} >> painter", "answer": "Ada Fern"},
                {"question": "#1 >> place of birth", "answer": "Utrecht"},
            ],
            "gold": ["boats", "fern"],
            "evidences": [[name, "painter", "Ada Fern"], ["Ada Fern", "place of birth", "Utrecht"]],
        }
        for name in NAMES
    ]
    write_rows(folder / "musique/decompositions.jsonl.gz", chains)
    write_rows(folder / "musique/train.jsonl.gz", chains[:1])
    write_rows(folder / "musique/dev.jsonl.gz", chains[:2])
    write_rows(folder / "2wiki/dev.jsonl.gz", [{key: chains[0][key] for key in ("id", "question", "evidences", "gold")}])
    pairs = [
        {
            "id": name,
            "question": f"Which film came out first, {name} or Long Lake?",
            "steps": [f"When did {name} come out?", "When did Long Lake come out?"],
            "source": "2wiki",
            "type": "comparison",
        }
        for name in NAMES
    ]
    write_rows(folder / "decomposition/2wiki_qa_pairs.jsonl.gz", pairs)
    write_rows(folder / "decomposition/break_hl.jsonl.gz", [])
    write_rows(folder / "decomposition/break_qdmr.jsonl.gz", [])
    write_rows(
        folder / "hotpotqa/train.jsonl.gz", [{"id": "h", "question": "Are Ada Fern and Ben Moss painters?", "type": "comparison"}]
    )
    simple = [{"question": f"when was {name} painted", "type": "single", "source": "nq_qed", "split": "train"} for name in NAMES]
    write_corpora(folder)
    write_rows(folder / "routing/questions.jsonl.gz", [*simple, {**simple[0], "split": "dev"}])
    return folder


@pytest.fixture(scope="module")
def recipe(base, data):
    return PlannerRecipe(data, base.tokenizer)


def shown(states):
    return [f"{s.text[: s.span[0]]}[{s.text[slice(*s.span)]}]{s.text[s.span[1] :]}" if s.span else s.text for s in states]


@pytest.mark.parametrize(
    ("question", "steps", "states"),
    [
        (
            "Who is the spouse of the Green performer?",
            ["Green >> performer", "#1 >> spouse"],
            ["Who is the spouse of [the Green performer]?", "Who is the spouse of #1?"],
        ),
        (
            "Who founded the company that distributed the film UHF?",
            ["UHF >> distributed by", "#1 >> founded by"],
            ["Who founded [the company that distributed the film UHF]?", "Who founded #1?"],
        ),
        (
            "Which mills are in the state that borders the east of the state where Hello's singer lived in when he died?",
            ["Hello >> singer", "What city did #1 live when he died?", "Which state borders #2 to the east?", "mills in #3"],
            [
                "Which mills are in the state that borders the east of the state where [Hello's singer] lived in when he died?",
                "Which mills are in the state that borders the east of [the state where #1 lived in when he died]?",
                "Which mills are in [the state that borders the east of #2]?",
                "Which mills are in #3?",
            ],
        ),
        (
            "When did [?",
            ["Green >> performer", "#1 >> spouse"],
            [],
        ),
    ],
)
def test_a_decomposition_is_found_in_its_question(question, steps, states):
    assert shown(unfolded(question, steps)) == states


def test_independent_steps_are_taken_in_the_order_of_the_question():
    states = unfolded(
        "When was the last time the team that Ada Fern was a member of beat the winner of the 1901 Mill Cup?",
        ["1901 Mill Cup >> winner", "Ada Fern >> member of sports team", "when was the last time #2 beat #1"],
    )
    assert [s.text[slice(*s.span)] for s in states[:2]] == [
        "the team that Ada Fern was a member of",
        "the winner of the 1901 Mill Cup",
    ]
    assert states[2].text == "When was the last time #1 beat #2?"


def test_a_step_that_the_question_does_not_name_is_not_guessed():
    assert unfolded("In which district was Ada Fern born?", ["Ada Fern >> place of birth", "#1 >> located in the district"]) == []
    assert unfolded("Who is she?", []) == unfolded("Who is she?", ["who is she"]) == []


@pytest.mark.parametrize(
    ("question", "steps", "names"),
    [
        ("Who is older, Ada Fern or Ben Fern?", ("how old is Ada Fern", "how old is Ben Fern"), ["Ada Fern", "Ben Fern"]),
        ("Are Boats (Film) and The Visit old?", ("Is The Visit old?", "Is Boats (film) old?"), ["Boats (Film)", "The Visit"]),
        ("Who is older, Ada or she?", ("how old is Ada", "how old is Ben"), []),
    ],
)
def test_the_two_things_of_parallel_steps_are_found(question, steps, names):
    assert [question[slice(*span)] for span in sides(question, *steps)] == names


def test_a_first_step_that_only_names_a_thing_is_merged():
    assert merged(["Dune", "author of #1", "where #2 lives"]) == ["author of Dune", "where #1 lives"]


def test_arithmetic_on_a_passage_is_no_plan():
    assert (
        labelled({"question": "How many more?", "steps": ["a", "b", "#1 - #2"], "source": "break_hl/DROP", "operators": []}) == []
    )


def test_two_conditions_are_an_intersection():
    row = {"question": "Which mill is old and high?", "steps": ["old mill", "#1 that is high"], "source": "break_hl/CWQ"}
    [planned] = labelled({**row, "operators": ["select", "filter"]})
    assert (planned.kind, planned.spans) == ("intersection", [])


def test_examples_point_to_the_tokens_of_their_spans(recipe):
    examples = recipe.examples(0)
    kinds = [KINDS[example.label.kind] for example in examples]
    assert {kind: kinds.count(kind) for kind in KINDS} == {"single": 13, "chain": 7, "comparison": 7, "intersection": 0}
    chain = recipe.example(recipe.decomposed[0])
    start, end = (chain.row.spans[at] for at in chain.label.places)
    assert recipe.decomposed[0].text[start[1] : end[2]] == "the painter of Blue Boats"
    assert [example.row.ids for example in recipe.examples(0)] == [example.row.ids for example in examples]


def test_a_question_on_which_kinds_are_measured_is_never_trained_on(base, data, tmp_path):
    shutil.copytree(data, tmp_path, dirs_exist_ok=True)
    [first, *_] = PlannerRecipe(tmp_path, base.tokenizer).decomposed
    write_rows(tmp_path / "routing/questions.jsonl.gz", [{"question": first.text.upper(), "label": "complex", "split": "dev"}])
    assert first.text not in {one.text for one in PlannerRecipe(tmp_path, base.tokenizer).decomposed}


def test_the_loss_is_low_where_the_heads_are_right(recipe):
    examples = [recipe.example(planned) for planned in recipe.decomposed[:2]]
    width = max(len(example.row) for example in examples)
    tokens, pooled = torch.zeros(2, width, 4), torch.zeros(2, len(KINDS))
    blind = recipe.loss(tokens, pooled, examples)
    for index, example in enumerate(examples):
        pooled[index, example.label.kind] = 30
        for head, at in enumerate(example.label.places):
            tokens[index, at, head] = 30
    assert recipe.loss(tokens, pooled, examples) < 0.01 < blind
    kind_only = [Example(examples[0].row, Marks(0, []))]
    assert recipe.loss(tokens[:1], torch.zeros(1, len(KINDS)), kind_only) == pytest.approx(np.log(len(KINDS)), abs=1e-3)


def test_a_planner_learns_from_a_handful_and_is_judged(recipe, base, tmp_path):
    settings = Settings(epochs=12, rank=8, rate=3e-3, heads_rate=1e-2, batch=512)
    fit(recipe, base, tmp_path, settings)
    (tmp_path / "card.json").write_text("{}")
    plan = SpanPlanner(Adapted(base, tmp_path))("Where was the painter of Long Lake born?", {"docs": ""})
    assert [line.text for line in plan.sub_questions] == ["Who was the painter of Long Lake?", "Where was #1 born?"]
    assert 0 <= recipe.score(Adapted(base, tmp_path)) <= 1
    judged = recipe.judge(Adapted(base, tmp_path))
    assert judged.figures["kind_accuracy_routing_dev"].mean == 1
    assert judged.figures["first_span_exact_musique_dev"].n == 2
    assert judged.calibration == {}


@pytest.fixture(scope="module")
def stores(base, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    passages = [
        Passage("boats", "Blue Boats is a painting by Ada Fern.", "Blue Boats"),
        Passage("fern", "She came into the world in Utrecht.", "Ada Fern"),
        *(Passage(f"p{n}", f"Where was the painter of number {n} born?", f"Number {n}") for n in range(40)),
    ]
    for name in ("2wiki", "musique"):
        with Store.create(folder / name, base.encoder) as store:
            store.index(passages)
    return folder


class Scripted:
    def __init__(self, *texts):
        self.texts = texts

    def __call__(self, question, subagents):
        return Plan([SubQuestion(number, text, "docs") for number, text in enumerate(self.texts, 1)])


class Ranked:
    """Finds the passages whose title is in the query, and then others."""

    def search(self, query, k):
        known = [Passage("boats", "", "Blue Boats"), Passage("fern", "", "Ada Fern")]
        others = [Passage(f"p{n}", "", "") for n in range(40)]
        found = [passage for passage in known if passage.title in query] + others
        return [Hit(passage, rank, 1.0, "ranked") for rank, passage in enumerate(found[:k], 1)]


ROW = {
    "question": "Where was the painter of Blue Boats born?",
    "gold": ["boats", "fern"],
    "evidences": [["Blue Boats", "painter", "Ada Fern"], ["Ada Fern", "place of birth", "Utrecht"]],
}


def test_a_plan_is_followed_with_the_answers_of_the_written_steps():
    reach = Reach([ROW], Ranked())
    plan = Scripted("Who is the painter of Blue Boats?", "Where was #1 born?")
    assert reach(plan) == [Reached(1.0, 0.0, 1.0)]
    assert reach(Scripted(ROW["question"])) == [Reached(0.0, 0.0, 1.0)]
    assert reach(Scripted("What colour is the sky?", "Where was #1 born?")) == [Reached(0.0, 0.0, 1.0)]
    assert reach(TrainingFreePlanner()) == [Reached(1.0, 0.0, 1.0)]


def test_a_plan_is_followed_with_what_the_reader_says():
    plan = Scripted("Who is the painter of Blue Boats?", "Where was #1 born?")
    assert Reach([ROW], Ranked(), lambda question, passages: Reading("Ada Fern"))(plan) == [Reached(1.0, 0.0, 1.0)]
    assert Reach([ROW], Ranked(), lambda question, passages: Reading("Ben"))(plan) == [Reached(0.0, 0.0, 1.0)]
    assert Reach([ROW], Ranked(), lambda question, passages: Reading())(plan) == [Reached(0.0, 0.0, 1.0)]


def test_the_reader_is_shown_what_the_grader_puts_first():
    shown: list[list[str]] = []

    def reads(question, passages):
        shown.append([passage.id for passage in passages])
        return Reading("Ada Fern")

    def prefers_late_ones(question, passages):
        return [float(at) for at in range(len(passages))]

    plan = Scripted("Who is the painter of Blue Boats?", "Where was #1 born?")
    Reach([ROW], Ranked(), reads)(plan)
    Reach([ROW], Ranked(), reads, prefers_late_ones)(plan)
    found = [passage.id for passage in Reach([ROW], Ranked()).search("Who is the painter of Blue Boats?")[:10]]
    assert shown == [found[:3], found[::-1][:3]]


def made(question: str, link: str) -> Question:
    return Question(Answered("", question, []), link)


@pytest.mark.parametrize(
    ("question", "link", "shown_as"),
    [
        ("When was Blue Boats painted?", "", ["When was Blue Boats painted?"]),
        (
            "Where was the painter of Blue Boats born?",
            "the painter of Blue Boats",
            ["Where was [the painter of Blue Boats] born?", "Where was #1 born?"],
        ),
        ("The painter of X died when?", "the painter of X", ["[The painter of X] died when?", "#1 died when?"]),
        (
            "Who is the paternal grandfather of Ada Fern?",
            "the father of Ada Fern",
            ["Who is the father of [the father of Ada Fern]?", "Who is the father of #1?"],
        ),
    ],
)
def test_a_question_made_of_passages_has_its_link_for_a_description(question, link, shown_as):
    found = states(made(question, link))
    assert [
        f"{s.text[: s.spans[0][0]]}[{s.text[slice(*s.spans[0])]}]{s.text[s.spans[0][1] :]}" if s.spans else s.text for s in found
    ] == (shown_as)


def test_a_made_comparison_has_its_two_things_unless_one_is_told_twice():
    found = paired("Which is older, Blue Boats or Red Kites?", ["Blue Boats", "Red Kites"])
    assert found
    assert [found.text[slice(*span)] for span in found.spans] == ["Blue Boats", "Red Kites"]
    assert paired("Which is older, Boats or Blue Boats?", ["Boats", "Blue Boats"]) is None


def test_written_steps_are_filled_with_their_answers():
    steps = [{"question": "Boats >> painter", "answer": "Ada"}, {"question": "where was #1 born", "answer": "Utrecht"}]
    assert [step.text for step in written({"decomposition": steps})] == ["Boats painter", "where was Ada born"]


def test_headroom_is_the_share_of_what_can_be_gained():
    assert headroom(np.array([[1, 0, 1], [0, 0, 1.0]])) == 0.5
    assert headroom(np.array([[1, 1, 1.0]])) == 0.0


def test_the_judge_follows_the_plans_and_sets_the_threshold(recipe, base, stores, tmp_path):
    fit(recipe, base, tmp_path, Settings(epochs=1, rank=4, batch=512))
    (tmp_path / "card.json").write_text("{}")
    judged = PlannerRecipe(recipe.data, recipe.tokenizer, stores=stores, questions=2).judge(Adapted(base, tmp_path))
    assert judged.calibration["threshold"] in THRESHOLDS
    assert {name for name in judged.figures if "musique" in name} == {
        "first_span_exact_musique_dev",
        "reached_plan_musique_dev",
        "reached_single_musique_dev",
        "reached_written_musique_dev",
        "headroom_musique_dev",
    }
