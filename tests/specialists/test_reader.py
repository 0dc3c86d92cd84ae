"""The reader's way from numbers to a quoted answer, with numbers of our own; what the shipped one knows is in test_shipped.py."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from agentic_rag.specialists.network import Base
from agentic_rag.specialists.reader import KINDS, SpanReader, together
from agentic_rag.specialists.rows import Piece, pieces
from agentic_rag.specialists.spans import best_span, log_softmax
from agentic_rag.testing import STRANGE
from agentic_rag.text import sentence_around
from agentic_rag.types import Passage, Reading

TOWER = Passage("tower", "The tower stands in Paris. It was finished in 1889 by Eiffel's company.", "Eiffel Tower")
RIVER = Passage("river", "The Seine flows through Paris. It is 777 km long.", "Seine")


@dataclass
class Pointing:
    """An adapter that points at a word wherever a row has it, and is as sure of a kind as it is told."""

    base: Base
    word: str
    kind: str = "span"
    card: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)

    def __call__(self, rows):
        self.rows = list(rows)
        return [self.of(row) for row in rows]

    def of(self, row):
        tokens = [self.base.tokenizer.id_to_token(token) for token in row.ids]
        each, whole = np.zeros((len(row), 2), np.float32), np.zeros(len(KINDS), np.float32)
        each[[at for at, token in enumerate(tokens) if token == self.word and row.spans[at]]] = 9.0
        whole[KINDS.index(self.kind if self.word in tokens else "none")] = 6.0
        return each, whole


def test_the_answer_is_quoted_with_its_sentence(base):
    reading = SpanReader(Pointing(base, "1889"))("when was the tower finished?", [RIVER, TOWER])
    assert reading.answer == "1889"
    [citation] = reading.citations
    assert citation.quote == "It was finished in 1889 by Eiffel's company."
    assert TOWER.text[citation.start : citation.end] == citation.quote
    assert reading.confidence > 0.9


def test_an_answer_whose_place_is_unsure_has_less_confidence(base):
    @dataclass
    class Vague(Pointing):
        """Sees the other words too."""

        def of(self, row):
            each, whole = super().of(row)
            return each / 4.5, whole

    sure, unsure = (SpanReader(kind(base, "1889"))("when was the tower finished?", [TOWER]) for kind in (Pointing, Vague))
    assert sure.answer == unsure.answer == "1889"
    assert unsure.confidence < sure.confidence - 0.3


def test_passages_that_fit_are_read_together_and_titles_are_never_the_answer(base):
    adapted = Pointing(base, "seine")
    reading = SpanReader(adapted)("which river?", [RIVER, TOWER])
    assert len(adapted.rows) == 1
    assert reading.answer == "Seine"
    assert reading.citations[0].start == RIVER.text.index("The Seine")


def test_what_else_the_answer_may_be_comes_along_unless_it_is_improbable(base):
    @dataclass
    class Torn(Pointing):
        """Sees "seine" nearly as well."""

        second: float = 8.0
        none: float = 0.0

        def of(self, row):
            each, whole = super().of(row)
            whole[KINDS.index("none")] = self.none
            tokens = [self.base.tokenizer.id_to_token(token) for token in row.ids]
            each[[at for at, token in enumerate(tokens) if token == "seine" and row.spans[at]]] = self.second
            return each, whole

    reading = SpanReader(Torn(base, "1889"))("when was the tower finished?", [RIVER, TOWER])
    [other] = reading.others
    assert (reading.answer, other.answer) == ("1889", "Seine")
    assert reading.confidence > other.confidence
    assert other.citations[0].quote == "The Seine flows through Paris."
    assert SpanReader(Torn(base, "1889", second=-20.0, none=5.0))("when was the tower finished?", [RIVER, TOWER]).others == []


@pytest.mark.parametrize(("question", "answer"), [("what is the Seine?", "Paris"), ("is it the Seine or the Thames?", "Seine")])
def test_an_answer_that_only_repeats_the_question_stands_behind_unless_the_question_names_choices(base, question, answer):
    @dataclass
    class Echoing(Pointing):
        """Sees "paris" nearly as well."""

        def of(self, row):
            each, whole = super().of(row)
            tokens = [self.base.tokenizer.id_to_token(token) for token in row.ids]
            each[[at for at, token in enumerate(tokens) if token == "paris"]] = 8.5
            whole[KINDS.index("span")] = 6.0
            return each, whole

    assert SpanReader(Echoing(base, "seine"))(question, [RIVER]).answer == answer


def test_yes_and_no_cite_what_the_span_head_points_at(base):
    reading = SpanReader(Pointing(base, "km", kind="yes"))("is the Seine longer than 500 km?", [TOWER, RIVER])
    assert reading.answer == "yes"
    assert reading.citations[0].quote == "It is 777 km long."


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("which river is 777 km long?", "km"),
        ("is the river which is 777 km long the Seine?", "yes"),
        ("the Seine is 777 km long, true?", "yes"),
    ],
)
def test_only_what_may_be_asked_so_is_answered_by_yes_or_no(base, question, answer):
    assert SpanReader(Pointing(base, "km", kind="yes"))(question, [RIVER]).answer == answer


def test_passages_that_do_not_say_give_no_answer(base):
    assert SpanReader(Pointing(base, "zebra"))("who?", [RIVER, TOWER]) == Reading()


def test_the_card_says_how_sure_an_answer_is_and_one_that_is_hardly_so_is_none(base):
    shy = {"calibration": {"slope": 0.0, "offset": -2.0}}
    assert SpanReader(Pointing(base, "1889", card=shy))("when?", [TOWER]).confidence == pytest.approx(0.119, abs=0.001)
    silent = {"calibration": {"slope": 0.0, "offset": -2.5}}
    assert SpanReader(Pointing(base, "1889", card=silent))("when?", [TOWER]) == Reading()


def test_a_long_passage_is_read_to_its_end_in_windows(base):
    long = Passage("long", "Nothing is said here. " * 400 + "The code is zebra. " + "Nothing more. " * 50)
    adapted = Pointing(base, "zebra")
    reading = SpanReader(adapted)("what is the code?", [long])
    assert reading.answer == "zebra"
    assert reading.citations[0].quote == "The code is zebra."
    assert 5 < len(adapted.rows) < 20


@pytest.mark.parametrize("text", STRANGE)
def test_strange_texts_are_read_without_a_crash(base, text):
    reader = SpanReader(Pointing(base, "zebra"))
    assert isinstance(reader("what is it?", [Passage("p", text), TOWER]), Reading)
    assert isinstance(reader(text, [TOWER]), Reading)


def test_without_passages_or_question_there_is_nothing_to_read(base):
    reader = SpanReader(Pointing(base, "zebra"))
    assert reader("what?", []) == reader("what?", [Passage("p", "  ")]) == reader("", [TOWER]) == Reading()


def test_a_span_never_runs_from_one_passage_into_the_next(base):
    adapted = Pointing(base, "x")
    SpanReader(adapted)("what?", [TOWER, RIVER])
    [row] = adapted.rows
    starts, ends = np.full(len(row), -9.0), np.full(len(row), -9.0)
    first = [at for at, span in enumerate(row.spans) if span and span[0] == 0]
    second = [at for at, span in enumerate(row.spans) if span and span[0] == 1]
    starts[first[-1]], ends[second[0]] = 0.0, 0.0
    start, end, _ = best_span(starts, ends, 30, [span[0] if span else -1 for span in row.spans])
    assert (start in first) == (end in first)


def test_a_span_never_reaches_across_tokens_that_are_in_none():
    starts, ends = np.array([0.0, -9, -9, -9, -1]), np.array([-9.0, -9, -9, 0, -1])
    assert best_span(starts, ends, 30, [0, 0, 0, 0, 0])[:2] == (0, 3)
    assert best_span(starts, ends, 30, [0, -1, -1, 0, 0])[:2] == (4, 4)


def test_groups_hold_as_much_as_fits(base):
    texts = [Piece(part, [], [1] * 100, [(0, 1)] * 100) for part in range(5)]
    assert [len(group) for group in together(texts, 210)] == [2, 2, 1]
    assert pieces(base.tokenizer, [TOWER])[0].title


def test_small_parts_of_the_way():
    assert np.exp(log_softmax(np.array([1.0, 2.0, 3.0]))).sum() == pytest.approx(1.0)
    assert sentence_around("One. Two is here. Three.", 5, 8) == (5, 17)
    assert sentence_around("", 0, 0) == (0, 0)
