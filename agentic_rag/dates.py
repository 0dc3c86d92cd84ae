"""The times that a question names: "in March 2026", "between 1990 and 1995", "before 1900". "Last year" is not guessed at."""

from __future__ import annotations

import re
from typing import NamedTuple

from agentic_rag.quantities import MONTHS, Moment, Spotted, moments

FIRST, LAST = -(10**9), 10**9
"""Days before and after all others."""

_MONTH = rf"(?:{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in MONTHS)}|sept)\b\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?\b"
_DATE = rf"(?:{_DAY}\s+(?:of\s+)?)?{_MONTH}(?:\s+{_DAY})?"
_JOIN = r"(?:\s+(?:and|to|until|till|through)\s+(?:the\s+)?|\s?[-–—]\s?)"
ELLIPSES = {
    rf"\b(?P<first>{_DATE})(?P<last>{_JOIN}{_DATE},?\s+(?P<year>\d{{4}})\b)": r"\g<first> \g<year>\g<last>",
    rf"\b(?P<first>{_DAY})(?P<last>{_JOIN}{_DAY}\s+(?:of\s+)?(?P<month>{_MONTH}\s+\d{{4}})\b)": r"\g<first> \g<month>\g<last>",
    rf"\b(?P<month>{_MONTH}\s+)(?P<first>{_DAY})(?P<join>{_JOIN})(?P<last>{_DAY},?\s+(?P<year>\d{{4}})\b)": (
        r"\g<month>\g<first> \g<year>\g<join>\g<month>\g<last>"
    ),
}
"""What is left out of "March to May 2026", "3 to 5 May 1801" and "May 3-5, 1801", with what they say in full."""
SHORT = re.compile(r"\b(?P<century>1\d|20)(?P<year>\d\d)[-–](?P<last>\d\d)(?![\d-])")
BETWEEN = re.compile(_JOIN, re.IGNORECASE)
LEAD = re.compile(
    r"\b(?P<no>(?:no|not)\s+)?(?P<within>(?:on|in|at)\s+or\s+)?"
    r"(?P<bound>before|earlier than|prior to|until|till|up to|by|after|later than|since|from|between)"
    r"(?:\s+(?:the|about|around|year|early|mid|late))*[\s-]*$",
    re.IGNORECASE,
)
OPPOSITE = {
    "before": "since", "earlier than": "since", "prior to": "since", "until": "since", "till": "since",
    "after": "until", "later than": "until",
}  # fmt: skip
"""What "no later than" and the like say."""
INCLUDED = {"before": "until", "prior to": "until", "after": "since"}
"""What "on or before" and the like say."""
PRESENT = re.compile(r"\s*(?:[-–—]|to|until|till|through)\s*(?:the )?(?:present|today|now)\b", re.IGNORECASE)
ONWARDS = re.compile(r"\s+on(?:wards?)?\b", re.IGNORECASE)


class Period(NamedTuple):
    """From the day `start` up to the day `end`, which is not in it; days are numbers like 20260203."""

    start: int
    end: int

    @classmethod
    def of(cls, first: Moment, last: Moment) -> Period:
        return cls(_number(first.earliest), _number(last.latest) + 1)


def periods(text: str) -> list[Period]:
    """The times that a text names, in order. Two dates that are joined ("1990 to 1995") are one, open ends that overlap too."""
    text = spelled(text)
    found: list[Period] = []
    start, rest = 0, moments(text)[::-1]
    while rest:
        first = last = rest.pop()
        lead = LEAD.search(text[start : first.start])
        bound = lead["bound"].lower() if lead else ""
        if lead and (lead["no"] or lead["within"]):
            bound = (OPPOSITE if lead["no"] else INCLUDED).get(bound, bound)
        if rest and _joined(text, bound, first, rest[-1]):
            bound, last = "", rest.pop()
        bound = "since" if PRESENT.match(text, last.end) else bound
        found.append(_bounded(bound, Period.of(first.value, last.value), onwards=bool(ONWARDS.match(text, last.end))))
        start = last.end
    return _narrowed(found)


def spelled(text: str) -> str:
    """With all dates as long as `moments` reads them."""
    for pattern, whole in ELLIPSES.items():
        text = re.sub(pattern, whole, text, flags=re.IGNORECASE)
    return SHORT.sub(_spelled_out, text)


def _joined(text: str, bound: str, first: Spotted[Moment], last: Spotted[Moment]) -> bool:
    join = text[first.end : last.start]
    in_order = first.value.earliest <= last.value.earliest and first.value.latest <= last.value.latest
    return bool(BETWEEN.fullmatch(join)) and in_order and (bound == "between" or join.lower().split()[:1] != ["and"])


def _bounded(bound: str, period: Period, *, onwards: bool) -> Period:
    """A bare "from 1990" is a film of that year; with "on" it is an open end."""
    if bound in ("before", "earlier than", "prior to"):
        return Period(FIRST, period.start)
    if bound in ("until", "till", "up to", "by"):
        return Period(FIRST, period.end)
    if bound in ("after", "later than"):
        return Period(period.end, LAST)
    return Period(period.start, LAST) if bound == "since" or (bound == "from" and onwards) else period


def _narrowed(found: list[Period]) -> list[Period]:
    """After 1990 and before 1995 is one time: taken apart, the two would be all times."""
    start, end = max((one.start for one in found), default=LAST), min((one.end for one in found), default=FIRST)
    both = {FIRST, LAST} <= {day for one in found for day in one} and len(found) == 2
    return [Period(start, end)] if both and start < end else found


def _spelled_out(match: re.Match[str]) -> str:
    """1990-95 ends in 1995, 2026-02 is a month."""
    century, year, last = match["century"], match["year"], match["last"]
    if last > year:
        return f"{century}{year}–{century}{last}"
    return f"{MONTHS[int(last) - 1]} {century}{year}" if 1 <= int(last) <= 12 else match[0]


def _number(day: tuple[int, int, int]) -> int:
    return day[0] * 10000 + day[1] * 100 + day[2]
