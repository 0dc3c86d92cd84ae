"""Dates and amounts in text: "14 May 1889", "the seventeenth century", "5 feet 11 inches", "$1.2 million"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from agentic_rag.text import table

MONTHS = table("january february march april may june july august september october november december")
ORDINALS = table("""
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
    sixteenth seventeenth eighteenth nineteenth twentieth""")
SMALL = table("""
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen""")
TENS = table("twenty thirty forty fifty sixty seventy eighty ninety")
SCALES = {"hundred": 1e2, "thousand": 1e3, "lakh": 1e5, "million": 1e6, "crore": 1e7, "billion": 1e9, "trillion": 1e12}
SHORT = {"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "t": 1e12, "tn": 1e12}
"""Behind an amount of money."""
NUMERALS = {**{word: float(n) for n, word in enumerate(SMALL)}, **{word: 10.0 * n for n, word in enumerate(TENS, 2)}, **SCALES}

UNITS: dict[str, dict[str, float]] = {
    "length": {"mm": 0.001, "millimetre": 0.001, "cm": 0.01, "centimetre": 0.01, "m": 1, "metre": 1, "km": 1e3, "kilometre": 1e3}
    | {"inch": 0.0254, "inche": 0.0254, "foot": 0.3048, "feet": 0.3048, "ft": 0.3048, "yard": 0.9144, "mile": 1609.344}
    | {"mi": 1609.344, "nautical mile": 1852, "fathom": 1.8288},
    "area": {"square metre": 1, "m²": 1, "m2": 1, "square kilometre": 1e6, "km²": 1e6, "km2": 1e6, "hectare": 1e4, "ha": 1e4}
    | {"acre": 4046.86, "square mile": 2589988, "square mi": 2589988, "square km": 1e6, "square m": 1}
    | {"square feet": 0.092903, "square foot": 0.092903, "square ft": 0.092903},
    "volume": {"litre": 0.001, "cubic metre": 1, "m³": 1, "m3": 1, "cubic kilometre": 1e9, "gallon": 0.00378541},
    "mass": {"g": 0.001, "gram": 0.001, "kg": 1, "kilogram": 1, "kilo": 1, "tonne": 1e3, "ton": 1e3, "lb": 0.45359237}
    | {"pound": 0.45359237, "ounce": 0.0283495},
    "time": {"second": 1.0, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600, "h": 3600, "day": 86400, "week": 604800}
    | {"month": 2629800.0, "year": 31557600, "yr": 31557600, "decade": 315576000, "century": 3155760000, "centurie": 3155760000},
    "speed": {"km/h": 1 / 3.6, "kilometre per hour": 1 / 3.6, "mph": 0.44704, "mile per hour": 0.44704, "knot": 0.514444}
    | {"m/s": 1.0, "metre per second": 1.0},
    "share": {"%": 1, "percent": 1, "per cent": 1},
    "temperature": {"°c": 1, "degrees celsiu": 1},
    "dollars": {"$": 1, "dollar": 1},
    "pounds": {"£": 1},
    "euros": {"€": 1, "euro": 1},
    "crowns": {"crown": 1},
}
FACTORS = {unit: (dimension, float(factor)) for dimension, units in UNITS.items() for unit, factor in units.items()}
COUNT = ("count", 1.0)

_WORDS = "|".join(sorted(NUMERALS, key=len, reverse=True))
_AND = f"(?:{'|'.join(f'(?<={scale})' for scale in SCALES)}) and "
NUMBER = re.compile(
    r"(?<![\w.,])(?P<minus>[-−](?=[$£€\d]))?(?P<currency>(?:US)?[$£€]\s?)?(?:(?P<digits>\d{1,3}(?:[,\u00a0\u202f\u2009]\d{3})+(?:\.\d{1,9})?|\d{1,15}(?:\.\d{1,9})?)"
    r"(?!\d|[.,]\d|(?:st|nd|rd|th|s)\b)"
    rf"(?:\s(?P<scale>{'|'.join(SCALES)})\b|(?(currency)\s?(?P<short>{'|'.join(SHORT)})\b|(?!)))?"
    rf"|\b(?P<words>(?:{_WORDS})(?:(?:[ -]|{_AND})(?:{_WORDS}))*)\b)"
    rf"(?P<half> and a half\b(?:\s(?P<halved>{'|'.join(SCALES)})\b)?)?",
    re.IGNORECASE,
)
UNIT = re.compile(
    r"[\s-]?((?:square |sq\.? |cubic |nautical |degrees )?"
    r"(?:[a-z]+/[a-z]|[a-z]+[²³]|°c|[km]?m[23]\b|[a-z]+|%)(?: per \w+| cent\b)?)",
    re.IGNORECASE,
)
# What months begin with is looked at first, which halves the time for a corpus.
_MONTH = f"(?=[adfjmnos])(?P<month>{'|'.join(f'{month}|{month[:3]}' for month in MONTHS)}|sept)\\b\\.?"
_ERA = r"(?P<era>\s*(?:BCE?\b|B\.C\.))"
_OURS = r"\s?(?:(?:AD|CE)\b|A\.D\.)"
_YEAR = r"(?P<year>\d{4}(?!\d|,\d)|\d{3}(?=\s*(?:[–—)\]]|$)))"
DATES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\w)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}",
        r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?=[T_]\d|[^\w-]|$)",
        r"(?<![\w.,$£€])(?P<year>1\d{3}|20\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?=[T_]\d|\W|$)(?![.,]\d)",
        rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}",
        rf"(?<![\w,.])(?P<bc>\d{{1,4}}){_ERA}",
        r"(?<![\w,.])(?P<decade>[12]\d\d0)s\b",
        rf"(?<!\w)(?P<century>\d{{1,2}}(?=st|nd|rd|th)|{'|'.join(ORDINALS)}|twenty-first)(?:st|nd|rd|th)?[\s-]century\b{_ERA}?",
        r"(?<!\d\s)\b(?-i:AD|A\.D\.)\s?(?P<year>\d{1,4})(?!\w|[,.]\d)",
        rf"(?<![\w,.$£€])(?P<year>1\d{{3}}|20\d\d|\d{{1,4}}(?={_OURS}))(?![\w]|[,.]\d)(?:{_OURS})?",
    )
]
INCHES = re.compile(r"[\s-]?in\b\.?")
"""Behind feet; elsewhere "in" is a word like any other."""
TO = re.compile(r"[^\w()]*(?:[–—-]|\bto\b|\buntil\b|\btill\b)[^\w()]*")
"""What stands between the dates of a duration."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in the base unit of its dimension (metres, kilograms, seconds, ...); "count" when it has no unit."""

    value: float
    dimension: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as the first and last day that it may mean; years before the common era are negative."""

    earliest: tuple[int, int, int]
    latest: tuple[int, int, int]


Quantity = TypeVar("Quantity", Moment, Amount)


@dataclass(frozen=True, slots=True)
class Spotted(Generic[Quantity]):
    """A value and where it stands in the text."""

    start: int
    end: int
    value: Quantity


def amounts(text: str) -> list[Spotted[Amount]]:
    """The numbers in a text with their units, in order: "5 feet 11 inches", "three and a half hours", "$1.2 million", "400"."""
    found: list[Spotted[Amount]] = []
    last_factor = 0.0
    for match in NUMBER.finditer(text):
        dimension, factor, end = _unit(text, match)
        if match[0].lower() in ("one", "zero") and dimension == "count":
            continue
        before = found[-1] if found else None
        after_feet = before and last_factor == FACTORS["foot"][1] and not text[before.end : match.start()].strip()
        if after_feet and dimension == "count" and (inches := INCHES.match(text, match.end())):
            dimension, factor, end = "length", FACTORS["inch"][1], inches.end()
        value = Amount(_number(match) * factor, dimension)
        joined = before and before.value.dimension == dimension != "count" and factor < last_factor
        between = text[before.end : match.start()].strip() if before else ""
        if before and joined and between in ("", ",", "and", ", and", "-"):
            found[-1] = Spotted(before.start, end, Amount(before.value.value + value.value, dimension))
        else:
            found.append(Spotted(match.start(), end, value))
        last_factor = factor
    return found


def moments(text: str) -> list[Spotted[Moment]]:
    """The dates in a text, in order: days, months, years, decades, centuries."""
    found: list[Spotted[Moment]] = []
    taken = bytearray(len(text))
    for pattern in DATES:
        for match in pattern.finditer(text):
            place = slice(match.start(), match.end())
            if not any(taken[place]) and (value := _moment(match.groupdict())) and not _measured(text, match):
                found.append(Spotted(match.start(), match.end(), value))
                taken[place] = b"\1" * len(match[0])
    return sorted(found, key=lambda spotted: spotted.start)


def durations(text: str) -> list[Spotted[Amount]]:
    """The times from one date to another: "10 July 1830 – 9 November 1908", "from 1914 to 1918"; to a day if both dates are."""
    dates = moments(text)
    return [
        Spotted(one.start, other.end, Amount((_day(other.value) - _day(one.value)) * 86400.0, "time"))
        for one, other in pairwise(dates)
        if TO.fullmatch(text, one.end, other.start) and one.value.latest < other.value.earliest
    ]


def _day(moment: Moment) -> float:
    """The middle of what it may mean, in days."""
    return sum(365.2425 * year + 30.44 * month + day for year, month, day in (moment.earliest, moment.latest)) / 2


def _number(match: re.Match[str]) -> float:
    value = float(re.sub(r"[^\d.]", "", match["digits"])) if match["digits"] else _worded(match["words"].lower())
    scale = (match["scale"] or match["short"] or match["halved"] or "").lower()
    whole = (value + (0.5 if match["half"] else 0.0)) * (SCALES | SHORT).get(scale, 1.0)
    return -whole if match["minus"] else whole


def _worded(said: str) -> float:
    total = current = 0.0
    for word in re.split(r"[ -](?:and )?", said):
        value = NUMERALS[word]
        if value == 100:
            current = (current or 1.0) * value
        elif value > 100:
            total, current = total + (current or 1.0) * value, 0.0
        elif value >= 10 and current % 100 >= 10:
            current = 100 * current + value  # "nineteen eighty-four"
        else:
            current += value
    return total + current


def _unit(text: str, match: re.Match[str]) -> tuple[str, float, int]:
    """Dimension, factor, and where the amount ends with its unit."""
    if match["currency"]:
        return *FACTORS[match["currency"].strip()[-1]], match.end()
    if found := UNIT.match(text, match.end()):
        for piece in (found[1], " ".join(found[1].split()[:2]), found[1].split()[0]):
            whole = re.sub(r"^sq\.? ", "square ", piece.lower())
            name = re.sub(r"(?<=\w\w)s(?= per |$)", "", whole).replace("meter", "metre").replace("liter", "litre")
            if name in FACTORS:
                return *FACTORS[name], found.start(1) + len(piece)
    return *COUNT, match.end()


def _measured(text: str, match: re.Match[str]) -> bool:
    number = NUMBER.match(text, match.start())
    return bool(number and number["digits"] == match[0] and _unit(text, number)[0] != "count")


def _moment(part: dict[str, str | None]) -> Moment | None:
    if bc := part.get("bc"):
        return Moment((-int(bc), 1, 1), (-int(bc), 12, 31))
    if decade := part.get("decade"):
        return Moment((int(decade), 1, 1), (int(decade) + (99 if decade.endswith("00") else 9), 12, 31))
    if century := (part.get("century") or "").lower():
        number = int(century) if century.isdecimal() else ORDINALS.index(century) + 1 if century in ORDINALS else 21
        first = -100 * number if part.get("era") else 100 * number - 99
        return Moment((first, 1, 1), (first + 99, 12, 31))
    year, month, day = int(part["year"] or 0), (part.get("month") or "").lower(), int(part.get("day") or 0)
    if not month:
        return Moment((year, 1, 1), (year, 12, 31))
    number = int(month) if month.isdecimal() else [name[:3] for name in MONTHS].index(month[:3]) + 1
    return Moment((year, number, day or 1), (year, number, day or 31)) if 1 <= number <= 12 and day <= 31 else None
