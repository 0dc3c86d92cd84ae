"""Turns a question about two things into one question about each, and says how the two answers decide."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentic_rag.baselines.grammar import AUXILIARIES, SINGULAR, WH, base, capital, is_person, is_verb
from agentic_rag.baselines.pairs import Pair, find_pair
from agentic_rag.text import table
from agentic_rag.types import Combine

ADJECTIVES = {
    "longer": "long", "taller": "tall", "higher": "high", "deeper": "deep", "wider": "wide", "heavier": "heavy", "faster": "fast",
    "larger": "large", "bigger": "large", "greater": "large", "farther": "far", "further": "far", "richer": "rich",
    "longest": "long", "tallest": "tall", "highest": "high", "deepest": "deep", "widest": "wide", "heaviest": "heavy",
    "fastest": "fast", "largest": "large", "biggest": "large", "greatest": "large",
    "shorter": "-long", "smaller": "-large", "lower": "-high", "narrower": "-wide", "lighter": "-heavy", "slower": "-fast",
    "shallower": "-deep", "nearer": "-far", "closer": "-far", "shortest": "-long", "smallest": "-large", "lowest": "-high",
}  # fmt: skip
"""What a comparative asks for; "-" when the smaller value wins."""
TIME = re.compile(
    r"\b(?:(?P<low>first|earliest|earlier|sooner|before the other)"
    r"|(?P<high>(?:more|most) recent(?:ly)?|later|latest|last|newer|newest))\b"
)
AGE = re.compile(r"\b(?:(?P<low>older|oldest|elder|eldest)|(?P<high>younger|youngest))\b(?: than the other)?")
AMOUNT = re.compile(
    r"\b(?:(?:a |the )?(?:higher|highest|greater|greatest|larger|largest|bigger) (?:number|amount) of"
    r"|(?P<low>fewer|fewest|less|least)|more|most)"
    r" (?P<noun>(?!recent)[\w-]+(?: (?!than\b|in\b|on\b|at\b|for\b|to\b|with\b|from\b)[\w-]+)*)"
)
DEGREE = re.compile(rf"\b(?:{'|'.join(sorted(ADJECTIVES))})\b")
ORIGIN = "born, built, founded or opened"
PLURALS = frozenset(table("people lives children men women species money"))
ROLE = re.compile(
    r"^(?:which|what) [\w ]+? (?:(?:has|have|had|with) (?:the |a )?|whose )(?P<role>[a-z]+)(?: who| that| which)? (?P<what>.+)$"
)
ROLES = re.compile(r"(?:have|has|share) (?:the )?(?P<role>[a-z]+?)s?(?: who| that)?(?: are| is| were)? (?P<what>.*\bsame .+)$")
OF_ROLES = re.compile(r"^(?:(?:the|both) )*(?P<role>[a-z]+?)s? of (?:both )?(?:the )?(?:[a-z]+,? )?\{\}")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question for each of two things (`{}` stands for it), and how the answers decide.

    With a `role`, the question is not about the things themselves but about, say, the director of each.
    """

    left: str
    right: str
    template: str
    combine: Combine
    role: str = ""


def find_comparison(question: str) -> Comparison | None:
    """What the question compares; None if it sets no two named things side by side."""
    pair = find_pair(question)
    if pair is None:
        return None
    frame = pair.frame
    first = frame.split()[0].lower()
    role = ""
    if first in AUXILIARIES:
        frame, role = _roles_of_both(frame)
    elif match := ROLE.match(frame.replace("{}", "").strip().lower()):
        what, role = match["what"], match["role"] if is_person(match["role"]) else ""
        frame = f"who {'was ' if what.startswith('born') else ''}{what} {{}}" if role else frame
    template, combine = _template(Pair(pair.left, pair.right, frame, pair.joint))
    return Comparison(pair.left, pair.right, capital(re.sub(r"\s+\?", "?", " ".join(template.split()))), combine, role)


def _roles_of_both(frame: str) -> tuple[str, str]:
    """Are the directors of {} from the same country?" -> ("are {} from the same country", "director")."""
    auxiliary, _, rest = frame.partition(" ")
    if (match := OF_ROLES.match(rest)) and is_person(match["role"]):
        return f"{auxiliary} {{}} {rest[match.end() :]}", match["role"]
    if (match := ROLES.search(rest)) and is_person(match["role"]):
        what = match["what"]
        return f"{'have' if what.startswith(('the same', 'same')) else 'are'} {{}} {what}", match["role"]
    return frame, ""


def _template(pair: Pair) -> tuple[str, Combine]:
    lead, noun, verb, body = _parts(pair.frame)
    asks = not lead and verb in AUXILIARIES
    if pair.joint in ("or", "than"):
        template, low = _ordered(lead, noun, verb, body) or (_check(verb, body), False)
        if asks and pair.joint == "than":
            return template, "lower" if low else "higher"
        return template, "lowest" if low else "highest"
    if asks and re.search(r"\bsame\b", body):
        return _same(verb, body), "same"
    if asks:
        return _check(verb, re.sub(r"\bboth\b", "", body)), "both"
    if re.fullmatch(r"what (?:do|does|did) \{\} (?:have|share) in common", pair.frame.lower()):
        return "What is {}?", "read"
    return re.sub(r",?\s*\b(?:both|in common|each|all)\b|\bthe same\b", "", pair.frame) + "?", "read"


def _parts(frame: str) -> tuple[str, str, str, str]:
    """Question word, its noun, first verb, and the rest without the pair."""
    first, _, rest = frame.partition(" ")
    if first.lower() in AUXILIARIES:
        return "", "", first.lower(), re.sub(r"^(?:(?:both|the|all)\s+)*(?:[a-z]+[,:]*\s+)?\{\}[\s,]*|\{\}", "", rest).strip()
    tokens = re.sub(r"\s+,", "", frame.replace("{}", " ")).split()
    start = next((i for i, token in enumerate(tokens) if token.lower() in WH), 0)
    lead, after = (tokens[start].lower(), tokens[start + 1 :]) if tokens else ("", [])
    verbs = [i for i, token in enumerate(after) if token.lower() in AUXILIARIES] or [
        i for i, token in enumerate(after) if is_verb(token)
    ]
    at = verbs[0] if verbs else 0 if lead in ("who", "") else min(1, len(after) - 1)
    return lead, " ".join(after[:at]), after[at].lower() if after else "", " ".join(after[at + 1 :])


def _ordered(lead: str, noun: str, verb: str, body: str) -> tuple[str, bool] | None:
    """The question that asks for the value to be put in order, and whether the lower one wins."""
    whole = f"{verb} {body}" if verb not in AUXILIARIES else body
    if match := AGE.search(whole):
        alive = lead == "who" or is_person(noun.rpartition(" ")[2])
        return f"When was {{}} {'born' if alive else ORIGIN}?", bool(match["low"])
    if match := AMOUNT.search(body):
        return _how_many(verb, body, match), bool(match["low"])
    if match := DEGREE.search(body):
        return _how(verb, body, match), ADJECTIVES[match[0]].startswith("-")
    if match := TIME.search(body):
        rest = re.sub(r"\bthe\s*$", "", (body[: match.start()] + body[match.end() :]).strip()).strip()
        if verb in AUXILIARIES:
            past = SINGULAR.get(verb, verb)
            return f"When {past if rest else 'was'} {{}} {rest or ORIGIN}?", bool(match["low"])
        return f"When did {{}} {base(verb)} {rest}?", bool(match["low"])
    return None


def _how_many(verb: str, body: str, match: re.Match[str]) -> str:
    before, noun, after = body[: match.start()].strip(), match["noun"], body[match.end() :].strip()
    if " " not in noun and not noun.endswith("s") and noun not in PLURALS and verb in ("is", "are", "was", "were"):
        return f"How {noun} {SINGULAR.get(verb, verb)} {{}} {before} {after}?"
    if verb in ("is", "are", "was", "were"):
        return f"How many {noun} {SINGULAR.get(verb, verb)} {{}} {before} {after}?"
    if verb in ("has", "have", "had") and before:
        return f"How many {noun} has {{}} {before} {after}?"
    helper = {"has": "does", "have": "does", "does": "does", "do": "does"}.get(verb, "did")
    return f"How many {noun} {helper} {{}} {'' if verb in ('do', 'does', 'did') else base(verb)} {before} {after}?"


def _how(verb: str, body: str, match: re.Match[str]) -> str:
    before, after = body[: match.start()].strip(), body[match.end() :].strip()
    if verb in ("has", "have", "had") and after:
        return f"What is the {after} of {{}}?"
    before = re.sub(r"\b(?:the|a)$", "", before).strip()
    adjective = ADJECTIVES[match[0]].lstrip("-")
    if verb in AUXILIARIES:
        return f"How {adjective} {SINGULAR.get(verb, verb)} {{}} {before} {after}?"
    return f"How {adjective} did {{}} {base(verb)} {before} {after}?"


def _same(verb: str, body: str) -> str:
    """Did {} go to the same school?" -> "Which school did {} go to?"."""
    body = re.sub(r"\bboth\b", "", body)
    match = re.search(r"(?:\bthe\s+)?\bsame\s+(?P<noun>\w+)", body)
    if match is None:
        return _check(verb, body)
    before, noun, after = body[: match.start()].strip(), match["noun"], body[match.end() :].strip()
    before = re.sub(r"^(?:share|have|had|has|hold)\b", "", before).strip()
    if before in ("", "of") and not after:
        return f"What is the {noun} of {{}}?"
    return f"Which {noun} {SINGULAR.get(verb, verb)} {{}} {before} {after}?"


def _check(verb: str, body: str) -> str:
    if verb in AUXILIARIES:
        return f"{SINGULAR.get(verb, verb)} {{}} {body}?"
    return f"Did {{}} {base(verb)} {body}?"
