from __future__ import annotations

import pytest

from agentic_rag.interfaces import Roles

AGENTS = {"first": "encyclopedia", "second": "news"}


@pytest.mark.parametrize(
    ("question", "combine", "texts"),
    [
        ("Which is longer, X Bridge or Y Bridge?", "highest", ["How long is X Bridge?", "How long is Y Bridge?"]),
        ("Who was born earlier, Ann Lee or Bo Ray?", "lowest", ["When was Ann Lee born?", "When was Bo Ray born?"]),
        ("Who is younger, Ann Lee or Bo Ray?", "highest", ["When was Ann Lee born?", "When was Bo Ray born?"]),
        (
            "Which film came out first Red Dust or Blue Sky?",
            "lowest",
            ["When did Red Dust come out?", "When did Blue Sky come out?"],
        ),
        ("Was Ann Lee or Bo Ray born first?", "lowest", ["When was Ann Lee born?", "When was Bo Ray born?"]),
        (
            "Which flood claimed more lives, the Red Flood or the Blue Flood?",
            "highest",
            ["How many lives did the Red Flood claim?", "How many lives did the Blue Flood claim?"],
        ),
        (
            "Is X Bridge older than Y Bridge?",
            "lower",
            ["When was X Bridge born, built, founded or opened?", "When was Y Bridge born, built, founded or opened?"],
        ),
        ("Is the Ull longer than the Ness?", "higher", ["How long is the Ull?", "How long is the Ness?"]),
        (
            "Did Ann Lee and Bo Ray go to the same school?",
            "same",
            ["Which school did Ann Lee go to?", "Which school did Bo Ray go to?"],
        ),
        (
            "Do Ann Lee and Bo Ray share the same nationality?",
            "same",
            ["What is the nationality of Ann Lee?", "What is the nationality of Bo Ray?"],
        ),
        ("Were Ann Lee and Bo Ray both born in Hythe?", "both", ["Was Ann Lee born in Hythe?", "Was Bo Ray born in Hythe?"]),
        ("Which city is on a river, Ulm or Bern?", "highest", ["Is Ulm on a river?", "Is Bern on a river?"]),
    ],
)
def test_a_comparison_asks_the_same_of_each_side(roles: Roles, question: str, combine: str, texts: list[str]) -> None:
    plan = roles.planner(question, AGENTS)
    assert (plan.combine, [sub.text for sub in plan.sub_questions]) == (combine, texts)
    assert all(sub.about and sub.about in sub.text and not sub.depends_on for sub in plan.sub_questions)


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        (
            "In which year was the architect of X Bridge born?",
            ["Who was the architect of X Bridge?", "In which year was #1 born?"],
        ),
        ("How long is the river that flows under X Bridge?", ["Which river flows under X Bridge?", "How long is #1?"]),
        ("Where did X Bridge's designer study?", ["Who was X Bridge's designer?", "Where did #1 study?"]),
        (
            "Who taught the artist who painted the Moor Hall murals?",
            ["Which artist painted the Moor Hall murals?", "Who taught #1?"],
        ),
        (
            "Whom did the botanist who first described the Moor thistle marry?",
            ["Which botanist first described the Moor thistle?", "Whom did #1 marry?"],
        ),
        ("When was the company founded by Ann Lee sold?", ["Which company was founded by Ann Lee?", "When was #1 sold?"]),
        (
            "What did the father of the composer of the Song of Salt do?",
            ["Who was the composer of the Song of Salt?", "Who was the father of #1?", "What did #2 do?"],
        ),
        ("Who is Ann Lee's maternal grandfather?", ["Who was Ann Lee's mother?", "Who is #1's father?"]),
    ],
)
def test_a_nested_description_becomes_a_chain(roles: Roles, question: str, texts: list[str]) -> None:
    plan = roles.planner(question, AGENTS)
    assert (plan.combine, [sub.text for sub in plan.sub_questions]) == ("last", texts)


def test_a_comparison_by_role_first_finds_who_has_the_role(roles: Roles) -> None:
    plan = roles.planner("Which film has the director who died first, Red Dust or Blue Sky?", AGENTS)
    assert [(sub.text, sub.about) for sub in plan.sub_questions] == [
        ("Who is the director of Red Dust?", ""),
        ("Who is the director of Blue Sky?", ""),
        ("When did #1 die?", "Red Dust"),
        ("When did #2 die?", "Blue Sky"),
    ]
    assert plan.combine == "lowest"


def test_what_has_no_structure_is_asked_again_with_what_was_found(roles: Roles) -> None:
    plan = roles.planner("Why is the sea salty?", AGENTS)
    assert [sub.text for sub in plan.sub_questions] == ["Why is the sea salty?", "Why is the sea salty #1?"]
    assert plan.combine == "read"
    assert plan.notes


def test_every_sub_question_goes_to_the_first_subagent(roles: Roles) -> None:
    assert {sub.subagent for sub in roles.planner("Which is longer, X Bridge or Y Bridge?", AGENTS).sub_questions} == {"first"}


def test_without_subagents_the_plan_is_empty_and_says_so(roles: Roles) -> None:
    plan = roles.planner("Which is longer, X Bridge or Y Bridge?", {})
    assert plan.sub_questions == []
    assert plan.notes == ["There is no subagent to ask."]
