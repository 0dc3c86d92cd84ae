"""The reader: the span that answers, in one passage or in several read together, or that they do not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import ClassVar

import numpy as np

from agentic_rag.grammar import asks_whether
from agentic_rag.specialists.calibration import Calibration
from agentic_rag.specialists.links import leading
from agentic_rag.specialists.network import Adapted, Heads, Output
from agentic_rag.specialists.rows import Piece, Row, likeliest, pieces, row, tokens
from agentic_rag.specialists.spans import best_span, log_softmax
from agentic_rag.text import lowered, sentence_around, sentences, stands_whole, words
from agentic_rag.types import Citation, Passage, Reading

KINDS = ["span", "none", "yes", "no"]
HEADS = Heads(tokens=2, pooled=len(KINDS))
PASSAGES = 3
"""At most so many are read, the first ones: each further one distracts more than it tells (measured on HotpotQA dev)."""
JOINT = 400
"""Tokens of passages that are read together."""
STRIDE = 60
"""Tokens that the windows of a long passage share."""
WINDOWS = 24
"""At most so many windows of a passage are read, those that share most words with the question: about 8,000 tokens."""
LONGEST_ANSWER = 30
"""Tokens."""
CANDIDATES = 2
"""Answers that a reading offers: the best and, if it is not improbable, what else it may be."""
ALIKE = 0.35
"""Share of words in common from which two answers say the same."""
ECHO = 2.0
"""Log-probability that an answer loses which only repeats the question: hardly one in a hundred training answers does."""
CHOICES = frozenset(["or", "between", "among"])
"""With these words a question names its possible answers."""
PLACE = 2.5
"""What a sure place adds to the confidence in an answer: among right and wrong answers to dev questions the place tells more than
whether there is an answer at all (AUC .72 with it, .65 without)."""
LEAST = 0.1
"""An answer that is less probable is none. Whether a more probable one is given is the graph's to decide."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible reading of one row; by their `score` the readings of a question are ranked.

    `place` is the log-probability of a span's place.
    """

    score: float
    kind: str
    part: int = 0
    start: int = 0
    end: int = 0
    place: float = 0.0

    def lead(self, none: float) -> float:
        """How much likelier it is than `none`: what tells best whether there is an answer at all."""
        return self.score - none

    def margin(self, none: float) -> float:
        """What confidence is calibrated on: its lead, and how sure its place."""
        return self.lead(none) + PLACE * self.place


@dataclass(frozen=True)
class SpanReader:
    """Reads passages together as far as they fit, best first; several rows compete by their probability (scored passes).

    The answer's own sentence is cited first, then those of the passages that lead to it.
    """

    adapted: Adapted
    model: ClassVar[str] = "specialist"

    def __call__(self, question: str, passages: Sequence[Passage], /) -> Reading:
        passages = [passage for passage in passages[:PASSAGES] if passage.text.strip()]
        rows = list(self.rows(question, passages))
        if not rows:
            return Reading()
        return self.reading(question, passages, rows, self.adapted(rows))

    def rows(self, question: str, passages: Sequence[Passage]) -> Iterator[Row]:
        tokenizer = self.adapted.base.tokenizer
        asked = tokens(tokenizer, question)[0]
        if not asked:
            return
        cut = [window for piece in pieces(tokenizer, passages) if piece.ids for window in worth_reading(piece, asked)]
        for group in together(cut, JOINT):
            yield row(asked, group)

    def reading(self, question: str, passages: Sequence[Passage], rows: Sequence[Row], outputs: Sequence[Output]) -> Reading:
        none, calibration = none_of(outputs), Calibration.of(self.adapted.card.get("calibration", {}))
        chosen = islice(ranked(question, passages, rows, outputs), CANDIDATES)
        told = [(choice, worded(choice, passages), calibration(choice.margin(none))) for choice in chosen]
        found = [Reading(said, sure, cited(question, said, choice, passages)) for choice, said, sure in told if sure >= LEAST]
        return replace(found[0], others=found[1:]) if found else Reading()


def worth_reading(piece: Piece, asked: Sequence[int]) -> list[Piece]:
    """The windows of a passage, in order; of a very long one `WINDOWS`, and of equal ones the first."""
    return sorted(likeliest(piece, asked, JOINT, STRIDE)[:WINDOWS], key=lambda window: window.offsets[0])


def ranked(question: str, passages: Sequence[Passage], rows: Sequence[Row], outputs: Sequence[Output]) -> Iterator[Choice]:
    """The best choice of all rows, then others that say something else, the likelier first; echoes of the question behind."""
    known, whether = set(words(question)), asks_whether(question)

    def worth(choice: Choice) -> float:
        echo = choice.kind == "span" and not known & CHOICES and set(words(worded(choice, passages))) <= known
        return choice.score - ECHO * echo

    first, more = list[Choice](), list[Choice]()
    for made, output in zip(rows, outputs, strict=True):
        found = list(choices(made, output))
        first += found
        if found:
            more += choices(made, output, found[0])
    given: list[set[str]] = []
    fitting = [choice for choice in [*first, *more] if whether or choice.kind == "span"]
    for choice in sorted(fitting, key=worth, reverse=True):
        said = set(words(worded(choice, passages)))
        if not given or (said and all(2 * len(said & other) <= ALIKE * (len(said) + len(other)) for other in given)):
            given.append(said)
            yield choice


def none_of(outputs: Sequence[Output]) -> float:
    """The log-probability that the row which is surest of an answer gives to none."""
    return float(min(log_softmax(whole)[KINDS.index("none")] for _, whole in outputs))


def overlaps(span: tuple[int, int, int] | None, choice: Choice) -> bool:
    return span is not None and span[0] == choice.part and span[1] < choice.end and span[2] > choice.start


def together(texts: Sequence[Piece], longest: int) -> Iterator[list[Piece]]:
    """Groups of at most `longest` tokens, in order."""
    group: list[Piece] = []
    for piece in texts:
        if group and sum(map(len, group)) + len(piece) > longest:
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def choices(made: Row, output: Output, but: Choice | None = None) -> Iterator[Choice]:
    """The best span of a row, without any token of `but`, and yes and no; these cite where the span head looks most."""
    each, whole = output
    kinds = log_softmax(whole)
    parts = [span[0] if span else -1 for span in made.spans]
    if max(parts) < 0:
        return
    starts, ends = (log_softmax(np.where(np.array(parts) >= 0, each[:, side], -1e4)) for side in range(2))
    free = parts if but is None else [-1 if overlaps(span, but) else part for part, span in zip(parts, made.spans, strict=True)]
    if max(free) < 0:
        return
    first, last, place = best_span(starts, ends, LONGEST_ANSWER, free)
    begin, stop = made.spans[first], made.spans[last]
    assert begin is not None
    assert stop is not None
    yield Choice(float(kinds[0] + place / 2), "span", begin[0], begin[1], stop[2], float(place))
    for kind in ("yes", "no"):
        yield Choice(float(kinds[KINDS.index(kind)]), kind, begin[0], begin[1], stop[2])


def worded(choice: Choice, passages: Sequence[Passage]) -> str:
    return passages[choice.part].text[choice.start : choice.end] if choice.kind == "span" else choice.kind


def cited(question: str, answer: str, choice: Choice, passages: Sequence[Passage]) -> list[Citation]:
    """The answer's own sentence, then one of each passage that leads to it."""
    telling = passages[choice.part]
    leads = [(one, name) for one, name in leading(question, answer, telling, passages) if one.text.strip()]
    way = [(one, *sentence_with(one.text, name)) for one, name in leads]
    return [Citation.of(*place) for place in [(telling, *sentence_around(telling.text, choice.start, choice.end)), *way]]


def sentence_with(text: str, name: str) -> tuple[int, int]:
    """The first sentence with a name in lower case, as whole words; the first one if none has it."""
    starts = (match.start() for match in re.finditer(re.escape(name), lowered(text)))
    at = next((start for start in starts if stands_whole(text, start, start + len(name))), None)
    return sentences(text)[0] if at is None else sentence_around(text, at, at + 1)
