from __future__ import annotations

import pytest

from agentic_rag.comparison import decide
from agentic_rag.types import Citation, Reading


def said(answer: str | None, quote: str = "") -> Reading:
    return Reading(answer, 1.0, [Citation("p", 0, len(quote), quote)] if quote else [])


@pytest.mark.parametrize(
    ("combine", "a", "b", "answer"),
    [
        ("highest", "142 metres", "96 metres", "A"),
        ("highest", "1.2 km", "3,000 m", "B"),
        ("lowest", "27 kilometres", "540 metres", "B"),
        ("highest", "5 feet 11 inches", "1.7 metres", "A"),
        ("highest", "three and a half hours", "200 minutes", "A"),
        ("highest", "34 years", "thirty-nine years", "B"),
        ("highest", "$1.2 million", "$950,000", "A"),
        ("highest", "31", "4 people", "A"),
        ("highest", "11,840 inhabitants", "5,260 people", "A"),
        ("lowest", "1833", "1764", "B"),
        ("lowest", "14 May 1889", "May 13, 1889", "B"),
        ("lowest", "March 1890", "1889", "B"),
        ("lowest", "20260122", "January 20, 2026", "B"),
        ("same", "20260122", "2026-01-22", "yes"),
        ("lowest", "44 BC", "1066", "A"),
        ("lowest", "the seventeenth century", "1811", "A"),
        ("highest", "1936", "in 1926", "A"),
        ("highest", "yes", "no", "A"),
        ("highest", "yes", "yes", None),
        ("highest", "27 kilometres", "3 hours", None),
        ("highest", "27 kilometres", "27 km", None),
        ("lowest", "1889", "14 May 1889", None),
        ("lowest", "the sea", "1889", None),
        ("lowest", None, "1889", None),
        ("lower", "1868", "1889", "yes"),
        ("lower", "1889", "1868", "no"),
        ("higher", "3 km", "2 miles", "no"),
        ("higher", "1889", "1889", "no"),
        ("same", "Hill School", "the Hill School", "yes"),
        ("same", "Hill School, Ashby", "Hill School", "yes"),
        ("same", "American", "French", "no"),
        ("same", "American", "United States", "yes"),
        ("same", "Polish", "Poland", "yes"),
        ("same", "Austrian", "Australia", "no"),
        ("same", "United Kingdom", "United States", "no"),
        ("highest", "10 July 1830 – 9 November 1908", "1454–1485", "A"),
        ("lowest", "from 1914 to 1918", "1939 to 1945", "A"),
        ("highest", "5 ft 11 in", "1.75 m", "A"),
        ("highest", "500 sq mi", "700 sq km", "A"),
        ("highest", "$1.2M", "$900,000", "A"),
        ("highest", "$1.2bn", "$900 million", "A"),
        ("lowest", "100 BC", "79 AD", "A"),
        ("same", "U.S.", "American", "yes"),
        ("same", "South Africa", "South African", "yes"),
        ("same", "1 km", "1,000 metres", "yes"),
        ("same", "1889", "1890", "no"),
        ("same", "1889", "May 1889", None),
        ("both", "yes", "yes", "yes"),
        ("both", "yes", "no", "no"),
        ("both", None, "no", "no"),
        ("both", "yes", None, None),
        ("both", "perhaps", "yes", None),
        ("same", "J.K. Rowling", "J. K. Rowling", "yes"),
        ("same", "J.S. Bach", "J.C. Bach", "no"),
        ("same", "Washington, D.C.", "Washington, DC", "yes"),
        ("common", "American", "American", "American"),
        ("common", "punk rock band", "a rock band", "a rock band"),
        ("common", "fox hunting", "hunting", "hunting"),
        ("common", "Tenerife", "La Gomera", None),
        ("common", "English", "England", None),
        ("common", "Tenerife", None, None),
        ("common", "", "", None),
        ("same", "West Virginia", "Virginia", "no"),
        ("same", "New York City", "New York", "yes"),
        ("same", "South Sudan", "Sudan", "no"),
        ("same", "Kingdom of France", "England", "no"),
        ("same", "United Kingdom", "Scottish", "yes"),
        ("higher", "yes", "yes", None),
        ("highest", "8,336,817 (2022)", "8,799,800 (2021)", "A"),
        ("read", "1", "2", None),
        ("last", "1", "2", None),
    ],
)
def test_two_answers_decide(combine: str, a: str | None, b: str | None, answer: str | None) -> None:
    decision = decide(combine, [("A", said(a)), ("B", said(b))])  # type: ignore[arg-type]
    assert decision.answer == answer
    assert decision.reason.endswith(".")


def test_the_reason_shows_what_was_compared() -> None:
    assert decide("highest", [("A", said("5")), ("B", said("3"))]).reason == "A: 5, B: 3."
    assert decide("highest", [("A", said(None)), ("B", said("3"))]).reason == "Nothing was found about A."


def test_a_value_is_taken_from_the_quote_when_it_has_only_one() -> None:
    quoted = said("Ivo Lark", "Ivo Lark opened it in 1811.")
    assert decide("lowest", [("A", quoted), ("B", said("1812"))]).answer == "A"
    unclear = said("Ivo Lark", "Ivo Lark opened it in 1811 and closed it in 1820.")
    assert decide("lowest", [("A", unclear), ("B", said("1812"))]).answer is None


def test_a_number_that_is_a_word_is_not_the_year_of_its_quote() -> None:
    one = said("one", "She won one award in 1975.")
    assert decide("highest", [("A", one), ("B", said("three"))], "How many awards did A win?").answer == "B"


def test_a_number_is_no_part_of_a_year() -> None:
    one, other = said("20", "In 2001 it had 20 branches."), said("3", "In 2013 it had 3 branches.")
    assert decide("highest", [("A", one), ("B", other)]).answer == "A"


def test_a_day_without_a_year_is_the_date_of_its_quote() -> None:
    day = said("December 12", "A (born December 12, 1931) is a poet, two years after 5 May 1929.")
    assert decide("lowest", [("A", day), ("B", said("5 May 1940"))]).answer == "A"


@pytest.mark.parametrize(("answers", "decided"), [(["no", "yes"], "no"), (["no", None], "no"), (["yes", "yes"], "yes")])
def test_two_things_that_are_asked_of_one_are_told_apart(answers: list[str | None], decided: str) -> None:
    assert decide("both", [("A", said(answer)) for answer in answers]).answer == decided


def test_more_than_two_can_be_ranked() -> None:
    assert decide("highest", [("A", said("3 km")), ("B", said("5 km")), ("C", said("900 m"))]).answer == "B"


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_answers_decide_nothing(count: int) -> None:
    for combine in ("lowest", "lower", "same"):
        assert decide(combine, [("A", said("1"))] * count).answer is None  # type: ignore[arg-type]


def so(answer: str, confidence: float) -> Reading:
    return Reading(answer, confidence)


@pytest.mark.parametrize(
    ("a", "b", "answer", "doubt"),
    [
        (so("yes", 0.9), so("no", 0.8), "A", 0.2),
        (so("yes", 0.9), so("no", 0.1), "A", 0.5),
        (so("yes", 0.7), so("yes", 0.9), "B", 0.7),
        (so("yes", 0.9), so("yes", 0.9), None, None),
        (so("no", 0.9), so("no", 0.6), None, None),
    ],
)
def test_of_two_things_one_of_which_is_so_the_surer_one_is(
    a: Reading, b: Reading, answer: str | None, doubt: float | None
) -> None:
    decision = decide("highest", [("A", a), ("B", b)])
    assert decision.answer == answer
    assert decision.doubt == (doubt if doubt is None else pytest.approx(doubt))


def test_a_year_in_a_quote_does_not_outrank_the_number_that_was_answered() -> None:
    smaller = said("1,950", "In 2010 the population was 1,950.")
    larger = said("3,800", "As of the 2000 census, it was 3,800.")
    assert decide("highest", [("A", smaller), ("B", larger)]).answer == "B"


@pytest.mark.parametrize(
    ("combine", "asked", "a", "b", "answer"),
    [
        ("lowest", "When was A?", "1618–1648", "1914–1918", "A"),
        ("lowest", "When was A born?", "10 July 1830 – 9 November 1908", "1 May 1840 – 3 June 1860", "A"),
        ("lowest", "How long was A?", "1618–1648", "1914–1918", "B"),
        ("same", "Which year was A released in?", "May 25, 1979", "October 26, 1979", "yes"),
        ("same", "Which year was A released in?", "1979", "May 1980", "no"),
        ("same", "When was A released?", "May 25, 1979", "October 26, 1979", "no"),
        ("same", "Which century was A born in?", "1756", "1770", "yes"),
        ("same", "Which century was A born in?", "1800", "1801", "no"),
        ("same", "Which decade was A founded in?", "1971", "May 1979", "yes"),
        ("highest", "How long has A been around?", "1977", "2010", None),
        ("highest", "How long did A live?", "42 years", "8 May 1926 – 4 August 1962", "A"),
        ("highest", "What is the population of A?", "8,336,817 (2022)", "8,799,800 (2021)", "B"),
        ("highest", "How many floors has A?", "1066", "12", "A"),
        ("highest", "How many awards did A win?", "one", "three", "B"),
        ("lowest", "When was A born?", "26 April 121", "15 December 130", "A"),
        ("lowest", "When was A born?", "551", "384", None),
    ],
)
def test_dates_are_compared_as_they_were_asked_for(combine: str, asked: str, a: str, b: str, answer: str) -> None:
    assert decide(combine, [("A", said(a)), ("B", said(b))], asked).answer == answer  # type: ignore[arg-type]
