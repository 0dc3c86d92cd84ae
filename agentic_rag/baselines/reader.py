"""The reader without training: quotes the sentence most like the question, and picks the span that fits the question word."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from agentic_rag.baselines.answers import Candidate, Wanted, candidates, is_personal, wanted
from agentic_rag.baselines.evidence import LIFE, Demand, stem, stems
from agentic_rag.interfaces import Encoder
from agentic_rag.text import WORD, sentences, words
from agentic_rag.types import Citation, Passage, Reading

PASSAGES = 10
SENTENCES = 16
"""At most so many are encoded, in one call; those that share most with the question."""
LONGEST = 600
"""Characters of a sentence; a longer one is cut at white space, because a quote should be short enough to check."""
TITLED = ("person", "place", "thing", "phrase")
PRONOUN = re.compile(r"(?:It|He|She|They|This|These)\b")
"""A sentence that begins so is about the title of its passage, which then may be the answer."""
ELSEWHERE = 0.7
"""What remains of the confidence when the passage titled like the question's subject does not say it, but another does."""
READ = 8
"""The answer is looked for in so many of the best sentences."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage as it is scored."""

    passage: Passage
    start: int
    end: int
    covered: float
    subject: bool
    similarity: float = 0.0

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]

    @property
    def score(self) -> float:
        return 0.55 * self.similarity + 0.45 * self.covered + 0.1 * self.subject


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer, the sentence that gives it, and how well it fits what is asked for."""

    score: float
    answer: str
    fit: float
    sentence: Sentence


@dataclass(frozen=True)
class TrainingFreeReader:
    """The answer and the sentence that says so; `Reading()` if no sentence is near the question.

    Confidence is a hand-set logistic of similarity, of the share of the question's words that are found, and of how clear the
    choice was; it was set by eye and is not calibrated. At most `PASSAGES` passages are read.
    """

    encoder: Encoder
    least: float = 0.3
    model: ClassVar[str] = "training-free"

    def __call__(self, question: str, passages: Sequence[Passage], /) -> Reading:
        passages = [passage for passage in passages[:PASSAGES] if passage.text.strip()]
        if not passages or not words(question):
            return Reading()
        texts = [stems(passage.content) for passage in passages]
        demand = Demand.of(question, texts)
        best = self._ranked(question, _sentences(passages, texts, demand))
        if not best or best[0].score < self.least or not _subject_found(demand, texts):
            return Reading()
        sought = wanted(question)
        return _polar(demand, best) if sought.form == "polar" else _answer(question, sought, demand, best)

    def _ranked(self, question: str, sentences_: Sequence[Sentence]) -> list[Sentence]:
        chosen = sorted(sentences_, key=lambda sentence: -sentence.covered)[:SENTENCES]
        if not chosen:
            return []
        vectors = self.encoder.encode([question, *(_in_words(sentence) for sentence in chosen)])
        similarity = vectors[1:] @ vectors[0]
        scored = [replace(found, similarity=max(0.0, float(value))) for found, value in zip(chosen, similarity, strict=True)]
        return sorted(scored, key=lambda sentence: -sentence.score)


def _sentences(passages: Sequence[Passage], texts: Sequence[set[str]], demand: Demand) -> list[Sentence]:
    found = []
    for passage, whole in zip(passages, texts, strict=True):
        title = stems(passage.title)
        for start, end in sentences(passage.text):
            for left, right in _cut(passage.text, start, end):
                covered = demand.coverage(stems(passage.text[left:right]), (title, 0.9), (whole, 0.4))
                found.append(Sentence(passage, left, right, covered, bool(title) and title <= demand.firm))
    return found


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces = []
    while end - start > LONGEST:
        space = text.rfind(" ", start + 1, start + LONGEST)
        stop = space if space > start else start + LONGEST
        pieces.append((start, stop))
        start = stop + (space > start)
    return [*pieces, (start, end)]


def _in_words(sentence: Sentence) -> str:
    """What is encoded: title and sentence, with dates of life spelled out."""
    text = LIFE.sub(lambda life: f"(born {life['born']}, died {life['died']})", sentence.text)
    return f"{sentence.passage.title}. {text}" if sentence.passage.title else text


def _subject_found(demand: Demand, texts: Sequence[set[str]]) -> bool:
    """Whether at least half of the question's names and numbers are anywhere in the passages."""
    return not demand.firm or len(demand.missing(texts)) <= len(demand.firm) / 2


def _answer(question: str, sought: Wanted, demand: Demand, best: Sequence[Sentence]) -> Reading:
    choices = [choice for sentence in best[:READ] for choice in _choices(sentence, sought, question, demand)]
    if not choices:
        cited = best[0]
        return Reading(cited.text, 0.5 * _confidence(cited, demand, 0.5), [Citation.of(cited.passage, cited.start, cited.end)])
    chosen = max(choices, key=lambda choice: choice.score)
    margin = chosen.score - max((choice.score for choice in choices if choice.answer != chosen.answer), default=0.0)
    cited = chosen.sentence
    confidence = _confidence(cited, demand, chosen.fit, margin)
    if not cited.subject and any(sentence.subject for sentence in best):
        confidence *= ELSEWHERE
    return Reading(chosen.answer, confidence, [Citation.of(cited.passage, cited.start, cited.end)])


def _choices(sentence: Sentence, sought: Wanted, question: str, demand: Demand) -> Iterator[Choice]:
    anchors = _anchors(sentence.text, demand)
    for candidate in candidates(sentence.text, sought, question):
        near = _nearness(sentence.text, candidate, anchors)
        answer = sentence.text[candidate.start : candidate.end]
        yield Choice(sentence.score + 0.2 * candidate.fit + 0.15 * near, answer, candidate.fit, sentence)
    title = sentence.passage.title
    if sought.form in TITLED and PRONOUN.match(sentence.text) and not stems(title) <= demand.weights.keys():
        fit = 0.7 if sought.form != "person" or is_personal(title) else 0.1
        yield Choice(sentence.score + 0.2 * fit + 0.05, title, fit, sentence)


def _anchors(text: str, demand: Demand) -> list[int]:
    """Where the sentence has the words of the question: those that are not names, if any, since names are everywhere."""
    found = [(match.start(), stem(word)) for match in WORD.finditer(text) for word in words(match[0])[:1]]
    plain = [at for at, word in found if word in demand.weights and word not in demand.firm]
    return plain or [at for at, word in found if word in demand.weights]


def _nearness(text: str, candidate: Candidate, anchors: Sequence[int]) -> float:
    """1 next to a word of the question, less by distance in words; a little less before than behind it."""
    best = 0.0
    for at in anchors:
        behind = at <= candidate.start
        between = text[at : candidate.start] if behind else text[candidate.end : at]
        distance = between.count(" ") + 2 * between.count(",") + 2 * between.count(";")
        best = max(best, (1.0 if behind else 0.8) / (1.0 + 0.25 * max(0, distance - 1)))
    return best


def _polar(demand: Demand, best: Sequence[Sentence]) -> Reading:
    """Yes if one sentence has it all; otherwise no, but without much confidence: not said is not denied."""
    cited = max(best[:READ], key=lambda sentence: sentence.covered)
    yes = cited.covered >= 0.85
    confidence = _confidence(cited, demand, 0.9) if yes else 0.35 + 0.1 * cited.covered
    return Reading("yes" if yes else "no", confidence, [Citation.of(cited.passage, cited.start, cited.end)])


def _confidence(sentence: Sentence, demand: Demand, fit: float, margin: float = 0.1) -> float:
    said = stems(sentence.text) | stems(sentence.passage.title)
    core, firm = demand.share(demand.core, said), demand.share(demand.firm, said)
    logit = -5.6 + 4.0 * sentence.similarity + 2.6 * core + 1.6 * firm + 1.2 * min(1.0, fit) + 2.0 * min(0.2, max(0.0, margin))
    return 1 / (1 + math.exp(-logit))
