"""Each prompted role: what it asks, and what it makes of good, odd and bad replies."""

import json

import pytest

from agentic_rag.budget import Meter
from agentic_rag.prompted import PromptedGrader, PromptedPlanner, PromptedReader, PromptedVerifier
from agentic_rag.prompted.quoting import located
from agentic_rag.testing import PASSAGES, STRANGE, ScriptedModel
from agentic_rag.types import Budget, Claim, Passage, Plan, Reading, Reply, SubQuestion

BRIDGE, ARCHITECT, *_ = PASSAGES
SUBAGENTS = {"words": "names", "meaning": "descriptions"}


def says(value) -> ScriptedModel:
    return ScriptedModel([json.dumps(value)])


def remarks_of(part, *args) -> tuple[object, list[str]]:
    meter = Meter(Budget())
    value = meter.attempt("role", part, *args, default=None)
    assert meter.notes == []
    return value, meter.remarks


def test_a_plan_has_only_known_subagents_and_at_most_four_lines():
    lines = [
        {"text": "Who designed  Saltgate Bridge?", "subagent": "words"},
        {"text": "Where was #1 born?", "subagent": "oracle"},
    ]
    model = says({"sub_questions": [*lines, {"text": ""}], "combine": "last"})
    assert PromptedPlanner(model)("Where was its designer born?", SUBAGENTS) == Plan(
        [SubQuestion(1, "Who designed Saltgate Bridge?", "words"), SubQuestion(2, "Where was #1 born?", "words")], "last"
    )
    assert model.schemas[0]["properties"]["sub_questions"]["items"]["properties"]["subagent"]["enum"] == ["words", "meaning"]
    assert len(PromptedPlanner(says({"sub_questions": ["a"] * 9}))("Why?", SUBAGENTS).sub_questions) == 4
    assert PromptedPlanner(says({"sub_questions": ["a"], "combine": "vote"}))("Why?", SUBAGENTS).combine == "read"
    gap = PromptedPlanner(says({"sub_questions": ["", "Who is she?", "When was #2 born?"]}))("Why?", SUBAGENTS)
    assert [(line.id, line.text) for line in gap.sub_questions] == [(2, "Who is she?"), (3, "When was #2 born?")]
    assert PromptedPlanner(ScriptedModel([]))("Why?", {}).sub_questions == []


def test_a_comparison_says_what_each_answer_is_about_and_steps_on_the_way_do_not():
    lines = [
        {"text": "Who designed Saltgate Bridge?", "subagent": "words", "about": "Saltgate Bridge"},
        {"text": "When was #1 born?", "subagent": "words", "about": " Saltgate  Bridge"},
        {"text": "How old is Loomgate Bridge?", "subagent": "words", "about": None},
    ]
    plan = PromptedPlanner(says({"sub_questions": lines, "combine": "lowest"}))("Which is older?", SUBAGENTS)
    assert (plan.combine, [line.about for line in plan.sub_questions]) == ("lowest", ["", "Saltgate Bridge", ""])


def test_an_answer_that_a_line_break_divides_is_found():
    passage = Passage("p", "It was built by Anna\nMaria Lind in 1748. It is long.")
    reading = PromptedReader(says({"answer": "Anna Maria Lind", "quotes": []}))("Who built it?", [passage])
    assert (reading.answer, [citation.quote for citation in reading.citations]) == (
        "Anna Maria Lind",
        ["It was built by Anna\nMaria Lind in 1748."],
    )


def test_grades_come_in_the_order_of_the_passages_several_with_one_call():
    model = ScriptedModel(['{"helps": ["yes", "no"]}', '{"helps": [true, false]}'])
    assert PromptedGrader(model, batch=2)("How long?", PASSAGES) == [0.9, 0.1, 0.9, 0.1]
    assert len(model.asked) == 2
    assert "[2] Maren Tolquist: Maren Tolquist was an architect." in model.asked[0]
    assert "Loomgate" not in model.asked[0]


def test_too_few_grades_are_asked_for_again():
    model = ScriptedModel(['{"helps": ["yes"]}', '{"helps": ["no", "yes", "no", "no"]}'])
    assert PromptedGrader(model)("How long?", PASSAGES) == [0.1, 0.9, 0.1, 0.1]
    assert "there were 1 verdicts for 4 passages" in model.asked[1]


def test_an_answer_cites_what_it_quotes_at_its_place():
    quote = "she was born in 1748\nin Ashmarrow"
    found = PromptedReader(says({"answer": "1748", "quotes": [quote]}))("When was she born?", PASSAGES)
    assert found.answer == "1748"
    [citation] = found.citations
    assert (citation.passage_id, citation.quote) == ("tolquist", "She was born in 1748 in Ashmarrow")
    assert ARCHITECT.text[citation.start : citation.end] == citation.quote


def test_the_confidence_is_that_of_the_tokens():
    said = Reply('{"answer": "1748", "quotes": []}', output_tokens=4, logprob=-0.4)
    assert PromptedReader(ScriptedModel([said]))("When?", PASSAGES).confidence == pytest.approx(0.9048, abs=1e-4)


def test_a_quote_that_stands_nowhere_is_dropped_and_counted():
    made_up = {"answer": "1748", "quotes": ["She was born on a ship in the year of the comet.", "born in 1748"]}
    found, remarks = remarks_of(PromptedReader(says(made_up)), "When?", PASSAGES)
    assert [citation.quote for citation in found.citations] == ["born in 1748"]
    assert remarks == [
        "reader: a quote that stands in no passage was dropped: 'She was born on a ship in the year of the comet.'"
    ]


def test_an_answer_that_stands_nowhere_is_no_answer():
    found, remarks = remarks_of(PromptedReader(says({"answer": "1999", "quotes": []})), "When?", PASSAGES)
    assert found == Reading()
    assert remarks == ["reader: '1999' was dropped, because no quote for it stands in the passages"]
    [citation] = PromptedReader(says({"answer": "212 metres", "quotes": []}))("How long?", PASSAGES).citations
    assert citation.quote == "It is 212 metres long."


@pytest.mark.parametrize(("answer", "quote"), [("yes", "yes"), ("no", ""), ("No.", "no"), ("1748", "1748")])
def test_a_word_inside_another_and_a_no_about_something_else_are_no_evidence(answer, quote):
    unrelated = [Passage("fog", "Her eyes saw no bridge. House 31748 is lit.")]
    assert PromptedReader(says({"answer": answer, "quotes": [quote]}))("Is it open?", unrelated) == Reading()


def test_a_long_question_is_shown_to_its_end():
    model = says({"answer": "", "quotes": []})
    PromptedReader(model)(f"{'Well, ' * 500}how long is it?", PASSAGES)
    assert "how long is it?" in model.asked[0]


@pytest.mark.parametrize("yes", ["yes", True])
def test_a_yes_with_a_quote_is_an_answer(yes):
    found = PromptedReader(says({"answer": yes, "quotes": ["It is 212 metres long."]}))("Is it longer than 200 m?", PASSAGES)
    assert (found.answer, [one.quote for one in found.citations]) == ("yes", ["It is 212 metres long"])


@pytest.mark.parametrize("answer", ["", "None", "unknown.", None, "I don't know"])
def test_no_answer_is_a_reading_too(answer):
    assert PromptedReader(says({"answer": answer, "quotes": []}))("Who paid?", PASSAGES) == Reading()


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Saltgate bridge was designed by Maren Tolquist", "Saltgate Bridge was designed by Maren Tolquist"),
        ("“It is 212 metres long.”", "It is 212 metres long"),
        ("Saltgate Bridge was desinged by Maren Tolquist", "Saltgate Bridge was designed by Maren Tolquist"),
        ("Saltgate Bridge was painted by nobody at all", None),
        ("Saltgate Bridge was designed by Karen Tolquist", None),
        ("Saltgate Bridge was desinged by Maren Tolquist in 1748", None),
        ("She was born in 1749 in Ashmarrow", None),
        ("Saltgate Bridge was not designed by Maren Tolquist", None),
        ("Saltgate Bridge was designed by ... 212 metres", "Saltgate Bridge was designed by"),
        ("Saltgate Bridge was designed by Piet Tolquist, as all the town knew", None),
        ("Saltgate Bridge was designed by Piet Tolquist", None),
        ("She was bo ...", None),
        ("She ... in 1749", None),
        ("212 meters", None),
        ("12 metres", None),
        ("", None),
        ("...", None),
    ],
)
def test_a_quote_is_found_but_for_case_space_and_a_slip(quote, found):
    citation = located(quote, PASSAGES)
    assert (citation and citation.quote) == found


@pytest.mark.parametrize(
    ("verdict", "logprob", "support"),
    [("supported", -0.1, 0.905), ("contradicted", -0.1, 0.048), ("unclear", None, 0.075), ("supported", None, 0.85)],
)
def test_support_is_the_probability_of_supported(verdict, logprob, support):
    model = ScriptedModel([Reply(json.dumps({"verdict": verdict}), logprob=logprob)])
    claim = Claim("When was she born?", "1748", [])
    assert PromptedVerifier(model)(claim, PASSAGES) == pytest.approx(support, abs=1e-3)


def test_nothing_supports_a_claim_without_evidence():
    assert PromptedVerifier(ScriptedModel([]))(Claim("", "It is long.", []), [Passage("e", " ")]) == 0.0


def test_passages_are_cut_to_the_context_and_it_is_said():
    long = [Passage(str(number), "word " * 300, "Long") for number in range(3)]
    model = ScriptedModel(['{"answer": "", "quotes": []}'], context=800)
    found, remarks = remarks_of(PromptedReader(model), "What?", long)
    assert found == Reading()
    assert remarks == [
        "passage 2 of 3 was cut to fit into the prompt",
        "1 of 3 passages did not fit into the prompt",
    ]
    assert len(model.asked[0].split()) <= 800 - 200


def test_a_short_quote_in_a_script_without_spaces_is_found():
    citation = located("东京", [Passage("tokyo", "他住在东京都。")])
    assert citation.quote == "东京"


def test_a_grader_is_asked_only_of_passages_that_it_is_shown():
    model = ScriptedModel(['{"helps": ["yes", "no", "yes"]}'], context=450)
    long = [Passage(str(number), "word " * 140) for number in range(4)]
    assert remarks_of(PromptedGrader(model), "What?", long) == (
        [0.9, 0.1, 0.9, 0.1],
        ["passage 3 of 4 was cut to fit into the prompt", "1 of 4 passages did not fit into the prompt"],
    )
    assert model.schemas[0]["properties"]["helps"]["maxItems"] == 3


@pytest.mark.parametrize("text", STRANGE)
def test_strange_questions_and_passages_change_nothing_but_the_prompt(text):
    strange = [Passage("s", text, text[:20])]
    assert 0 <= PromptedVerifier(says({"verdict": "unclear"}))(Claim(text, "x", []), strange) < 0.5
    assert PromptedReader(says({"answer": "", "quotes": []}))(text, strange) == Reading()
    assert PromptedGrader(says({"helps": ["no"]}))(text, strange) == [0.1]
