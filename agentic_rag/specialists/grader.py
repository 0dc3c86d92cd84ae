"""The grader: does this passage help to answer the question, alone or beside the best passage found so far?

A cross-encoder reads the question with each passage. The second hop of a chain often shares no word with the question, but is
named in the first one; so the best passages are then read together with the likeliest others, as the beam of multi-hop
retrieval does with queries (Xiong et al. 2021, arXiv 2009.12756; Baleen, Khattab et al. 2021, arXiv 2101.00436).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, takewhile, zip_longest
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from agentic_rag.odds import log_odds
from agentic_rag.specialists.calibration import Calibration
from agentic_rag.specialists.links import linked
from agentic_rag.specialists.network import Adapted, Heads
from agentic_rag.specialists.rows import Piece, Row, likeliest, pieces, row, tokens
from agentic_rag.specialists.telling import WEIGHTS, ReadRow, features
from agentic_rag.types import Passage

ALONE, CHAINED = range(2)
HEADS = Heads(tokens=1, pooled=2)
"""One number for rows with one passage, one for rows in which another passage stands before it; and of each token, whether its
sentence tells, as Provence prunes with its reranker (Chirkova et al. 2025, arXiv 2501.16214, section 3)."""
TEXT, STRIDE = 140, 20
"""Tokens of a passage read alone, title included; and tokens that two windows of a longer one share."""
BRIDGE, CANDIDATE = 90, 110
"""Tokens of the passage that stands first in a chained row, and of the one that is graded."""
ROWS = 14
"""So many rows are read at least if passages are long: first one window of each, then more."""
WINDOWS = 8
"""At most so many windows of one passage are read."""
BRIDGES, CANDIDATES = 2, 12
"""The best passages that others are read beside, and how many others beside each."""
READ = 160
"""Tokens per passage that both passes together may read; what the first one leaves is for the chained one."""
THOROUGH = 600
"""The same where sentences are graded, to save a larger model many more: enough for every pair."""
LONGEST_TEXT = 60_000
"""Characters of a passage that are looked at."""
PARENTHESIS = 1006
"""The token that opens what Wikipedia adds to a title."""
Pair = TypeVar("Pair")


@dataclass(frozen=True, slots=True)
class Link:
    """How much passage `candidate` helps, read beside passage `bridge`, and whether one names the other by its title."""

    bridge: int
    candidate: int
    score: float
    named: bool = False


@dataclass(frozen=True, slots=True)
class Scores:
    """What the network says of a list of passages: a score for each (None if it has no text), and those of some pairs.

    `rows` are those that were read, with a score for each token: whether its sentence tells.
    """

    alone: list[float | None]
    links: list[Link]
    rows: list[ReadRow] = field(default_factory=list, repr=False)

    @property
    def beside(self) -> list[float | None]:
        """Of each passage the best score that it has beside a likelier one."""
        best: list[float | None] = [None] * len(self.alone)
        for link in self.links:
            known = best[link.candidate]
            best[link.candidate] = link.score if known is None else max(known, link.score)
        return best


@dataclass(frozen=True)
class Grading:
    """From scores to grades. A chain counts as much as both its links: P(the bridge helps) x P(the candidate helps beside it).

    Pairs of which one `named` the other have a calibration of their own: a title in the text says more than most words.
    """

    alone: Calibration = field(default_factory=Calibration)
    chained: Calibration = field(default_factory=Calibration)
    named: Calibration = field(default_factory=Calibration)
    final: Calibration = field(default_factory=Calibration)

    @classmethod
    def of(cls, known: Mapping[str, float]) -> Grading:
        """As the card has it."""
        parts = ("alone", "chained", "named", "final")
        return cls(*(Calibration.of(known, f"{part}_") for part in parts))

    def __call__(self, scores: Scores) -> list[float]:
        return [0.0 if score is None else self.final(score) for score in self.combined(scores)]

    def combined(self, scores: Scores) -> list[float | None]:
        """The log odds of the better of the two passes, before they are calibrated together."""
        grades = [None if score is None else self.alone(score) for score in scores.alone]
        best = list(grades)
        for link in scores.links:
            through = (grades[link.bridge] or 0.0) * (self.named if link.named else self.chained)(link.score)
            best[link.candidate] = max(best[link.candidate] or 0.0, through)
        return [None if grade is None else log_odds(grade) for grade in best]


@dataclass(frozen=True)
class CrossEncoderGrader:
    """Grades of a list of passages; how many tokens it reads grows with their number, not with their length."""

    adapted: Adapted
    model: ClassVar[str] = "specialist"

    def __call__(self, question: str, passages: Sequence[Passage], /) -> list[float]:
        return Grading.of(self.adapted.card.get("calibration", {}))(self.scores(question, passages))

    def beside(self, question: str, leading: Passage, passages: Sequence[Passage], /) -> list[float]:
        """A `PairGrader`: the probability that each passage helps if the one leading to it does, beside which it is read."""
        tokenizer, cut = self.adapted.base.tokenizer, [replace(one, text=one.text[:LONGEST_TEXT]) for one in (leading, *passages)]
        asked, texts = tokens(tokenizer, question)[0], pieces(tokenizer, cut)
        outputs = self.adapted([chained_row(asked, texts, (0, at)) for at in range(1, len(texts))])
        grading = Grading.of(self.adapted.card.get("calibration", {}))
        return [
            (grading.named if linked(leading, passage) else grading.chained)(float(whole[CHAINED]))
            for passage, (_, whole) in zip(passages, outputs, strict=True)
        ]

    def scores(self, question: str, passages: Sequence[Passage], most: int = READ) -> Scores:
        """Both passes; a passage of several windows has the score of its best one."""
        tokenizer = self.adapted.base.tokenizer
        asked = tokens(tokenizer, question)[0]
        passages = [replace(passage, text=passage.text[:LONGEST_TEXT]) for passage in passages]
        texts = pieces(tokenizer, passages)
        alone: list[float | None] = [None] * len(passages)
        rows = first_rows(asked, texts) if asked else []
        read = []
        for (index, made), (each, whole) in zip(rows, self.adapted([made for _, made in rows]) if rows else [], strict=True):
            known = alone[index]
            read.append((made, each))
            alone[index] = float(whole[ALONE]) if known is None else max(known, float(whole[ALONE]))
        room = most * len(passages) - sum(len(made) for _, made in rows)
        pairs = within(room, [(pair, chained_row(asked, texts, pair[:2])) for pair in chains(passages, alone)])
        outputs = self.adapted([made for _, made in pairs]) if pairs else []
        links = [
            Link(bridge, candidate, float(whole[CHAINED]), named)
            for ((bridge, candidate, named), _), (_, whole) in zip(pairs, outputs, strict=True)
        ]
        read += [(made, each) for (_, made), (each, _) in zip(pairs, outputs, strict=True)]
        return Scores(alone, links, read)

    def sentences(self, question: str, passages: Sequence[Passage]) -> list[list[float]]:
        """A number for each sentence of each passage: the more, the rather the answer rests on it. A `SentenceGrader`."""
        return [(of @ WEIGHTS).tolist() for of in self.features(question, passages)]

    def features(self, question: str, passages: Sequence[Passage]) -> Iterator[NDArray[np.float64]]:
        """What is known of each sentence of each passage."""
        scores = self.scores(question, passages, THOROUGH)
        return features(question, passages, scores.rows, scores.alone, scores.beside)


def first_rows(asked: Sequence[int], texts: Sequence[Piece]) -> list[tuple[int, Row]]:
    """The likeliest window of every passage, then more windows of the long ones; each row with its passage's number."""
    cut = [likeliest(piece, asked, TEXT, STRIDE)[:WINDOWS] for piece in texts if piece.ids]
    spread = [(window.part, row(asked, [window])) for window in chain(*zip_longest(*cut)) if window]
    return spread[: max(len(cut), ROWS)]


def chains(passages: Sequence[Passage], alone: Sequence[float | None]) -> list[tuple[int, int, bool]]:
    """A good passage, one that it may lead to, and whether one names the other: first those that do, then by score."""
    order = sorted((index for index, score in enumerate(alone) if score is not None), key=lambda index: -(alone[index] or 0.0))
    pairs = []
    for place, bridge in enumerate(order[:BRIDGES]):
        others = [index for index in order if index != bridge]
        named = [not linked(passages[bridge], passages[index]) for index in others]
        ranked = sorted((far, rank, other) for rank, (far, other) in enumerate(zip(named, others, strict=True)))
        pairs += [(far, place, bridge, other) for far, _, other in ranked[:CANDIDATES]]
    return [(bridge, other, not far) for far, _, bridge, other in sorted(pairs, key=lambda pair: pair[:2])]


def chained_row(asked: Sequence[int], texts: Sequence[Piece], pair: tuple[int, int]) -> Row:
    """[CLS] question [SEP] bridge [SEP] candidate [SEP]: of the bridge a window that names the candidate, if there is one."""
    first, second = (texts[index] for index in pair)
    name = set(takewhile(lambda token: token != PARENTHESIS, second.title))
    [bridge, *_] = sorted(likeliest(first, asked, BRIDGE, STRIDE), key=lambda window: not name <= set(window.ids))
    [candidate, *_] = likeliest(second, [*asked, *bridge.title, *bridge.ids], CANDIDATE, STRIDE)
    return row(asked, [bridge, candidate])


def within(room: int, pairs: Iterable[tuple[Pair, Row]]) -> list[tuple[Pair, Row]]:
    """As many of the first rows as have room."""
    kept = []
    for pair, made in pairs:
        room -= len(made)
        if room < 0:
            break
        kept.append((pair, made))
    return kept
