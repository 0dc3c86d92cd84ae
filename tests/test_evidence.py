"""The set of passages behind an answer: it covers every sub-question, and is ranked by what each is worth."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentic_rag.steps.evidence import COVER, PART, chosen
from agentic_rag.types import Finding, Hit, Passage, SubQuestion

QUESTION = "In which town was the designer of Saltgate Bridge born?"


def hit(name: str, grade: float | None, via: str = "") -> Hit:
    return Hit(Passage(name, name), 1, 1.0, "listed", grade, via)


def finding(*hits: Hit, asked: str = QUESTION) -> Finding:
    return Finding(SubQuestion(1, asked, "words"), "answered", hits=sorted(hits, key=lambda one: -(one.grade or 0)))


def names(hits: list[Hit]) -> list[str]:
    return [one.passage.id for one in hits]


def test_what_was_found_for_the_question_itself_is_ranked_by_its_grade_and_keeps_what_led_to_it() -> None:
    best = chosen(QUESTION, [], [finding(hit("a", 0.2), hit("b", 0.9), hit("c", 0.5, "b"))], 2)
    assert [(one.passage.id, one.via) for one in best] == [("b", ""), ("c", "b")]


def test_a_grade_for_a_sub_question_counts_less_than_one_for_the_question() -> None:
    best = chosen(QUESTION, [], [finding(hit("part", 0.9), asked="Who designed it?"), finding(hit("whole", 0.6))], 2)
    assert [(one.passage.id, one.grade) for one in best] == [("whole", 0.6), ("part", 0.9 * PART)]


def test_every_sub_question_has_its_best_passages_in_the_set_even_if_all_of_another_are_better() -> None:
    good = finding(*(hit(f"good{number}", 0.9 - number / 100) for number in range(9)))
    poor = finding(hit("poor0", 0.2), hit("poor1", 0.1), hit("poor2", 0.05), asked="Who designed it?")
    assert names(chosen(QUESTION, [], [good, poor], 6)) == ["good0", "good1", "good2", "good3", "poor0", "poor1"]


def test_hits_of_the_simple_path_count_as_they_are_and_nothing_found_gives_nothing() -> None:
    assert names(chosen(QUESTION, [hit("simple", 0.7)], [finding(hit("complex", 0.8))], 5)) == ["complex", "simple"]
    assert chosen(QUESTION, [], [], 5) == []


graded = st.builds(hit, st.sampled_from("abcdefghij"), st.none() | st.floats(0, 1))
found = st.builds(
    lambda hits, asked: finding(*hits, asked=asked), st.lists(graded, max_size=8), st.sampled_from([QUESTION, "part"])
)


@given(st.lists(graded, max_size=5), st.lists(found, max_size=4), st.integers(0, 12))
def test_a_set_has_no_passage_twice_none_that_was_not_found_and_never_more_than_asked_for(
    hits: list[Hit], findings: list[Finding], k: int
) -> None:
    everything = {one.passage.id for one in hits} | {one.passage.id for each in findings for one in each.hits}
    ids = names(chosen(QUESTION, hits, findings, k))
    assert len(ids) == len(set(ids)) == min(k, len(everything))
    assert set(ids) <= everything
    wanted = {one.passage.id for ranking in [hits, *(each.hits for each in findings)] for one in ranking[:COVER]}
    assert len(wanted) > k or wanted <= set(ids)
