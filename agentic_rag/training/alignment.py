"""Finds where the steps of a written decomposition stand in the question they were written for.

A step names its thing as the question does and paraphrases the rest ("Green >> performer", "the Green performer"), so the names
and `#n` must agree, and the words around them are taken as far as they belong to the description by their form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agentic_rag.grammar import AUXILIARIES, WH, is_verb
from agentic_rag.text import STOPWORDS, table
from agentic_rag.types import PLACEHOLDER

TOKEN = re.compile(r"#\d+|\w+(?:[.'’-]\w+)*(?<!'s)(?<!’s)|['’]s\b|['’](?=\s)|[^\w\s]")
OWNS = frozenset(["'s", "’s", "'", "’"])
LINKS = frozenset(table("who that which where whose whom when"))
ARTICLES = frozenset(table("the a an this his her its their"))
PREPOSITIONS = frozenset(table("of in on at by for from with to as into under during after near about between"))
SMALL = STOPWORDS | AUXILIARIES
GENERIC = frozenset(
    table("""
    name names located location place country city person people thing type kind year date time title called known
    administrative territorial entity instance part member film song show movie series return""")
)
"""Words of a step that the question need not have."""
MEANINGS = [
    frozenset(group.split("/"))
    for group in table("""
    born/birth/birthplace/birthday died/die/dies/death/dead wife/spouse/husband/married
    performer/singer/sang/artist/performed/band/sing author/wrote/writer/written citizenship/nationality/citizen
    publisher/published made/manufacturer/manufactured/produced owner/owned/owns/own employer/employed/works/worked/work
    educated/studied/attended/education/alma located/location/situated headquarters/headquartered/based
    creator/created/creates/made distributor/distributed developer/developed/develop
    founded/founder/established/formed/formation played/plays/play/portrayed actor/actress/cast/star/stars/starred
    child/son/daughter/children sibling/brother/sister""")
]
LEAST_COVERED = 0.5
"""Of the words of a step that carry meaning, so many must stand in the description."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """A question, or what is left of it, and the description in it that is asked first; none when it is asked as it stands."""

    text: str
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A text word by word, with the place of each, and how much each speaks for being part of a description."""

    spans: list[tuple[int, int]] = field(repr=False)
    words: list[str]
    values: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, text: str, asked: Sequence[str] = (), others: frozenset[str] = frozenset()) -> Words:
        found = list(TOKEN.finditer(text))
        return cls([m.span() for m in found], [m[0] for m in found], [value(m[0].lower(), asked, others) for m in found])

    def at(self, index: int) -> str:
        return self.words[index].lower() if 0 <= index < len(self.words) else ""

    def is_foreign(self, index: int) -> bool:
        """Whether the word belongs to another step."""
        return self.values[index] < -1

    def is_plain(self, index: int) -> bool:
        """Whether it is a common word that carries meaning."""
        return self.words[index][0].islower() and self.words[index] not in SMALL


def unfolded(question: str, steps: Sequence[str]) -> list[Aligned]:
    """The question as it shrinks, one description after the other; empty when a step cannot be found in it.

    Of the steps that can be asked at the same time, the one that stands first in the question comes first.
    """
    last, text = len(steps), " ".join(question.split())
    numbers: dict[int, int] = {}
    found: list[Aligned] = []
    waiting = dict(enumerate(steps, 1))
    while len(waiting) > 1:
        ready = [n for n in waiting if n != last and all(int(m) in numbers for m in PLACEHOLDER.findall(waiting[n]))]
        known = {n: renumbered(step, numbers) for n, step in waiting.items()}
        places = [(span, n) for n in ready if (span := described(text, known[n], [known[m] for m in known if m != n]))]
        if not places:
            return []
        span, number = min(places)
        found.append(Aligned(text, span))
        numbers[number] = len(found)
        text = f"{text[: span[0]]}#{len(found)}{text[span[1] :]}"
        del waiting[number]
    needed = set(PLACEHOLDER.findall(renumbered(steps[-1], numbers))) if steps else set()
    whole = needed <= set(PLACEHOLDER.findall(text)) and len(content(text)) > len(needed)
    return [*found, Aligned(text)] if found and whole else []


def renumbered(step: str, numbers: dict[int, int]) -> str:
    return PLACEHOLDER.sub(lambda match: f"#{numbers.get(int(match[1]), match[1])}", step)


def content(text: str) -> list[str]:
    """Words that carry meaning, and `#n`."""
    lowered = (match[0].lower() for match in TOKEN.finditer(text))
    return [word for word in lowered if word[0] == "#" or (word[0].isalnum() and word not in SMALL)]


def alike(a: str, b: str) -> bool:
    """The same word in another form, or another word for the same relation."""
    if a == b:
        return True
    if a[0] in "#0123456789" or b[0] == "#":
        return False
    if any(a in group and b in group for group in MEANINGS):
        return True
    shared = min(len(a), len(b))
    return shared >= 4 and a[: max(4, shared - 2)] == b[: max(4, shared - 2)] and abs(len(a) - len(b)) <= 5


def described(text: str, step: str, others: Sequence[str]) -> tuple[int, int] | None:
    """The description in `text` for which `step` asks, rather than the other steps."""
    asked = content(step)
    words = Words.of(text, asked, frozenset(word for other in others for word in content(other)))
    start, end = best_run(words.values)
    if start == end:
        return None
    start = opened(words, start, end)
    end = closed(words, start, end)
    if not (is_description(words, start, end) and is_covered(words, start, end, step)):
        return None
    return words.spans[start][0], words.spans[end - 1][1]


def value(word: str, asked: Sequence[str], others: frozenset[str]) -> float:
    if word[0] == "#":
        return 4.0 if word in asked else -9.0
    if not word[0].isalnum() or word in SMALL:
        return -2.5 if word in ";?!" else 0.0
    there = any(alike(word, other) for other in others)
    if any(alike(word, other) for other in asked):
        return 0.6 if there else 2.0 if word in asked else 1.2
    return -1.6 if there else -0.5


def best_run(values: Sequence[float]) -> tuple[int, int]:
    """The stretch with the highest sum, from a word that counts to one that does."""
    best, total, at = (0.0, 0, 0), 0.0, 0
    for index, worth in enumerate(values):
        if total <= 0:
            total, at = 0.0, index
        total += worth
        if total > best[0] and worth > 0:
            best = (total, at, index + 1)
    _, start, end = best
    while start < end and values[start] <= 0:
        start += 1
    return start, end


def is_description(words: Words, start: int, end: int) -> bool:
    """Whether the words are more than a name, and leave something to ask."""
    inside = range(start, end)
    telling = any(words.at(i) in LINKS or (words.is_plain(i) and not is_verb(words.words[i])) for i in inside)
    outside = [words.at(i) for i in range(len(words.words)) if i not in inside]
    return telling and any(word[0].isalnum() and word not in SMALL for word in outside)


def is_covered(words: Words, start: int, end: int, step: str) -> bool:
    """Whether the description has the names of the step, enough of its other words, and no answer that it does not use."""
    inside, asked = [words.at(i) for i in range(start, end)], content(step)
    if any(word[0] == "#" and word not in asked for word in inside):
        return False
    named = [word.lower() for word in Words.of(step).words if word[0] in "#0123456789" or word[0].isupper()]
    named = [word for word in named if word in asked and word not in WH]
    missed = [word for word in named if not any(alike(word, other) for other in inside)]
    telling = [word for word in asked if word not in GENERIC]
    had = [word for word in telling if any(alike(word, other) for other in inside)]
    return len(missed) <= len(named) // 4 and len(had) >= LEAST_COVERED * len(telling)


def opened(words: Words, start: int, end: int) -> int:
    """To the beginning of the description: over its article, its adjectives, and the noun before a clause or a preposition."""
    clause = any(is_verb(words.at(i)) and words.at(i) not in AUXILIARIES for i in range(start, end))
    while start > 0:
        before = words.at(start - 1)
        if before in ARTICLES and not (clause and words.at(start - 2) in LINKS):
            return start - 1
        if before in LINKS | PREPOSITIONS or (before in AUXILIARIES and words.at(start - 2) in LINKS):
            link = start - 2 if before in AUXILIARIES else start - 1
            if words.at(link) in LINKS and not clause and any(words.is_plain(i) for i in range(start, end)):
                return start
            reached = noun_phrase(words, link - (words.at(link - 1) in PREPOSITIONS), words.at(link) in LINKS)
            return min(reached, link if words.at(link) in LINKS and clause else start)
        if not (before in ARTICLES or before in '"“(' or _belongs(words, start - 1)):
            return start
        start -= 1
    return start


def _belongs(words: Words, index: int) -> bool:
    """A part of a name, an adjective behind an article, an adverb behind "who"."""
    if index == 0 or words.is_foreign(index):
        return False
    if words.words[index][0].isupper():
        return words.at(index) not in WH
    return words.at(index - 1) in (ARTICLES if words.is_plain(index) else LINKS) and words.at(index) not in AUXILIARIES


def noun_phrase(words: Words, end: int, clause: bool) -> int:
    """Where the noun before `end` begins, with article and adjectives; the number of words if none there belongs to it."""
    for at in range(end, max(0, end - 4), -1):
        word = words.at(at - 1)
        if word in ARTICLES:
            return at - 1 if at < end else len(words.words)
        if not word[0].isalnum() or word in SMALL or (words.is_foreign(at - 1) and not clause):
            return at if clause and at < end else len(words.words)
    return len(words.words)


def closed(words: Words, start: int, end: int) -> int:
    """To the end of the description: over the rest of a name, a bracket, an owned noun, the verb of its clause."""
    while end < len(words.words) and words.words[end - 1][0].isupper() and words.words[end][0].isupper():
        if words.is_foreign(end):
            break
        end += 1
    end = _bracketed(words, start, end)
    if words.at(end) in OWNS:
        owned = end + 1 < len(words.words) and words.is_plain(end + 1) and not words.is_foreign(end + 1)
        end += 2 if owned else words.at(end + 1) in "?.,"
    link = next((at for at in range(start, end) if words.at(at) in LINKS), None)
    if link is None:
        return end
    if not any(is_verb(words.at(at)) for at in range(link + 1, end)):
        end = _verb(words, end)
    behind = words.at(end + 1)
    outside = bool(behind) and words.is_foreign(end + 1) and words.is_plain(end + 1)
    stranded = not behind[:1].isalnum() or behind in AUXILIARIES or is_verb(behind) or outside
    return end + (words.at(end) in PREPOSITIONS and stranded)


def _bracketed(words: Words, start: int, end: int) -> int:
    inside, ahead = words.words[start:end], words.words[end : end + 8]
    for mark, other in (("(", ")"), ('"', '"'), ("“", "”")):
        is_open = inside.count(mark) > inside.count(other) or (mark == other and inside.count(mark) % 2)
        if is_open and other in ahead:
            return end + ahead.index(other) + 1
    return end


def _verb(words: Words, end: int) -> int:
    """Behind the next verb; only an auxiliary is taken when it has no other with it."""
    for at in range(end, min(end + 4, len(words.words))):
        if words.is_foreign(at) or not words.at(at)[0].isalnum():
            break
        if is_verb(words.at(at)) and words.at(at) not in AUXILIARIES:
            return at + 1
    return end + (words.at(end) in AUXILIARIES)


def sides(question: str, first: str, second: str) -> list[tuple[int, int]]:
    """The two things in the question of which two steps ask the same ("when was A born", "when was B born"), in its order."""
    a, b = Words.of(first).words, Words.of(second).words
    lowered = [word.lower() for word in a], [word.lower() for word in b]
    shared = min(len(a), len(b))
    start = next((i for i in range(shared) if lowered[0][i] != lowered[1][i]), shared)
    stop = next((i for i in range(shared - start) if lowered[0][-1 - i] != lowered[1][-1 - i]), shared - start)
    places = [found_in(question, words[start : len(words) - stop]) for words in (a, b)]
    found = sorted(grown(question, place) for place in places if place)
    return found if len(found) == 2 and found[0][1] < found[1][0] else []


def found_in(question: str, words: Sequence[str]) -> tuple[int, int] | None:
    """Where these words stand in the question, whatever their case and the spaces between them."""
    if not words:
        return None
    match = re.search(r"(?<!\w)" + r"\s*".join(map(re.escape, words)) + r"(?!\w)", question, re.IGNORECASE)
    return match.span() if match else None


def grown(question: str, place: tuple[int, int]) -> tuple[int, int]:
    """With article, capitalised words on both sides and bracket behind: what both things share in their names was lost."""
    start, end = place
    while (before := re.search(r"([A-Z][\w'’.-]*|\bthe) $", question[:start])) and before[1].lower() not in SMALL - ARTICLES | WH:
        start = before.start()
    while behind := re.match(r" (?:[A-Z0-9][\w'’.-]*|\([^()]*\))", question[end:]):
        end += behind.end()
    is_open = question.count("(", start, end) > question.count(")", start, end)
    return start, question.find(")", end) + 1 if is_open and ")" in question[end:] else end
