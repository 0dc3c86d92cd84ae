"""What kind of answer a question wants, and which spans of a sentence could be one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from agentic_rag.baselines.evidence import LIFE, stem
from agentic_rag.grammar import AUXILIARIES, PLACES, is_person, is_verb
from agentic_rag.quantities import MONTHS, amounts, moments
from agentic_rag.text import STOPWORDS, WORD, names, normalise, table, words

Form = Literal["person", "place", "date", "year", "number", "weekday", "thing", "phrase", "polar"]

MONEY = ("dollars", "pounds", "euros", "crowns")
MEASURES = {
    "long": ("length", "time"), "tall": ("length",), "high": ("length",), "deep": ("length",), "wide": ("length",),
    "far": ("length",), "large": ("area", "count"), "big": ("area", "count"), "heavy": ("mass",), "old": ("time", "count"),
    "fast": ("speed",), "length": ("length", "time"), "height": ("length",), "altitude": ("length",), "elevation": ("length",),
    "depth": ("length",), "width": ("length",), "distance": ("length",), "area": ("area",), "weight": ("mass",),
    "speed": ("speed",),
    "duration": ("time",), "age": ("time", "count"), "population": ("count",), "cost": MONEY,
    "price": MONEY, "number": ("count",),
    "percentage": ("share",), "temperature": ("temperature",),
    "much": (*MONEY, "mass", "volume", "share", "count"),
}  # fmt: skip
"""The dimensions that fit a measure; see `comparison.UNITS`."""
PEOPLE = frozenset(table("people persons inhabitants lives victims survivors casualties men women residents passengers deaths"))
JOBS = frozenset(table("job profession occupation career living work trade"))
JOB = re.compile(
    r"\bas an? ((?:[a-z-]+ ){0,2}?[a-z-]+)(?= until| for| from| in| at| and| on|[,.;]|$)"
    r"|\b(?:was|is) an? ((?:[a-z-]+ )?[a-z-]+)"
)
CHILD_OF = re.compile(
    r"\b(?:son|daughter|child) of (?:an? |the )?"
    r"((?:[a-z-]+ ){0,2}?(?:[a-z-]+(?=[,.;)]| and| who|$)|[A-Z]\w+(?: [A-Z]\w+)*))"
)
PERIODS = frozenset(table("year day hour month week minute"))
DATE = re.compile(
    r"\bwhen\b(?=.*\b(?:did|was|were|is|does|do|has|will|are)\b)|\b(?:what|which) (?:date|day|month|time)\b|\bdate of\b|birthday$"
)
MEASURE = re.compile(r"\b(?:what|which) (?:is |was |are |were )?(?:the )?(?:\w+ )?(\w+)\b(?: of\b| is\b| was\b|$)")
WEEKDAYS = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b")
NOT_A_PERSON = frozenset(
    table("""
    the bridge river lake church chapel company school library street road university college mount mountain island sea ocean
    museum hall house castle palace park airport station railway festival week day sunday monday friday saturday war battle treaty
    award prize medal league cup club band orchestra association society institute party act law north south east west city town
    county state district village province republic kingdom empire union""")
) | frozenset(MONTHS)
ARTICLES = frozenset(table("a an the"))
INSIDE = ARTICLES | frozenset(table("of"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """The form of the answer; `noun` is the thing asked for or counted, `measures` the dimensions that fit."""

    form: Form
    noun: str = ""
    measures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of a sentence, and how well it fits the form: 1 is good, what a rule points at may have more."""

    start: int
    end: int
    fit: float


def wanted(question: str) -> Wanted:
    """What a question asks for, by its question word and the noun that follows."""
    said = words(question)
    text = " ".join(said)
    if said and said[0] in AUXILIARIES:
        return Wanted("polar")
    return _number(text) or _time(text) or _other(text)


def _number(text: str) -> Wanted | None:
    if re.search(r"\bhow much\b.*\b(?:cost|pay|paid|spend|spent|worth|price|earn|sell|sold)\b", text):
        return Wanted("number", "", MEASURES["cost"])
    if match := re.search(r"\bhow (many|much|\w+)(?: (\w+))?", text):
        if match[1] == "many":
            return Wanted("number", match[2] or "", ("time",) if stem(match[2] or "") in PERIODS else ("count",))
        if match[1] in MEASURES:
            return Wanted("number", "", MEASURES[match[1]])
    if (match := MEASURE.search(text)) and match[1] in MEASURES:
        return Wanted("number", "", MEASURES[match[1]])
    return None


def _time(text: str) -> Wanted | None:
    if re.search(r"\b(?:what|which) day of the week\b|\b(?:what|which) weekday\b", text):
        return Wanted("weekday")
    if re.search(r"\b(?:what|which) (?:year|century|decade)\b", text):
        return Wanted("year")
    if DATE.search(text):
        return Wanted("date")
    return None


def _other(text: str) -> Wanted:
    if re.search(r"\bdo for a living\b", text):
        return Wanted("phrase", "living")
    if match := re.search(r"\b(?:what|which)(?: other)?((?: [\w-]+){1,4})", text):
        return _thing(match[1].split())
    if re.search(r"\bwho(?:m|se)?\b", text):
        return Wanted("person")
    return Wanted("place" if re.search(r"\bwhere\b", text) else "phrase")


def _thing(after: list[str]) -> Wanted:
    """By the words behind "what" or "which"."""
    if after[0] in AUXILIARIES:
        named = [word for word in after[1:] if word not in STOPWORDS]
        if named and named[0] in PLACES | {"birthplace"}:
            return Wanted("place", named[0])
        return Wanted("person" if named and is_person(named[0]) else "phrase", named[0] if named else "")
    nouns = [word for word in _until_verb(after) if word not in STOPWORDS]
    noun = nouns[-1] if nouns else ""
    if any(is_person(word) for word in nouns[:2]):
        return Wanted("person", next(word for word in nouns if is_person(word)))
    return Wanted("place" if noun in PLACES else "thing" if noun else "phrase", noun)


def _until_verb(after: list[str]) -> Iterator[str]:
    for at, word in enumerate(after):
        if word in AUXILIARIES or word in STOPWORDS or (at and is_verb(word)):
            return
        yield word


def candidates(sentence: str, sought: Wanted, question: str) -> list[Candidate]:
    """The spans of a sentence that could be the answer; none that the question already has."""
    known = {stem(word) for word in words(question)}
    if sought.form == "number":
        found = _numbers(sentence, sought)
    elif sought.form in ("date", "year"):
        found = _dates(sentence, sought, known)
    elif sought.form == "weekday":
        found = [Candidate(*match.span(), 1.0) for match in WEEKDAYS.finditer(sentence)]
    elif sought.form in ("person", "place"):
        found = _named(sentence, sought.form)
        if "parent" in known:
            found += [Candidate(*match.span(1), 1.2) for match in CHILD_OF.finditer(sentence)]
    else:
        found = [*_phrases(sentence, sought)]
    return [candidate for candidate in found if not _is_known(sentence[candidate.start : candidate.end], known)]


def _is_known(span: str, known: set[str]) -> bool:
    return all(stem(word) in known or word in INSIDE for word in words(span))


def _numbers(sentence: str, sought: Wanted) -> list[Candidate]:
    dates = moments(sentence)
    found = []
    for spotted in amounts(sentence):
        if any(date.start < spotted.end and spotted.start < date.end for date in dates):
            continue
        dimension = spotted.value.dimension
        next_words = words(sentence[spotted.end : spotted.end + 60])[:3]
        people = sought.noun in PEOPLE and bool(PEOPLE & {*next_words})
        if people or (sought.noun and stem(sought.noun) in map(stem, next_words)):
            found.append(Candidate(spotted.start, spotted.end, 1.1))
        elif dimension in sought.measures:
            fit = 1.0 - 0.15 * sought.measures.index(dimension) - (0.5 if sought.noun and dimension == "count" else 0.0)
            found.append(Candidate(spotted.start, spotted.end, max(0.2, fit)))
    return found


def _dates(sentence: str, sought: Wanted, known: set[str]) -> list[Candidate]:
    life = LIFE.search(sentence)
    found = []
    for spotted in moments(sentence):
        piece = sentence[spotted.start : spotted.end]
        year = re.search(r"\d{4}", piece)
        start = spotted.start + year.start() if sought.form == "year" and year else spotted.start
        end = start + 4 if sought.form == "year" and year else spotted.end
        fit = 0.8
        if life and life.start() <= spotted.start < life.end():
            born = spotted.start <= life.start("born") < spotted.end
            fit = 1.3 if ("born" in known and born) or ("die" in known and not born) else 0.1
        found.append(Candidate(start, end, fit))
    return found


def is_personal(name: str) -> bool:
    """Whether a name may be that of a person: none of its words says otherwise."""
    return not NOT_A_PERSON & set(words(name)) and not re.search(r"\d", name)


def _named(sentence: str, form: Form) -> list[Candidate]:
    found = []
    for start, end in _split_names(sentence):
        parts = words(sentence[start:end])
        before = sentence[max(0, start - 12) : start].lower()
        if form == "person" and is_personal(sentence[start:end]):
            there = re.search(r"\b(?:in|at|near|from|outside|between)\s+(?:the )?$", before)
            found.append(Candidate(start, end, 0.1 if there else 1.0 if 2 <= len(parts) <= 4 else 0.5))
        elif form == "place":
            here = re.search(r"\b(?:in|at|near|from|outside|to|on)\s+(?:the )?(?:\w+ of )?$", before)
            found.append(Candidate(start, end, (1.0 if here else 0.4) - (0.5 if set(parts) & set(MONTHS) else 0.0)))
    return found


def _split_names(sentence: str) -> Iterator[tuple[int, int]]:
    """Names, and the parts of those that are joined by "and"."""
    for start, end in names(sentence):
        yield start, end
        if " and " in sentence[start:end]:
            at = start
            for part in sentence[start:end].split(" and "):
                yield at, at + len(part)
                at += len(part) + 5


def _phrases(sentence: str, sought: Wanted) -> Iterator[Candidate]:
    """Names and runs of words between verbs, function words and punctuation."""
    if sought.noun in JOBS:
        yield from (Candidate(*match.span(match.lastindex or 1), 1.3) for match in JOB.finditer(sentence))
    for start, end in names(sentence):
        yield Candidate(start, end, 0.8 if sought.form == "thing" else 0.6)
    run: list[re.Match[str]] = []
    for token in WORD.finditer(sentence):
        gap = sentence[run[-1].end() : token.start()] if run else ""
        if run and (re.search(r"[^\s-]", gap) or _closes(token[0])):
            yield from _run(run, sought)
            run = []
        if not _closes(token[0]):
            run.append(token)
    yield from _run(run, sought)


def _run(run: list[re.Match[str]], sought: Wanted) -> Iterator[Candidate]:
    while run and normalise(run[-1][0]) in INSIDE:
        run = run[:-1]
    while run and normalise(run[0][0]) == "of":
        run = run[1:]
    if not run or len(run) > 8 or not any(token[0][0].isalpha() for token in run):
        return
    has_noun = bool(sought.noun) and any(stem(word) == stem(sought.noun) for token in run for word in words(token[0]))
    start = run[1].start() if len(run) > 1 and normalise(run[0][0]) in ARTICLES else run[0].start()
    yield Candidate(start, run[-1].end(), 0.9 if has_noun else 0.7 if len(run) > 1 else 0.5)


def _closes(word: str) -> bool:
    lower = normalise(word)
    return (lower in STOPWORDS and lower not in INSIDE) or (word.islower() and (is_verb(lower) or lower.endswith("ly")))
