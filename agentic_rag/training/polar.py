"""Questions that are answered by yes or no, made of what passages say that their subjects are and of what they say in a set form.

Labelled ones are few, and three of four are answered by no: a reader that learns from these alone always says so. Here either
answer is as frequent, in passages of one kind. Passages that a dev question rests on are left out.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, islice
from pathlib import Path
from typing import Generic, TypeVar

from agentic_rag.comparison import COUNTRIES, moments
from agentic_rag.grammar import capital
from agentic_rag.text import sentences
from agentic_rag.training.cloze import IS, Entry
from agentic_rag.training.data import Answered, around
from agentic_rag.training.facts import Fact
from agentic_rag.training.relations import COMMON, Told, told, written

SOURCE = "polar"
BESIDE = 4
"""Passages that say the same sort of thing of others."""
ALIKE = 5
"""Subjects of one kind from which there are questions about it."""
TRIES = 30
"""Draws after which a question that needs a certain pair is given up."""
LISTED = re.compile(r"(?:an?|the|one of the)\s+(?P<list>[^.;:()]{3,120})")
"""What a first sentence says that its subject is, to the first pause: "an American film director, producer and actor"."""
PAUSE = re.compile(
    r"\s(?:who|that|which|where|whose|from|in|of|for|at|by|with|on|to|as|during|born|best|known|set|made|appearing|starring|featuring"
    r"|using|serving|(?!red\b|seed\b)[a-z]+ed)\b.*"
)
SORTS = re.compile(r"(?:genus|species|family|type|form|breed|kind) of (?P<kinds>(?:[a-z-]+ ){0,2}?[a-z-]+s)\b")
NO_NOUN = re.compile(r"(?:ed|est|(?<!ie)s)$|\b\w+est\b|\b(?:most|first|second|last|only|former|one|same)\b")
"""What ends no name of a kind, or makes it one of a kind."""
BOTH = (
    "Are {1} and {2} both PREDICATES?", "Are both {1} and {2} PREDICATES?", "Were {1} and {2} both PREDICATES?",
    "Were both {1} and {2} PREDICATES?", "{1} and {2} are both PREDICATES?", "Are {1} and {2} both considered PREDICATES?",
    "Are {1} and {2} PREDICATES?", "{1} and {2} are both PREDICATES, is this true?", "Do both {1} and {2} count as PREDICATES?",
)  # fmt: skip
ONE = (
    "Is {1} a PREDICATE?", "Was {1} a PREDICATE?", "Is {1} PREDICATES?", "Was {1} PREDICATES?",
    "{1} is a PREDICATE, true or false?", "Is it true that {1} is a PREDICATE?",
)  # fmt: skip
SAME = {
    "country": (
        "Are {1} and {2} from the same country?", "Are {1} and {2} of the same nationality?",
        "Do {1} and {2} share the same nationality?", "Did {1} and {2} have the same nationality?",
        "Are both {1} and {2} from the same country?", "Were {1} and {2} from the same country?",
        "Did {1} and {2} originate from the same country?", "Do {1} and {2} have the same country of origin?",
    ),
    "land": (
        "Are {1} and {2} located in the same country?", "Are {1} and {2} both located in the same country?",
        "Are both {1} and {2} in the same country?", "Do {1} and {2} lie in the same country?",
    ),
    "birthplace": (
        "Were {1} and {2} born in the same place?", "Were {1} and {2} born in the same city?",
        "Were {1} and {2} both born in VALUE?",
    ),
    "place": (
        "Are {1} and {2} located in the same place?", "Are {1} and {2} situated in the same state?",
        "Are {1} and {2} both located in VALUE?", "Are both {1} and {2} based in VALUE?",
    ),
    "director": ("Were {1} and {2} directed by the same person?", "Were both {1} and {2} directed by VALUE?"),
    "release": (
        "Were {1} and {2} released in the same year?", "Did {1} and {2} come out in the same year?",
        "Were {1} and {2} both released in VALUE?",
    ),
    "occupation": ("Do {1} and {2} have the same occupation?", "Did {1} and {2} share the same profession?"),
    "team": ("Did {1} and {2} play for the same team?", "Did both {1} and {2} play for VALUE?"),
    "member": ("Are {1} and {2} members of the same group?", "Were {1} and {2} in the same band?"),
    "education": ("Did {1} and {2} study at the same school?", "Did {1} and {2} both attend VALUE?"),
}  # fmt: skip
"""Of relations, what is asked of two that may say the same."""
OF_ONE = {
    "country": ("Is {1} VALUE?", "Was {1} VALUE?"),
    "land": ("Is {1} in VALUE?", "Is {1} located in VALUE?"),
    "birthplace": ("Was {1} born in VALUE?", "Is {1} from VALUE?"),
    "place": ("Is {1} located in VALUE?", "Is {1} based in VALUE?"),
    "director": ("Was {1} directed by VALUE?", "Did VALUE direct {1}?"),
    "release": ("Was {1} released in VALUE?", "Did {1} come out in VALUE?"),
    "team": ("Did {1} play for VALUE?",),
    "birth": ("Was {1} born on VALUE?", "Was {1} born VALUE?"),
}
EARLIER = {
    "birth": ("Was {1} born before {2}?", "Is {1} older than {2}?", "Was {1} born earlier than {2}?"),
    "release": ("Was {1} released before {2}?", "Did {1} come out before {2}?", "Is {1} older than {2}?"),
    "beginning": ("Was {1} founded before {2}?", "Is {1} older than {2}?"),
}


@dataclass(frozen=True, slots=True)
class Predicate:
    """What a subject is said to be, one of them and several: "American film director", "American film directors"."""

    one: str
    several: str

    @property
    def stems(self) -> set[str]:
        return {stem(word) for word in self.one.split()}


Item = TypeVar("Item")


@dataclass(frozen=True)
class Groups(Generic[Item]):
    """Things by name, to be drawn from: any name alike, or the more often the more there are of it."""

    of: Mapping[str, Sequence[Item]]

    @cached_property
    def names(self) -> list[str]:
        return sorted(self.of)

    @cached_property
    def weights(self) -> list[float]:
        return list(accumulate(len(self.of[name]) ** COMMON for name in self.names))

    def any(self, chance: random.Random) -> str:
        return chance.choice(self.names)

    def common(self, chance: random.Random) -> str:
        return chance.choices(self.names, cum_weights=self.weights)[0]


@dataclass(frozen=True)
class Polar:
    """Makes a question with an answer that is drawn first."""

    told: Told

    @cached_property
    def predicates(self) -> list[list[Predicate]]:
        return [list(predicates(entry)) for entry in self.told.every]

    @cached_property
    def stems(self) -> list[set[str]]:
        return [{stem(word) for word in re.findall(r"[\w-]+", entry.passage.text)} for entry in self.told.every]

    @cached_property
    def alike(self) -> Groups[int]:
        """Entries by the last word of what they are said to be."""
        found = defaultdict[str, list[int]](list)
        for number, some in enumerate(self.predicates):
            for head in {stem(one.one.split()[-1]) for one in some}:
                found[head].append(number)
        return Groups({head: some for head, some in found.items() if len(some) >= ALIKE})

    @cached_property
    def saying(self) -> dict[str, Groups[tuple[int, Fact]]]:
        """By relation, if more than one thing is said in it, and by value: which entries say so."""
        found = {}
        for relation in sorted({*SAME, *OF_ONE, *EARLIER}):
            by_value = defaultdict[str, list[tuple[int, Fact]]](list)
            for number, fact in self.told.saying.get(relation, []):
                by_value[value_of(relation, self.value(number, fact))].append((number, fact))
            if len(by_value) > 1:
                found[relation] = Groups(by_value)
        return found

    def relation(self, asked: Mapping[str, Sequence[str]], chance: random.Random) -> str | None:
        some = sorted(asked.keys() & self.saying.keys())
        return chance.choice(some) if some else None

    def value(self, number: int, fact: Fact) -> str:
        return self.told.every[number].passage.text[fact.start : fact.end]

    def both(self, right: bool, chance: random.Random) -> Answered | None:
        """Are both what one of them is?"""
        if not self.alike.names:
            return None
        one = chance.choice(self.alike.of[self.alike.common(chance)])
        predicate = chance.choice(self.predicates[one])
        akin = self.alike.of.get(stem(predicate.one.split()[-1]), [])
        other = chance.choice(akin if akin and (right or chance.random() < 0.6) else range(len(self.told.every)))
        said = any(predicate.stems <= one.stems for one in self.predicates[other])
        denied = bool(predicate.stems - self.stems[other])
        if one == other or not (said if right else denied):
            return None
        return self.asked(chance.choice(BOTH), chance.sample([one, other], 2), predicate, right, chance)

    def one(self, right: bool, chance: random.Random) -> Answered | None:
        """Is it what it is said to be, or what another one is?"""
        if not self.alike.names:
            return None
        numbers = self.alike.of[self.alike.common(chance)]
        one, other = chance.choice(numbers), chance.choice(numbers if chance.random() < 0.5 else range(len(self.told.every)))
        some = self.predicates[one if right else other]
        predicate = chance.choice(some) if some else None
        if not predicate or not (right or predicate.stems - self.stems[one]):
            return None
        return self.asked(chance.choice(ONE), [one], predicate, right, chance)

    def same(self, right: bool, chance: random.Random) -> Answered | None:
        """Do two say the same in one respect?"""
        relation = self.relation(SAME, chance)
        if relation is None:
            return None
        groups = self.saying[relation]
        value = groups.any(chance) if chance.random() < 0.5 else groups.common(chance)
        (one, fact), (other, theirs) = chance.choice(groups.of[value]), chance.choice(groups.of[value])
        if not right:
            other, theirs = chance.choice(groups.of[groups.any(chance)])
        if one == other or (value_of(relation, self.value(other, theirs)) == value) != right:
            return None
        if not right and value_of(relation, self.value(other, theirs)) in self.told.every[one].passage.text.lower():
            return None
        asked = chance.choice(SAME[relation]).replace("VALUE", self.value(one, fact))
        return self.made(asked, [(one, fact), (other, theirs)], right, chance, relation)

    def of_one(self, right: bool, chance: random.Random) -> Answered | None:
        """Does it say so, or does another one?"""
        relation = self.relation(OF_ONE, chance)
        if relation is None:
            return None
        groups = self.saying[relation]
        one, fact = chance.choice(groups.of[groups.any(chance)])
        other, theirs = (one, fact) if right else chance.choice(groups.of[groups.any(chance)])
        if not right and self.value(other, theirs).lower() in self.told.every[one].passage.text.lower():
            return None
        asked = chance.choice(OF_ONE[relation]).replace("VALUE", self.value(other, theirs))
        return self.made(asked, [(one, fact)], right, chance, relation)

    def earlier(self, right: bool, chance: random.Random) -> Answered | None:
        """Does one come before the other?"""
        relation = self.relation(EARLIER, chance)
        if relation is None:
            return None
        pairs = [chance.choice(self.told.saying[relation]) for _ in range(2)]
        dates = [moments(self.value(*pair)) for pair in pairs]
        if not all(dates):
            return None
        first, second = (found[0].value for found in dates)
        if not (first.latest < second.earliest or second.latest < first.earliest):
            return None
        if (first.latest < second.earliest) != right:
            pairs.reverse()
        return self.made(chance.choice(EARLIER[relation]), pairs, right, chance, relation)

    def asked(self, asked: str, numbers: Sequence[int], predicate: Predicate, right: bool, chance: random.Random) -> Answered:
        text = asked.replace("a PREDICATE", f"{'an' if predicate.one[0].lower() in 'aeiou' else 'a'} {predicate.one}")
        text = text.replace("PREDICATES", predicate.several)
        facts = [(number, Fact("kind", *sentences(self.told.every[number].passage.text)[0], ())) for number in numbers]
        return self.made(text, facts, right, chance, "kind")

    def made(self, asked: str, way: Sequence[tuple[int, Fact]], right: bool, chance: random.Random, relation: str) -> Answered:
        entries = [self.told.every[number] for number, _ in way]
        for at, entry in enumerate(entries, 1):
            asked = asked.replace(f"{{{at}}}", written(entry, chance))
        passages = [entry.passage for entry in entries]
        taken = {number for number, _ in way}
        alike = self.told.comparable.get(entries[0].kind.split()[-1], [])
        others = [self.told.every[at].passage for at in chance.sample(alike, min(BESIDE, len(alike))) if at not in taken]
        spots = [(part, fact.start, fact.end) for part, (_, fact) in enumerate(way)]
        name, answer = f"{SOURCE}/{relation}/{'.'.join(str(number) for number, _ in way)}", "yes" if right else "no"
        return Answered(name, capital(asked), passages, [], answer, others, [answer], SOURCE, around(passages, spots))


def polar_questions(data: Path, most: int, chance: random.Random) -> Iterator[Answered]:
    """`most` questions, half of them with yes, other ones with another `chance`; none if nothing is said in a set form."""
    made = polar(data)
    ways = [made.both, made.both, made.one, made.same, made.same, made.of_one, made.earlier]
    for number in range(most):
        way = chance.choice(ways)
        tries = (way(number % 2 == 0, chance) for _ in range(TRIES))
        yield from islice(filter(None, tries), 1)


@cache
def polar(data: Path) -> Polar:
    return Polar(told(data))


def predicates(entry: Entry) -> Iterator[Predicate]:
    """Each thing that the first sentence says its subject is, with and without where it is from."""
    text = entry.passage.text
    start = IS.search(text, 0, 300)
    found = LISTED.match(text, start.end()) if start else None
    if not found:
        return
    if sorts := SORTS.search(found["list"]):
        several = sorts["kinds"]
        yield from (Predicate(several.removesuffix("s"), several) for several in [several] if several.endswith("s"))
        return
    nation = ""
    for at, part in enumerate(re.split(r",\s*(?:and\s+)?|\s+and\s+", PAUSE.sub("", found["list"]))):
        tokens = [token for token in part.split() if not token[0].isdigit()]
        if at == 0 and tokens and tokens[0].strip("-").lower() in COUNTRIES:
            nation = tokens[0]
        noun = [token for token in tokens if token.islower() and token.isalpha()]
        if not noun or len(noun) > 3 or tokens[0 if at or not nation else 1 :] != noun or NO_NOUN.search(" ".join(noun)):
            return
        for few in {" ".join(noun), noun[-1]}:
            yield from (Predicate(one, plural(one)) for one in {few, f"{nation} {few}".strip()})


def value_of(relation: str, text: str) -> str:
    """As it is compared: the country of those who come from it, the year of a day."""
    if relation in ("country", "land"):
        return COUNTRIES.get(text.lower().split()[-1], text.lower())
    years = re.findall(r"\b\d{4}\b", text) if relation == "release" else []
    return years[-1] if years else text.lower()


def stem(word: str) -> str:
    """Enough to tell a director from an actor, not one from several."""
    low = word.lower().strip("-")
    return (
        low[:-3] + "y" if low.endswith("ies") else low[:-2] if low.endswith(("ches", "shes", "sses")) else low.removesuffix("s")
    )


def plural(phrase: str) -> str:
    """Of the last word: film directors, of a film director."""
    rest, _, head = phrase.rpartition(" ")
    if head.endswith(("man", "men")):
        made = head[:-3] + "men"
    elif head.endswith(("s", "x", "ch", "sh")):
        made = head if head.endswith(("series", "species")) else f"{head}es"
    else:
        made = f"{head[:-1]}ies" if re.search(r"[^aeiou]y$", head) else f"{head}s"
    return f"{rest} {made}".strip()
