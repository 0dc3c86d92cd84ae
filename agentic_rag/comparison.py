"""Compares answers: which is earlier, larger, the same. Knows dates, amounts, yes and no, and plain names.

What cannot be compared is not guessed: 27 kilometres against 3 hours, or 1889 against 14 May 1889, have no answer but a reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from agentic_rag.quantities import Amount, Moment, Quantity, Spotted, amounts, durations, moments
from agentic_rag.text import content_words, normalise, table
from agentic_rag.types import Combine, Reading

COUNTRIES = {
    name: group.split("/")[0]
    for group in table("""
        american/usa/us/america british/english/england/britain/uk/scottish/scotland/welsh/wales india/indian
        china/chinese japan/japanese france/french germany/german italy/italian spain/spanish russia/russian canada/canadian
        australia/australian austria/austrian netherlands/dutch belgium/belgian switzerland/swiss sweden/swedish norway/norwegian
        denmark/danish finland/finnish iceland/icelandic ireland/irish poland/polish czech/czechia/bohemian hungary/hungarian
        romania/romanian bulgaria/bulgarian greece/greek turkey/turkish ukraine/ukrainian serbia/serbian croatia/croatian
        slovenia/slovenian/slovene slovakia/slovak portugal/portuguese brazil/brazilian argentina/argentine/argentinian
        mexico/mexican chile/chilean colombia/colombian peru/peruvian cuba/cuban venezuela/venezuelan korea/korean
        vietnam/vietnamese thailand/thai philippines/filipino/philippine indonesia/indonesian malaysia/malaysian
        pakistan/pakistani bangladesh/bangladeshi iran/iranian/persian iraq/iraqi israel/israeli egypt/egyptian nigeria/nigerian
        ghana/ghanaian kenya/kenyan algeria/algerian morocco/moroccan tunisia/tunisian zealand/zealander estonia/estonian
        africa/african lanka/lankan rico/rican jamaica/jamaican taiwan/taiwanese singapore/singaporean
        latvia/latvian lithuania/lithuanian georgia/georgian armenia/armenian luxembourg/luxembourgish albania/albanian""")
    for name in group.split("/")
}
"""Countries and who comes from there, as one word: American and United States, Polish and Poland."""

Value = Moment | Amount | bool
SPAN = re.compile(r"(?:(?:in )?(?:which|what)|what is the(?: birth)?) (?P<span>year|decade|century)\b", re.IGNORECASE)
YEARS = {"year": 1, "decade": 10, "century": 100}
LENGTH = re.compile(r"(?:for )?how long\b", re.IGNORECASE)
COUNT = re.compile(r"how\b|what is the (?:population|number)\b", re.IGNORECASE)
COUNTED = {"zero": 0.0, "none": 0.0, "one": 1.0, "once": 1.0, "twice": 2.0}
"""Words that are a number only where an answer begins with them."""
UNITED = re.compile(r"\bUnited (?P<what>States(?: of America)?|Kingdom)\b", re.IGNORECASE)
NEW = re.compile(r"\b(New(?! Delhi| Zealand)|West(?= Virginia)|South(?= Sudan)|Equatorial|Papua New) (?=[A-Z])")
"""What makes a name another place's."""
INITIALS = re.compile(r"\b[A-Z](?:\.\s?[A-Z])+\b\.?")
"""U.S., J. K."""


class Decision(NamedTuple):
    """What the comparison says: the name of an entity, "yes" or "no"; None if it cannot say. `reason` is one sentence.

    `doubt`, where only one can be so: how likely it is another. The answer then rests on what was said about it alone.
    """

    answer: str | None
    reason: str
    doubt: float | None = None


def decide(combine: Combine, values: Sequence[tuple[str, Reading]], asked: str = "") -> Decision:
    """Combine answers, each with what it is about, into one; `asked` is the question that one of them answers.

    "lowest" and "highest" name what it is about (a date is lower when earlier, yes is higher than no), "lower" and "higher" say
    whether the first value is, "same" whether all agree, "both" whether all are yes, "common" what all of them say.
    """
    if combine == "both":
        return _both(values)
    if missing := [about for about, reading in values if reading.answer is None]:
        return Decision(None, f"Nothing was found about {' and '.join(missing)}.")
    if combine in ("read", "last") or len(values) < 2 or (combine in ("lower", "higher") and len(values) > 2):
        return Decision(None, f"{combine!r} cannot compare {len(values)} answers.")
    if combine == "same":
        return _same(values, asked)
    if combine == "common":
        return _common(values)
    return _ranked(combine, values, asked)


def _both(values: Sequence[tuple[str, Reading]]) -> Decision:
    said = [(about, truth(reading)) for about, reading in values]
    if any(so is False for _, so in said):
        return Decision("no", f"{_listing(values)}.")
    if unknown := [about for about, so in said if so is None] or ([] if said else ["anything"]):
        return Decision(None, f"It was not found whether this is so of {' and '.join(unknown)}.")
    return Decision("yes", f"{_listing(values)}.")


def _same(values: Sequence[tuple[str, Reading]], asked: str) -> Decision:
    span = SPAN.match(asked)
    whole = [
        _rounded(value, YEARS[span["span"].lower()]) if span else value for value in (_whole(reading) for _, reading in values)
    ]
    if None not in whole and len({type(value) for value in whole}) == 1:
        if any(a != b and _order(a, b) is None for a in whole for b in whole):
            return Decision(None, f"{_listing(values)}: it cannot be said whether these are the same.")
        return Decision("yes" if len(set(whole)) == 1 else "no", f"{_listing(values)}.")
    return Decision("yes" if _shared(values, COUNTRIES) else "no", f"{_listing(values)}.")


def _common(values: Sequence[tuple[str, Reading]]) -> Decision:
    shared = _shared(values, {})
    return Decision(shared, f"{_listing(values)}{'' if shared else ': these do not agree'}.")


def _shared(values: Sequence[tuple[str, Reading]], alike: Mapping[str, str]) -> str | None:
    """The answer whose words, or those that are `alike`, all the others have too."""
    answers = [reading.answer or "" for _, reading in values]
    plain = [_plain(answer) for answer in answers]
    said = [{alike.get(word, word) for word in content_words(text)} for text in plain]
    least, answer = min(zip(said, answers, strict=True), key=lambda one: len(one[0]))
    return answer if least and all(least <= others for others in said) else None


def _plain(answer: str) -> str:
    """With initials, countries and places of two words as one: U.S., United Kingdom, West Virginia."""
    initials = INITIALS.sub(lambda found: re.sub(r"[.\s]", "", found[0]), answer)
    united = UNITED.sub(lambda found: "British" if found["what"].lower() == "kingdom" else "American", initials)
    return NEW.sub(lambda found: f"{found[1].replace(' ', '_')}_", united)


def _ranked(combine: Combine, values: Sequence[tuple[str, Reading]], asked: str) -> Decision:
    found = _comparable([reading for _, reading in values], asked)
    if combine == "highest" and found and all(isinstance(value, bool) for value in found):
        return _one_that_is_so(values)
    orders = {(i, j): _order(a, b) for i, a in enumerate(found) for j, b in enumerate(found) if i != j}
    if not orders or None in orders.values():
        return Decision(None, f"{_listing(values)}: these cannot be put in order.")
    wanted = -1 if combine in ("lowest", "lower") else 1
    if combine in ("lower", "higher"):
        if orders[0, 1] == 0 and isinstance(found[0], bool):
            return Decision(None, f"{_listing(values)}: these say nothing of which is more so.")
        return Decision("yes" if orders[0, 1] == wanted else "no", f"{_listing(values)}.")
    best = [i for i in range(len(found)) if all(orders[i, j] == wanted for j in range(len(found)) if j != i)]
    if not best:
        return Decision(None, f"{_listing(values)}: neither comes first.")
    return Decision(values[best[0]][0], f"{_listing(values)}.")


def _one_that_is_so(values: Sequence[tuple[str, Reading]]) -> Decision:
    """Of several of which one is so the surest yes."""
    so = sorted((value for value in values if truth(value[1])), key=lambda value: -value[1].confidence)
    if not so or (len(so) > 1 and so[0][1].confidence == so[1][1].confidence):
        return Decision(None, f"{_listing(values)}: neither comes first.")
    return Decision(so[0][0], f"{_listing(values)}.", max(_chance(value[1]) for value in values if value is not so[0]))


def _chance(reading: Reading) -> float:
    """How likely it is so. A no is sure only if it was found, not if nothing was."""
    return reading.confidence if truth(reading) else min(0.5, 1 - reading.confidence)


def _comparable(readings: Sequence[Reading], asked: str) -> list[Value]:
    """Values of the first kind that all have: a bare 1764 is a year beside a date, and a number beside a number.

    Asked when, "1914 to 1918" is a date, else a time of four years. Asked when, a number is nothing; asked how long, a date is;
    asked how many, a number counts more than the date behind it.
    """
    kinds: list[Callable[[Reading], Value | None]] = [truth, _lasted, _date, _amount]
    if asked.lower().startswith("when "):
        kinds = [truth, _date]
    elif LENGTH.match(asked):
        kinds = [truth, lambda reading: _lasted(reading) or _measure(reading)]
    elif COUNT.match(asked):
        kinds = [truth, _lasted, lambda reading: _amount(reading, undated), _date, _amount]
    for kind in kinds:
        values = [kind(reading) for reading in readings]
        if None not in values:
            return [value for value in values if value is not None]
    return []


def _order(a: Value | None, b: Value | None) -> int | None:
    """-1, 0 or 1; None when the two overlap or are of different dimensions."""
    if isinstance(a, Moment) and isinstance(b, Moment):
        return 0 if a == b else -1 if a.latest < b.earliest else 1 if b.latest < a.earliest else None
    if isinstance(a, Amount) and isinstance(b, Amount) and a.dimension == b.dimension:
        return (a.value > b.value) - (a.value < b.value)
    return int(a) - int(b) if isinstance(a, bool) and isinstance(b, bool) else None


def truth(reading: Reading) -> bool | None:
    """Whether the answer is yes or no."""
    return {"yes": True, "no": False}.get(normalise(reading.answer or "").strip(" ."))


def _date(reading: Reading) -> Moment | None:
    return _only(reading, moments, moments)


def _amount(reading: Reading, spot: Callable[[str], list[Spotted[Amount]]] = amounts) -> Amount | None:
    first = normalise(reading.answer or "").split(" ")[0].strip(".,")
    if first in COUNTED and not amounts(reading.answer or ""):
        return Amount(COUNTED[first], "count")
    return _only(reading, spot, undated)


def _measure(reading: Reading) -> Amount | None:
    found = _amount(reading)
    return found if found and found.dimension in ("time", "length") else None


def undated(text: str) -> list[Spotted[Amount]]:
    """The amounts of a text that are no part of a date."""
    dates = moments(text)
    return [one for one in amounts(text) if not any(one.start < date.end and date.start < one.end for date in dates)]


def _only(
    reading: Reading, spot: Callable[[str], list[Spotted[Quantity]]], spot_quoted: Callable[[str], list[Spotted[Quantity]]]
) -> Quantity | None:
    """The first value of the answer, or the only one of its quotes; of an answer with another date or number, that has it in."""
    answer = reading.answer or ""
    if found := spot(answer):
        return found[0].value
    part = answer if moments(answer) or amounts(answer) else ""
    spotted = [
        (one, citation.quote[one.start : one.end]) for citation in reading.citations for one in spot_quoted(citation.quote)
    ]
    quoted = {one.value for one, words in spotted if part in words and not part.isdecimal()}
    return quoted.pop() if len(quoted) == 1 else None


def _lasted(reading: Reading) -> Amount | None:
    """The time that the answer spans; not one that its quotes have, which say when someone lived beside anything else."""
    return next((spotted.value for spotted in durations(reading.answer or "")), None)


def _rounded(value: Value | None, years: int) -> Value | None:
    """A date as its year, decade or century, where it lies in one; a century begins with its year 1."""
    late = years == YEARS["century"]
    if not isinstance(value, Moment) or (value.earliest[0] - late) // years != (value.latest[0] - late) // years:
        return value
    first = (value.earliest[0] - late) // years * years + late
    return Moment((first, 1, 1), (first + years - 1, 12, 31))


def _whole(reading: Reading) -> Value | None:
    """The value that the answer is, when it is nothing else."""
    answer = (reading.answer or "").strip(" .")
    spotted: list[Spotted[Moment] | Spotted[Amount]] = [*moments(answer), *amounts(answer)]
    return next((s.value for s in spotted if (s.start, s.end) == (0, len(answer))), truth(reading))


def _listing(values: Sequence[tuple[str, Reading]]) -> str:
    return ", ".join(f"{about}: {reading.answer or 'not found'}" for about, reading in values)
