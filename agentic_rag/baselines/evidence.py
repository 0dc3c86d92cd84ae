"""How much of what a question says is also said by a text: stems, a few everyday synonyms, rarity. No model."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from agentic_rag.text import STOPWORDS, names, table, words

GROUPS = """
    born birth birthplace birthday birthdate|die died dies death dead deceased|design designed designer architect
    write wrote written writer author writes|marry married marries wife husband spouse widow widower
    found founded founder founding establish established formed formation|build built builder constructed construction
    teach taught teacher teaches trained|serve served service|make made maker makes|begin began begun start started beginning
    close closed closure shut stop stopped ceased|open opened opening inaugurated|complete completed finished completion
    long length longer|tall taller height high higher altitude elevation|deep depth deeper|wide width broad
    heavy weigh weighs weight|far distance|large area size big|people inhabitants population residents persons
    job profession occupation worked work career
    win won winner awarded|sing sang sung singer|lead led leader head|run ran runs|give gave given|hold held holder|buy bought
    sell sold|pay paid|cost price costs|know known|grow grew grown|speak spoke spoken|fight fought|take took taken|steal stole
    year years annual annually yearly|sign signed signatory|use used uses using|live lived lives|go went goes attend attended
    break broke broken cracked|ring rang rung|keep kept keeper|throw threw thrown cast|find discover discovered discoverer
    rescue rescued survivor survivors|wreck wrecked shipwreck|film movie|nationality citizenship
    parent father mother child children son daughter|lyrics lyricist words
""".replace("\n", "|")
"""Words that say the same for the purpose of finding an answer; the first of each group stands for all."""
CANONICAL = {word: group.split()[0] for group in GROUPS.split("|") if group.strip() for word in group.split()}
ORIGINS = frozenset(table("born build found open"))
"""Of several of these in one question, any one will do: "When was X born, built, founded or opened?"."""
ASKED = frozenset(
    table("""
    year date day month time name place city town country person kind type sort number amount much many long tall high deep wide
    far old heavy fast which what""")
)
"""Words that name the answer rather than describe it; they seldom stand beside it."""
SUFFIXES = ("ings", "ing", "ers", "ors", "er", "or", "ed", "es", "s", "e", "ly")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A crude common form: "designers", "designed" and "architect" are all "design"."""
    if word in CANONICAL or len(word) > 40 or not word.isalpha():
        return CANONICAL.get(word, word)
    if word.endswith(("ies", "ied")) and len(word) > 5:
        return word[:-3] + "y"
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            short = word[: -len(suffix)]
            short = short[:-1] if len(short) > 4 and short[-1] == short[-2] and short[-1] not in "ls" else short
            return CANONICAL.get(short, short)
    return word


def stems(text: str) -> set[str]:
    """The stems of the words that carry meaning; dates of life in brackets count as "born" and "die"."""
    found = {stem(word) for word in words(text) if word not in STOPWORDS}
    return found | {"born", "die"} if LIFE.search(text) else found


LIFE = re.compile(
    r"\((?:[^()\d]{0,40}|born )?\d{0,2}[^()\d]{0,20}(?P<born>\d{4})\s*[–—-]\s*[^()\d]{0,20}\d{0,2}[^()\d]{0,20}(?P<died>\d{4})\)"
)
"""(1801–1866) or (3 May 1801 – 2 June 1866): when somebody was born and died."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a question wants to see in a text: its stems with weights; rare ones, names and numbers weigh more."""

    weights: Mapping[str, float]
    firm: frozenset[str]

    @classmethod
    def of(cls, question: str, texts: Collection[Collection[str]]) -> Demand:
        """`texts` are the stems of the texts at hand; they say what is rare."""
        firm = {stem(word) for start, end in names(question) for word in words(question[start:end]) if word not in STOPWORDS}
        firm |= {stem(word) for word in words(question) if word.isdecimal()}
        wanted = {stem(word) for word in words(question) if word not in STOPWORDS}
        origins = wanted & ORIGINS
        wanted -= origins if len(origins) > 1 else set()
        weights = {word: _weight(word, firm) * _rarity(sum(word in text for text in texts), len(texts)) for word in wanted}
        return cls(dict(sorted(weights.items())), frozenset(firm & wanted))

    @property
    def core(self) -> frozenset[str]:
        """What the question says about its names: the words that are neither names nor numbers nor name the answer."""
        return frozenset(self.weights) - self.firm - ASKED

    def share(self, part: Collection[str], text: Collection[str]) -> float:
        """The share of the weight of `part`, in [0, 1], that `text` has; 1 if there is none."""
        total = sum(self.weights[word] for word in part)
        return sum(self.weights[word] for word in part if word in text) / total if total else 1.0

    def coverage(self, text: Collection[str], *behind: tuple[Collection[str], float]) -> float:
        """The share of the weight that `text` has, in [0, 1]; what stands only in a text `behind` it counts by that factor."""
        total = sum(self.weights.values())
        layers = [(text, 1.0), *behind]
        got = sum(
            weight * max((part for layer, part in layers if word in layer), default=0.0) for word, weight in self.weights.items()
        )
        return got / total if total else 0.0

    def missing(self, texts: Iterable[Collection[str]]) -> list[str]:
        """The names and numbers of the question that none of the texts has."""
        texts = list(texts)
        return sorted(word for word in self.firm if not any(word in text for text in texts))


def _weight(word: str, firm: set[str]) -> float:
    return 1.6 if word in firm else 0.3 if word in ASKED else 1.0


def _rarity(frequency: int, count: int) -> float:
    return math.log(1 + (count + 1) / (frequency + 0.5)) / math.log(1 + (count + 1) / 0.5)
