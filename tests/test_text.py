"""Sentences are what answers quote: an abbreviation does not end one."""

import pytest

from agentic_rag.text import names, sentences, words


@pytest.mark.parametrize(
    "text",
    [
        "Frances Sweeney (c. 1908 – June 19, 1944) was a journalist.",
        "Hanna Varis (b. 1959 in Kuusankoski) is a painter.",
        "Rostker v. Goldberg was a decision of the Supreme Court.",
        "Dr. J. Fern built it for St. Anne's.",
        "It was released by Warner Bros. Records between Oct. 1, 1995 and Sept. 30, 1996.",
        "Daburiyya lies ca. 8 kilometres east of Nazareth.",
    ],
)
def test_one_sentence_with_abbreviations(text: str) -> None:
    assert sentences(text) == [(0, len(text))]


def test_a_number_or_a_word_ends_a_sentence() -> None:
    text = "She was born in 1908. There were only 2. He came last! Did he?"
    assert [text[start:end] for start, end in sentences(text)] == [
        "She was born in 1908.",
        "There were only 2.",
        "He came last!",
        "Did he?",
    ]


def test_sentences_of_other_scripts_end_too() -> None:
    text = "यह एक पुल है। वह लंबा है। هل هو طويل؟ نعم"
    assert len(sentences(text)) == 4


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Who was T. S. Eliot?", ["T. S. Eliot"]),
        ("I.M. Pei drew it", ["I.M. Pei"]),
        ("A-levels in S. Korea", ["A-levels", "S. Korea"]),
        ("The Mill by Ann Lee's pond", ["Mill", "Ann Lee"]),
        ("In Oslo", ["Oslo"]),
    ],
)
def test_a_name_keeps_its_initials_and_loses_the_word_that_begins_a_sentence(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in names(text)] == found


def test_emphasis_is_no_part_of_a_word() -> None:
    assert words("_Moby Dick_ and snake_case __") == ["moby", "dick", "and", "snake_case"]


def test_a_word_is_whole_with_the_signs_on_its_letters() -> None:
    assert words("हिन्दी भाषा") == ["हिन्दी", "भाषा"]
    assert words("✈\ufe0fOslo, I ❤\ufe0f ´pie´") == ["oslo", "i", "pie"]
    assert "องหลวงของไทย" in words("กรุงเทพเป็นเมืองหลวงของไทย")
    assert words("İstanbul") == words("istanbul")
    assert words("Béla") == words("Be\u0301la")
