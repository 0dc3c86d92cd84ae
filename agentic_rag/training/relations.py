"""Questions about what passages say in a set form: about one of them, about one that leads to another, about two side by side.

Labelled questions of this kind are few, and a reader that never met them takes any date beside any name for an answer. So each
stands among passages that say the same of others. Passages that a dev question rests on are left out.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from agentic_rag.grammar import capital, is_person
from agentic_rag.text import content_words, table
from agentic_rag.training.cloze import Entries, Entry, entries
from agentic_rag.training.data import Answered, around
from agentic_rag.training.facts import Fact, facts

SOURCE = "relations"
SOURCES = {
    "hotpotqa/corpus.jsonl.gz (what passages say in a set form)": "CC BY-SA 4.0",
    "2wiki/corpus.jsonl.gz (what passages say in a set form)": "Apache-2.0",
    "musique/corpus.jsonl.gz (what passages say in a set form)": "CC BY 4.0",
}
"""What the questions are made of, with licences, for the cards."""
BESIDE = 6
"""Passages that say the same of others."""
CHAINS = 0.45
"""Share of the questions that go on to a second passage."""
COMMON = 0.5
"""How often a relation is drawn grows with this power of how often it is said."""


KINSHIP = {
    ("father", "father"): "paternal grandfather", ("father", "mother"): "paternal grandmother",
    ("mother", "father"): "maternal grandfather", ("mother", "mother"): "maternal grandmother",
    ("husband", "father"): "father-in-law", ("spouse", "father"): "father-in-law", ("husband", "mother"): "mother-in-law",
}  # fmt: skip
"""What two steps of kin are called."""


COMPARABLE = 20
"""Things of one kind from which two of them are compared."""
WORKS = frozenset(table("film movie song album book novel series play game single show"))
PERSONAL = frozenset(table("director writer composer star father mother husband spouse"))
"""What only a person is to something; a band or a company may perform, publish or own it, a work does nothing."""
SAME_KIND = (
    "Are {1} and {2} from the same country?", "Are {1} and {2} both located in the same country?", "Are both {1} and {2} KINDS?",
    "Are the KINDS {1} and {2}, located in the same country?", "Which is older, {1} or {2}?",
    "Do {1} and {2} share the same country?", "Are both KINDS, {1} and {2}, from the same country?",
)  # fmt: skip
PERSONS_COMPARED = (
    "Who was born first, {1} or {2}?", "Who was born earlier, {1} or {2}?", "Who was born later, {1} or {2}?",
    "Who died first, {1} or {2}?", "Who died earlier, {1} or {2}?", "Who lived longer, {1} or {2}?", "Who is older, {1} or {2}?",
    "Who is younger, {1} or {2}?", "Were {1} and {2} of the same nationality?", "Do {1} and {2} have the same nationality?",
    "Which KIND was born first, {1} or {2}?", "Between {1} and {2}, who died later?",
)  # fmt: skip
WORKS_COMPARED = (
    "Which KIND came out first, {1} or {2}?", "Which KIND came out earlier, {1} or {2}?", "Which KIND is older, {1} or {2}?",
    "Which KIND was released more recently, {1} or {2}?", "Which KIND was released first, {1} or {2}?",
    "Which KIND has the director who was born first, {1} or {2}?", "Which KIND has the director who died later, {1} or {2}?",
    "Which KIND has the director who is older, {1} or {2}?", "Which KIND whose director was born later, {1} or {2}?",
    "Are the directors of {1} and {2} from the same country?", "Do both KINDS {1} and {2} have directors from the same country?",
    "Are both directors of KINDS {1} and {2} from the same country?", "Did the KINDS {1} and {2}, come from the same country?",
    "Are director of KIND {1} and director of KIND {2} from the same country?", "Were {1} and {2} released in the same year?",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the description in it that leads to another passage ("the director of X"); "" where one passage answers.

    Where two steps of kin have a name, the description is that of the first, as `spelled_kinship` says it.
    """

    case: Answered
    link: str = ""


@dataclass(frozen=True)
class Told:
    """Entries with what they say, and which say the same sort of thing."""

    every: Sequence[Entry]
    facts: list[list[Fact]]
    comparable: Mapping[str, Sequence[int]]
    saying: dict[str, list[tuple[int, Fact]]] = field(default_factory=lambda: defaultdict(list))
    going_on: dict[str, list[tuple[int, Fact, int]]] = field(default_factory=lambda: defaultdict(list))
    by_word: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, entries: Entries) -> Told:
        every = entries.every
        alike = {kind: several for kind, several in entries.by_kind.items() if len(several) >= COMPARABLE}
        told = cls(every, [list(facts(entry)) for entry in every], alike)
        by_name = {entry.name.lower(): number for number, entry in enumerate(every)}
        for number, (entry, known) in enumerate(zip(every, told.facts, strict=True)):
            for word in set(content_words(entry.name)):
                told.by_word[word].append(number)
            for fact in known:
                told.saying[fact.relation].append((number, fact))
                next_one = by_name.get(entry.passage.text[fact.start : fact.end].lower(), number) if fact.noun else number
                if next_one != number and told.facts[next_one] and may_be(fact.noun, every[next_one]):
                    told.going_on[fact.relation].append((number, fact, next_one))
        return told

    def single(self, chance: random.Random) -> Question:
        number, fact = chance.choice(self.saying[drawn(self.saying, chance)])
        subject = written(self.every[number], chance)
        question = chance.choice(fact.asked).replace("{}", subject)
        return Question(self.asked(question, [(number, fact)], chance))

    def chain(self, chance: random.Random) -> Question:
        number, bridge, following = chance.choice(self.going_on[drawn(self.going_on, chance)])
        fact = chance.choice(self.facts[following])
        kind = self.every[number].kind.split()[-1]
        link = chance.choice(
            ["the NOUN of {}", "{}'s NOUN"] if is_person(kind) else ["the NOUN of {}", f"the NOUN of {kind} {{}}"]
        )
        subject = written(self.every[number], chance)
        described = link.replace("{}", subject)
        link = described.replace("NOUN", bridge.noun)
        kin = KINSHIP.get((bridge.noun, fact.noun)) if chance.random() < 0.8 else None
        asked = f"Who is {described.replace('NOUN', kin)}?" if kin else chance.choice(fact.asked).replace("{}", link)
        return Question(self.asked(capital(asked), [(number, bridge), (following, fact)], chance), link)

    def pair(self, chance: random.Random) -> tuple[str, list[str]]:
        """A question that compares two things of one kind, and the two as it names them."""
        head = chance.choice(sorted(self.comparable))
        one, other = (written(self.every[number], chance) for number in chance.sample(self.comparable[head], 2))
        asked = chance.choice(SAME_KIND + (PERSONS_COMPARED if is_person(head) else WORKS_COMPARED if head in WORKS else ()))
        plural = head if head.endswith("s") else f"{head}s"
        question = asked.replace("KINDS", plural).replace("KIND", head).replace("{1}", one).replace("{2}", other)
        return capital(question), [one, other]

    def asked(self, question: str, way: Sequence[tuple[int, Fact]], chance: random.Random) -> Answered:
        """The last fact of the way answers; beside its passages stand some that say the same of others."""
        passages = [self.every[number].passage for number, _ in way]
        spots = [(part, fact.start, fact.end) for part, (_, fact) in enumerate(way)]
        last, answer = spots[-1], passages[-1].text[spots[-1][1] : spots[-1][2]]
        others = [self.every[number].passage for number in self.beside(way, chance)]
        name = "/".join([SOURCE, *(f"{number}.{fact.relation}" for number, fact in way)])
        return Answered(name, question, passages, [last], "", others, [answer], SOURCE, around(passages, spots))

    def beside(self, way: Sequence[tuple[int, Fact]], chance: random.Random) -> list[int]:
        """Half of them share a word of a title."""
        found = dict[int, None]()
        for number, fact in way:
            same = {other for other, _ in self.saying[fact.relation]}
            words = [word for word in content_words(self.every[number].name) if len(self.by_word[word]) > 1]
            akin = [other for word in words for other in chance.sample(self.by_word[word], min(4, len(self.by_word[word])))]
            found |= dict.fromkeys([other for other in akin if other in same][: BESIDE // 2])
            alike, _ = zip(*chance.choices(self.saying[fact.relation], k=BESIDE // 2), strict=True)
            found |= dict.fromkeys(alike)
        taken = {number for number, _ in way}
        return [number for number in found if number not in taken]


def relation_questions(data: Path, most: int, chance: random.Random) -> Iterator[Question]:
    """`most` questions over one or two passages of the sets' corpora, other ones with another `chance`.

    There are none if the passages say nothing in a set form.
    """
    known = told(data)
    for _ in range(most if known.saying else 0):
        yield known.chain(chance) if known.going_on and chance.random() < CHAINS else known.single(chance)


def compared_pairs(data: Path, most: int, chance: random.Random) -> Iterator[tuple[str, list[str]]]:
    """`most` questions that compare two things, each with the two as it names them; none if no kind has enough of them."""
    known = told(data)
    yield from (known.pair(chance) for _ in range(most if known.comparable else 0))


def may_be(noun: str, entry: Entry) -> bool:
    """Whether an entry of that name can be somebody's father, or a film's director; with brackets it is mostly of another."""
    head = entry.kind.split()[-1]
    fits = is_person(head) if noun in PERSONAL else head not in WORKS
    return fits and (entry.name == entry.passage.title or noun in entry.passage.title)


@cache
def told(data: Path) -> Told:
    return Told.of(entries(data))


def drawn(groups: Mapping[str, Sequence[object]], chance: random.Random) -> str:
    names = sorted(groups)
    return chance.choices(names, [len(groups[name]) ** COMMON for name in names])[0]


def written(entry: Entry, chance: random.Random) -> str:
    """The subject as people write it: with or without what tells it from others, and in capitals as they come."""
    text = chance.choice([entry.passage.title, entry.name]).rstrip("?!. ")
    way = chance.random()
    if way < 0.2:
        return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))
    return text.lower() if way < 0.28 else text
