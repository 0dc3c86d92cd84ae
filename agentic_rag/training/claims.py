"""Wrong claims that look right: another span of the same form, a swapped name, date or number, another passage."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from agentic_rag.evaluation.metrics import normalised, overlap
from agentic_rag.quantities import amounts, moments
from agentic_rag.text import STOPWORDS, WORD, content_words, names, table, words
from agentic_rag.training.data import Answered, located
from agentic_rag.types import Passage

OPPOSED = dict(
    pair.split("=")
    for pair in table("""
    first=last before=after more=fewer most=least north=south northern=southern east=west eastern=western largest=smallest
    larger=smaller biggest=smallest highest=lowest higher=lower longest=shortest oldest=youngest older=younger best=worst
    increase=decrease increased=decreased won=lost win=lose winner=loser start=end started=ended begin=end began=ended
    early=late earlier=later earliest=latest maximum=minimum positive=negative public=private male=female men=women man=woman
    father=mother husband=wife son=daughter brother=sister king=queen same=different always=never rich=poor strong=weak
    allowed=forbidden legal=illegal major=minor open=closed opened=closed united=divided upper=lower inside=outside
    buy=sell bought=sold give=take gave=took joined=left arrived=departed attacked=defended supported=opposed
    married=divorced born=buried majority=minority common=rare easy=difficult possible=impossible alive=dead""")
)
"""Words and their opposites; each stands for the other too."""
CONTRARY = OPPOSED | {other: one for one, other in OPPOSED.items()}
AUXILIARY = re.compile(r"\b(?:is|was|are|were|did|does|do|has|have|had|can|could|would)\b(?! not\b)")
NEGATED = 0.3
"""How often a text without any word that has an opposite is denied."""
WRONG = 0.35
"""F1 with a gold answer up to which another span counts as wrong."""


class Paragraphs:
    """The paragraphs of single-paragraph questions: which questions share one, and which paragraphs have a word."""

    def __init__(self, cases: Sequence[Answered]) -> None:
        self.asked: dict[str, list[Answered]] = {}
        for case in cases:
            self.asked.setdefault(case.passages[0].text, []).append(case)
        self.passages = [cases[0].passages[0] for cases in self.asked.values()]
        self.holding: dict[str, set[int]] = {}
        for number, passage in enumerate(self.passages):
            for word in words(passage.content):
                self.holding.setdefault(word, set()).add(number)

    def siblings(self, case: Answered) -> list[Answered]:
        return [other for other in self.asked.get(case.passages[0].text, []) if other.question != case.question]

    def also_with(self, case: Answered, chance: random.Random) -> tuple[Passage, tuple[int, int, int]] | None:
        """Another paragraph with the answer: of those without most of what the question asks for, the one nearest to it."""
        said, asked = words(case.answers[0]), set(content_words(case.question))
        having = sorted(set.intersection(*(self.holding.get(word, set()) for word in said))) if said else []
        shared = (
            {number: sum(number in self.holding.get(word, ()) for word in asked) / len(asked) for number in having}
            if asked
            else {}
        )
        for number in sorted(chance.sample(having, min(len(having), 100)), key=lambda number: -shared.get(number, 1.0)):
            spans = located(case.answers[:1], [self.passages[number]])
            if spans and shared.get(number, 1.0) <= 0.6 and self.passages[number].text != case.passages[0].text:
                return self.passages[number], spans[0]
        return None


def lure(case: Answered, chance: random.Random) -> tuple[int, int, int] | None:
    """A wrong span of the passages that looks like an answer: of the form asked for, near to words of the question."""
    asked = set(content_words(case.question))

    def nearness(span: tuple[int, int, int]) -> int:
        part, start, end = span
        return len(asked.intersection(content_words(case.passages[part].text[max(0, start - 100) : end + 100])))

    for kind in dict.fromkeys((wanted_form(case), "name")):
        found = [
            (part, start, end)
            for part, passage in enumerate(case.passages)
            for start, end in spots(passage.text, kind)
            if is_wrong(passage.text[start:end], case) and passage.text[start:end].lower() not in case.question.lower()
        ]
        if found:
            return chance.choice(sorted(found, key=nearness, reverse=True)[:3])
    return None


def another(question: str, source: str, chance: random.Random) -> str | None:
    """A question that looks the same and asks for something else; None if neither way to make one applies."""
    ways = chance.sample([opposed(question, source, chance), swapped(question, source, chance)], 2)
    return ways[0] or ways[1]


def opposed(text: str, source: str, chance: random.Random) -> str | None:
    """The text with a word turned into its opposite that `source` does not say, or a "not" behind its first auxiliary verb."""
    said = set(words(source))
    found = [match for match in WORD.finditer(text) if CONTRARY.get(match[0], match[0]) not in {match[0], *said}]
    if found:
        match = chance.choice(found)
        return f"{text[: match.start()]}{CONTRARY[match[0]]}{text[match.end() :]}"
    verb = AUXILIARY.search(text)
    return f"{text[: verb.end()]} not{text[verb.end() :]}" if verb and chance.random() < NEGATED else None


def swapped(text: str, source: str, chance: random.Random) -> str | None:
    """The text with one of its names, dates or numbers replaced by another one of `source`; None if there is none."""
    for kind in chance.sample(["date", "number", "name"], 3):
        own = spots(text, kind)
        found = [source[start:end] for start, end in spots(source, kind)]
        others = [one for one in found if normalised(one) and normalised(one) not in normalised(text)]
        for start, end in chance.sample(own, len(own)):
            fitting = [one for one in others if not overlap(one, text[start:end])]
            if fitting and any(letter.isdigit() for letter in text[start:end]) == (kind != "name"):
                return text[:start] + chance.choice(fitting) + text[end:]
    return None


def wanted_form(case: Answered) -> str:
    """Of the answer; of a question without one, by its question word."""
    if case.answers:
        return form(case.answers[0])
    asked = set(words(case.question))
    if asked & {"when", "year", "date"}:
        return "date"
    if {"how", "many"} <= asked or {"how", "much"} <= asked or asked & {"number", "percent", "percentage"}:
        return "number"
    return "name" if asked & {"who", "whom", "whose", "where", "country", "city"} else "phrase"


def form(answer: str) -> str:
    for kind in ("date", "number", "name"):
        if sum(end - start for start, end in spots(answer, kind)) * 2 >= len(answer):
            return kind
    return "phrase"


def spots(text: str, kind: str) -> list[tuple[int, int]]:
    """Spans of one form: date, number, name, or phrase (up to five words between stopwords)."""
    if kind == "phrase":
        return list(phrases(text))
    dates = [(spotted.start, spotted.end) for spotted in moments(text)]
    if kind == "date":
        return dates
    found = names(text) if kind == "name" else [(spotted.start, spotted.end) for spotted in amounts(text)]
    return [one for one in found if not any(one[0] < end and one[1] > start for start, end in dates)]


def phrases(text: str) -> Iterator[tuple[int, int]]:
    run: list[tuple[int, int]] = []
    for match in WORD.finditer(text):
        stop = match[0].lower() in STOPWORDS
        if run and (stop or len(run) == 5 or text[run[-1][1] : match.start()].strip()):
            yield run[0][0], run[-1][1]
            run = []
        if not stop:
            run.append(match.span())
    if run:
        yield run[0][0], run[-1][1]


def is_wrong(answer: str, case: Answered) -> bool:
    """No gold answer has it in itself or the other way round, and hardly any word is shared."""
    said = normalised(answer)
    gold = [normalised(one) for one in case.answers]
    return bool(said) and all(said not in one and one not in said and overlap(said, one) <= WRONG for one in gold if one)


def quoted(case: Answered, span: tuple[int, int, int]) -> str:
    part, start, end = span
    return case.passages[part].text[start:end]
