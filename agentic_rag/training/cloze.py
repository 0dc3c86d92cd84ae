"""Questions made of passages that are linked: a sentence of each, put together at the link, with what is asked for left out.

Cloze questions as in unsupervised question answering (Lewis et al. 2019, arXiv 1906.04980), over two passages as in MQA-QG (Pan
et al. 2021, arXiv 2010.12623), along titles that other passages name. They teach to follow a link, of which few labelled
questions exist. What a dev question rests on is left out, in every set's version.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agentic_rag.comparison import COUNTRIES
from agentic_rag.grammar import is_person
from agentic_rag.quantities import amounts, moments
from agentic_rag.specialists.links import named
from agentic_rag.text import STOPWORDS, UPPER, bare_title, names, sentences, words
from agentic_rag.training.data import SETS, Answered, around, corpus, lines, located
from agentic_rag.types import Passage

SOURCE = "cloze"
SOURCES = {
    "hotpotqa/corpus.jsonl.gz (linked passages)": "CC BY-SA 4.0",
    "2wiki/corpus.jsonl.gz (linked passages)": "Apache-2.0",
    "musique/corpus.jsonl.gz (linked passages)": "CC BY 4.0",
}
"""What the questions are made of, with licences, for the cards."""
IS = re.compile(r"\b(?:is|was|are|were)\s+(?=(?:an?|the|one of the)\s)")
KIND = re.compile(
    r"(?:an?|the|one of the)\s+"
    r"((?:(?!(?:of|in|who|that|which|and|from|by|for|with|at|on|to|as|or|active|born|written|known|set|(?!red|seed)\w+ed)\b"
    r"|\w+ing\b(?! [a-z]))[\w'’-]+\s?){1,6})"
)
"""What a passage says that its subject is: "a 1915 Swedish drama film"."""
BORN = re.compile(r"\((?:[^()]*?[;,] ?)?born ((?:\w+ \d{1,2}, |\d{1,2} \w+ |\w+ )?\d{4})")
SUBJECT = re.compile(
    r"(?:He|She|It|They|(?:The|This) (?:[a-z-]+ )?(?:film|movie|band|group|album|song|book|novel|series|show|"
    r"company|school|university|team|club|city|town|village|game|magazine|newspaper|airline|building|station))\b"
)
ENDS = re.compile(rf"[\"”']?(?:[,.;)]|\s(?:{'|'.join(sorted(STOPWORDS))})\b|\s*$)")
"""What follows a name that is no part of something longer."""
LONGEST = 20
"""Words of a statement that are taken into a question."""
FORGOTTEN = 0.1
"""Share of the words of a statement that a question leaves out, so that it does not repeat the passage."""
OFTEN = 8
"""Questions at most that lead to one passage: half of a corpus names the United States."""
BESIDE = 6
"""Passages of the same kind as one of the two, as what misleads."""
COMPARED = 0.06
"""Share of the questions that ask whether two things are of one kind."""
GOES_ON = re.compile(rf"[ -]?[{UPPER}0-9]|\w")
LED_BY = re.compile(rf"([{UPPER}][\w.'’]*)[ -]$")
"""What stands behind a name and before it that is a part of a longer one."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a passage says about its subject: the words before a span, the span, and the words behind it up to the next pause."""

    before: str
    start: int
    end: int
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage with its subject's name as others write it, and what kind of thing it is."""

    passage: Passage
    name: str
    kind: str

    @property
    def relative(self) -> str:
        return "who" if is_person(self.kind.split()[-1]) else "that"


def linked_questions(data: Path, most: int, chance: random.Random) -> Iterator[Answered]:
    """At most `most` questions over two passages of the sets' corpora, other ones with another `chance`."""
    known = entries(data)
    links = chance.sample(known.links, len(known.links))
    made, led = 0, Counter[int]()
    for one, other, place in links:
        if made == most:
            return
        if led[other] == OFTEN:
            continue
        asked = known.chain(one, other, place, chance)
        if asked and chance.random() < COMPARED:
            asked = next(filter(None, (known.comparison(chance) for _ in range(10))), asked)
        if asked:
            made += 1
            led[other] += 1
            yield asked


@cache
def entries(data: Path) -> Entries:
    """Those of all sets, each title once, without the titles that a dev question of any set rests on."""
    gold = {id_ for name in SETS for row in lines(data, f"{name}/dev.jsonl.gz") for id_ in row["gold"]}
    unique = {named(one): one for name in SETS for one in corpus(data, name).values()}
    dev = {named(one) for name in SETS for id_, one in corpus(data, name).items() if id_ in gold}
    return Entries.of([one for name, one in unique.items() if name not in dev])


@dataclass(frozen=True)
class Entries:
    """Passages that say what their subject is, and where one of them names another: (one, other, character)."""

    every: list[Entry]
    links: list[tuple[int, int, int]]
    by_kind: dict[str, list[int]]

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> Entries:
        every = [Entry(one, bare_title(one.title), kind) for one in passages if tells(one) and (kind := kind_of(one))]
        by_kind: dict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(every):
            by_kind[entry.kind.split()[-1]].append(number)
        return cls(every, list(links_of(every)), dict(by_kind))

    def chain(self, first: int, second: int, place: int, chance: random.Random) -> Answered | None:
        """A question whose answer stands in the second passage, or is the first one's subject."""
        one, other = self.every[first], self.every[second]
        link = statement(one, place, place + len(other.name))
        told = [found for span in spots(other) if (found := statement(other, *span))]
        told = [found for found in told if other.passage.text[found.start : found.end].lower() not in one.passage.text.lower()]
        if not link or not told:
            return None
        fact = chance.choice(told)
        answer = other.passage.text[fact.start : fact.end]
        bridge, before = (blurred(text, chance) for text in (link.before, fact.before))
        if chance.random() < 0.3:
            asked = f"Which {one.kind} {bridge} {article(other.kind, chance)} {other.relative} {before} {answer} {fact.after}"
            answer = one.name
            spans = located([answer], [one.passage])[:1]
        else:
            wanted = wh(answer, fact, chance)
            spans = [(1, fact.start, fact.end)]
            if chance.random() < 0.5:
                asked = f"{one.name} {bridge} {article(other.kind, chance)} {other.relative} {before} {wanted} {fact.after}"
            else:
                asked = f"The {other.kind} that {one.name} {bridge} {before} {wanted} {fact.after}"
        question = f"{' '.join(asked.replace(chr(34), '').split()).rstrip(' ,.;')}?"
        if not spans or other.name.lower() in question.lower() or answer.lower() in question.lower():
            return None
        passages, beside = [one.passage, other.passage], self.beside(first, second, chance)
        telling = around(passages, [(0, place, place + len(other.name)), (1, fact.start, fact.end)])
        return Answered(f"{SOURCE}/{first}/{second}", question, passages, spans, "", beside, [answer], SOURCE, telling)

    def comparison(self, chance: random.Random) -> Answered | None:
        """Whether two things of one sort are both of one kind; they are not only where each says another nation."""
        heads = [kind for kind, members in self.by_kind.items() if len(members) > 5]
        if not heads:
            return None
        head = chance.choice(heads)
        first, second = chance.sample(self.by_kind[head], 2)
        one, other = self.every[first], self.every[second]
        kind, its = (" ".join(entry.kind.split()[-2:]) for entry in (one, other))
        nations = [COUNTRIES.get(one.split()[0].lower()) for one in (kind, its)]
        if kind == head or (kind != its and (None in nations or nations[0] == nations[1])):
            return None
        polar = "yes" if kind == its else "no"
        asked = chance.choice(["Are {} and {} both {}s?", "Are both {} and {} {}s?", "Is each of {} and {} a {}?"])
        question = asked.format(one.name, other.name, kind)
        passages = [one.passage, other.passage]
        return Answered(
            f"{SOURCE}/{first}/{second}", question, passages, [], polar, self.beside(first, second, chance), [polar], SOURCE
        )

    def beside(self, first: int, second: int, chance: random.Random) -> list[Passage]:
        groups = [self.by_kind[self.every[at].kind.split()[-1]] for at in (first, second)]
        same = [number for group in groups for number in chance.sample(group, min(len(group), BESIDE // 2))]
        return [self.every[number].passage for number in dict.fromkeys(same) if number not in (first, second)]


def tells(passage: Passage) -> bool:
    """Whether the title tells enough to be known again: not a common word that needs a parenthesis."""
    name = bare_title(passage.title)
    return len(name) > 3 and (" " in name or name == passage.title)


def kind_of(passage: Passage) -> str:
    """What the first sentence says that its subject is, "" if it does not."""
    start = IS.search(passage.text, 0, 300)
    found = KIND.match(passage.text, start.end()) if start else None
    kind = found[1].strip() if found else ""
    return kind if kind and kind.split()[-1].islower() else ""


def links_of(every: Sequence[Entry]) -> Iterator[tuple[int, int, int]]:
    """Where a passage names another one by its whole title, and nothing longer; a title in brackets may be of another thing."""
    by_first: dict[str, list[int]] = defaultdict(list)
    for number, entry in enumerate(every):
        if entry.name[0].isupper() and entry.name == entry.passage.title:
            by_first[entry.name.split()[0]].append(number)
    for number, entry in enumerate(every):
        text, seen = entry.passage.text, {number}
        for match in re.finditer(r"\b[A-Z][^\s,.;:()\"]*", text):
            for other in by_first.get(match[0], ()):
                name = every[other].name
                stop = match.start() + len(name)
                whole = text.startswith(name, match.start()) and stands_alone(text, match.start(), stop)
                if whole and other not in seen and name not in entry.name:
                    seen.add(other)
                    yield number, other, match.start()


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a name is no part of a longer one, as "Kentucky" is of "Eastern Kentucky University"."""
    led = LED_BY.search(text, max(0, start - 40), start)
    return not GOES_ON.match(text, end) and not (led and led[1].lower() not in STOPWORDS)


def statement(entry: Entry, start: int, end: int) -> Statement | None:
    """The statement about the entry's subject that a span is a part of, if there is a short one."""
    text = entry.passage.text
    if (born := BORN.search(text, 0, 300)) and born.span(1) == (start, end):
        return Statement("was born in" if end - start == len("1900") else "was born on", start, end, "")
    inside = next(((begin, stop) for begin, stop in sentences(text) if begin <= start and end <= stop), None)
    if inside is None:
        return None
    begin, stop = inside
    lead = IS.search(text, begin, min(stop, begin + 300)) if begin == 0 else None
    subject = SUBJECT.match(text, begin) or re.compile(re.escape(entry.name)).match(text, begin)
    at = lead.start() if lead else subject.end() if subject else None
    if at is None or at >= start:
        return None
    before = text[at:start].strip()
    if before.count('"') % 2:
        return None
    pause = re.search(r"[,;.(]|$", text[end:stop])
    after = text[end : end + pause.start()].strip() if pause else ""
    if not 0 < len(before.split()) <= LONGEST or len(after.split()) > LONGEST // 2 or before.count("(") != before.count(")"):
        return None
    return Statement(re.sub(r"\s(?:the|an?)$", "", before), start, end, after)


def spots(entry: Entry) -> Iterator[tuple[int, int]]:
    """Dates, numbers and names that a passage has beside its subject's."""
    text = entry.passage.text
    if born := BORN.search(text, 0, 300):
        yield born.span(1)
    dates = [(one.start, one.end) for one in moments(text)]
    found = [*names(text), *((one.start, one.end) for one in amounts(text))]
    yield from dates
    own = set(words(entry.passage.title))
    for start, end in found:
        apart = all(end <= begin or start >= stop for begin, stop in dates) and not own & set(words(text[start:end]))
        if apart and (not text[start].isupper() or ENDS.match(text, end)):
            yield start, end


def wh(answer: str, fact: Statement, chance: random.Random) -> str:
    """What stands in the question for the answer."""
    if re.fullmatch(r"\d{3,4}", answer) and list(moments(answer)):
        return chance.choice(["what year", "which year"])
    if list(moments(answer)):
        return chance.choice(["what date", "which date", "what day"])
    if answer[0].isdigit() or answer[0].islower():
        return chance.choice(["how many", "what number of"])
    last = fact.before.split()[-1] if fact.before else ""
    if last == "by":
        return chance.choice(["whom", "which person", "who"])
    if last in ("in", "at", "near", "from"):
        return chance.choice(["what place", "which place", "what city", "which country", "where"])
    return chance.choice(["what", "which one", "who", "what name"])


def article(kind: str, chance: random.Random) -> str:
    """The kind, sometimes without its first words."""
    kept = kind.split()
    if len(kept) > 2 and chance.random() < 0.4:
        kept = kept[-2:]
    return f"{chance.choice(['a', 'the', 'this', 'an' if kept[0][0] in 'aeiouAEIOU' else 'a'])} {' '.join(kept)}"


def blurred(text: str, chance: random.Random) -> str:
    return " ".join(word for word in text.split() if chance.random() >= FORGOTTEN)
