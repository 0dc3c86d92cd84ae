"""Sentences are what answers quote: an abbreviation does not end one."""

import pytest

from agentic_rag.text import sentences


@pytest.mark.parametrize(
    "text",
    [
        "Frances Sweeney (c. 1908 – June 19, 1944) was a journalist.",
        "Hanna Varis (b. 1959 in Kuusankoski) is a painter.",
        "Rostker v. Goldberg was a decision of the Supreme Court.",
        "Dr. J. Fern built it for St. Anne's.",
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
