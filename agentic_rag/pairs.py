"""Two things that a question sets side by side: how each is asked about, and what decides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from agentic_rag.grammar import AUXILIARIES, MODALS, SINGULAR, WH, base, capital, is_person, is_verb, may_be_verb, tidy
from agentic_rag.text import table
from agentic_rag.types import Combine, Plan, SubQuestion

Joint = Literal["or", "and", "than", "as"]
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
    r"\b(?:(?P<low>(?<!one of the )(?<!among the )first|earliest|earlier|sooner|before the other)"
    r"|(?P<high>(?:more|most) recent(?:ly)?|later|latest|last|newer|newest))\b"
)
AGE = re.compile(
    r"\b(?:(?P<low>older|oldest|elder|eldest)|(?P<high>younger|youngest))\b(?! age\b| when\b| at the time\b)(?: than the other)?"
)
LIVED = re.compile(
    r"\b(?:(?:live|die)d? (?:to|at) an? (?=\w+ age\b)|died |(?=\w+ when (?:he|she|they) died\b))"
    r"(?:older|greater|(?P<low>younger))\b(?: age\b| when (?:he|she|they) died\b)?"
)
_BEHIND = r"(?:than|in|on|at|for|to|with|from|during|before|after)\b"
AMOUNT = re.compile(
    r"\b(?:(?:a |the )?(?:higher|highest|greater|greatest|larger|largest|bigger) (?:number|amount) of"
    r"|(?<!\bat )(?:(?P<low>fewer|fewest|less|least)|more|most))"
    rf" (?P<noun>(?!recent|{_BEHIND})[\w-]+(?: (?!{_BEHIND})[\w-]+)*)"
)
MUCH = re.compile(rf"(?:\bthe )?(?<!\bat )\b(?:(?P<low>less|least)|more|most)(?= {_BEHIND}|$)")
"""Not "at least", of which nobody has more."""
_ADJECTIVE = "|".join(sorted(ADJECTIVES))
COMPARED_BY = re.compile(rf"(?:{_ADJECTIVE}|earlier|later|older|younger|(?:[Oo]f|[Bb]etween)(?!.* and )) (?=\S)")
SAID = re.compile(r"\{\},? (?P<verb>is|are|was|were|have|has|had|do|does|did) (?P<rest>.+)", re.IGNORECASE)
"""A question in the order of a statement: "A and B are both films?"."""
ASKS_WHAT = re.compile(rf"\b(?:{'|'.join(sorted(WH))}|this)\b", re.IGNORECASE)
PREDICATE = re.compile(r"(?<=\w) (?:is|are|was|were|has|had|did)(?: [a-z]+)+$")
DEGREE = re.compile(rf"\b(?:{_ADJECTIVE})\b")
ORIGIN = "born, built, founded or opened"
PLURALS = frozenset(table("people lives children men women species money"))
ROLE = re.compile(
    r"^(?:which|what) [\w ]+?(?:['’]s (?=[a-z]+(?<!s) (?:is|was)\b)| (?:has|have|had|with) (?:the |a )?| whose )"
    r"(?P<role>[a-z]+)(?: who| that| which)? (?P<what>.+)$"
)
ROLES = re.compile(r"(?:have|has|share) (?:the )?(?P<role>[a-z]+?)s?(?: who| that)?(?: are| is| were)? (?P<what>.*\bsame .+)$")
OF_ROLES = re.compile(r"^(?:(?:the|both) )*(?P<role>[a-z]+?)s? of (?:both )?(?:the )?(?:[a-z]+,? )?\{\}")
CHOICE = re.compile(r"\b(?:who|which|what)\b.*?(?:\w+er\b|\w+est\b|\bfirst\b|\bmore\b|\bmost\b)|^between \{\}", re.IGNORECASE)
AMONG = re.compile(r"\b(?:between|out of|(?<=which )of|(?<=one )of|(?<!member )(?<=er )of|among) \{\},?", re.IGNORECASE)
FIRST = re.compile(r"(?:of )?\{\}\s*[:;,–-]*\s*(?=(?:who|which|what)\b)", re.IGNORECASE)
"""Before what is asked of the two: "A and B, which is older"."""
RECIPROCAL = re.compile(
    r"\b(?:each other|one another|together|married|related|meet|different"
    r"|siblings|brothers|sisters|cousins|twins|friends|neighbou?rs|rivals)\b"
)
"""What two are to each other, which neither is alone."""
SHARED = re.compile(r"\b(?:both|same|in common)\b")
THIRD_BEFORE = re.compile(r", (?:the )?[A-Z][\w'’ .-]*,(?: the)?$")
THIRD_BETWEEN = re.compile(r"\s*,\s*(?:the )?[A-Z]")
EITHER = re.compile(rf"(?:{'|'.join(sorted(AUXILIARIES))}) either", re.IGNORECASE)
OTHER = re.compile(r"\b(?:other|rather)$")
JOINT = re.compile(
    r"^(?P<same>.*?)\s*(?P<comma>[,;]\s*)?\b(?P<joint>or|and|than|as)\b(?P<again>(?:\s+[\w'’,-]+){0,5})?$", re.IGNORECASE
)
SEVERAL = re.compile(
    r"(?P<taken>considered )?"
    r"(?P<before>(?:(?!(?:a|an|the|in|of|from|by|for|on|at|to|with|and|or)\b)[\w'’-]+ ){0,4}?)"
    r"(?P<head>(?!species|series)[a-z-]{3,}(?<![su])s)(?= (?:in|of|from|by|for|on|at|to|with|that|who|which)\b|$)"
)
"""A kind of which there are several: "American film directors", "flowering plants" before "in Asia"."""
NATIONS = re.compile(
    r"(?<=\w)(?: (?:American|British|English|Scottish|Welsh|Irish|Canadian|Australian|French|German|Italian|Spanish|Dutch|Swedish"
    r"|Norwegian|Danish|Finnish|Polish|Russian|Japanese|Chinese|Indian|Korean|Mexican|Brazilian|Austrian|Swiss|Belgian|Greek|Turkish"
    r"|Hungarian|Czech|Portuguese|Israeli|Iranian|Egyptian|African|European|Asian))+$"
)
"""Where a kind begins behind a name: "Ann Lee American" before "films"."""
KIND_BEHIND = re.compile(r" (?!(?:both|all|each|from|in|of|on|at|by)\b)[a-z]")
ADJECTIVE_ALONE = re.compile(r"(?:The|An?) \S+")
"""What is no name without its last word: "The Quiet American"."""
VOWEL = re.compile(r"[aeio]|u(?!ni)", re.IGNORECASE)
BOTH_THINGS = re.compile(r"^(?:(?:both|the|all)\s+)*(?:(?:[a-z]+\s+)?[a-z]+[,:]+\s+|[a-z]+\s+)?\{\}[\s,]*|\{\}")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entities as written, the word that joins them, and the question with one `{}` in their place."""

    left: str
    right: str
    frame: str
    joint: Joint


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


def comparison_of(pair: Pair) -> Comparison:
    """The question about each of the two, and what decides."""
    frame = pair.frame
    said = SAID.fullmatch(frame) if pair.joint == "and" and not ASKS_WHAT.search(frame) and not RECIPROCAL.search(frame) else None
    if said:
        frame = f"{said['verb'].capitalize()} {{}} {said['rest']}"
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
        behind = asks and pair.joint == "or" and not BOTH_THINGS.match(pair.frame.partition(" ")[2])
        template, low = _ordered(lead, noun, verb, body) or (f"{pair.frame}?" if behind else _check(verb, body), False)
        if asks and pair.joint == "than":
            return template, "lower" if low else "higher"
        return template, "lowest" if low else "highest"
    if asks and re.search(r"\bsame\b", body):
        return _same(verb, body), "same"
    if asks:
        body = " ".join(re.sub(r"\b(?:both|each)\b", "", body).split())
        return _check(verb, one_of_them(body) if verb in ("are", "were") else body), "both"
    if re.fullmatch(r"what (?:do|does|did) \{\} (?:have|share) in common", pair.frame.lower()):
        return "What is {}?", "common"
    return re.sub(r",?\s*\b(?:both|in common|each|all)\b|\bthe same\b", "", pair.frame) + "?", "common"


def _parts(frame: str) -> tuple[str, str, str, str]:
    """Question word, its noun, first verb, and the rest without the pair."""
    first, _, rest = frame.partition(" ")
    if first.lower() in AUXILIARIES:
        return "", "", first.lower(), BOTH_THINGS.sub("", rest).strip()
    tokens = re.sub(r"\s+,", "", frame.replace("{}", " ")).split()
    start = next((i for i, token in enumerate(tokens) if token.lower() in WH), 0)
    lead, after = (tokens[start].lower(), tokens[start + 1 :]) if tokens else ("", [])
    verbs = [i for i, token in enumerate(after) if token.lower() in AUXILIARIES] or [
        i for i, token in enumerate(after) if is_verb(token) or (i == 0 and _does_more(lead, after))
    ]
    at = verbs[0] if verbs else 0 if lead in ("who", "") else min(1, len(after) - 1)
    return lead, " ".join(after[:at]), after[at].lower() if after else "", " ".join(after[at + 1 :])


def _does_more(lead: str, after: Sequence[str]) -> bool:
    """Whether the first word is the verb of a question like "Which costs less?"."""
    return lead in ("which", "what") and may_be_verb(after[0]) and bool(MUCH.match(" ".join(after[1:])))


def _ordered(lead: str, noun: str, verb: str, body: str) -> tuple[str, bool] | None:
    """The question that asks for the value to be put in order, and whether the lower one wins."""
    whole = f"{verb} {body}" if verb not in AUXILIARIES else body
    grown = not lead or verb in ("is", "are", "was", "were") or not is_verb(verb)  # else somebody's older brother
    if match := LIVED.search(whole) or (AGE.search(whole) if grown else None):
        alive = lead == "who" or is_person(noun.rpartition(" ")[2])
        asked = "How long did {} live?" if match.re is LIVED else f"When was {{}} {'born' if alive else ORIGIN}?"
        return asked, bool(match["low"])
    if match := AMOUNT.search(body):
        return _how_many(verb, body, match), bool(match["low"])
    if verb not in AUXILIARIES and (match := MUCH.search(body)):
        return f"How much did {{}} {base(verb)} {body[: match.start()]} {body[match.end() :]}?", bool(match["low"])
    if match := DEGREE.search(body):
        return _how(verb, body, match), ADJECTIVES[match[0]].startswith("-")
    if match := TIME.search(body):
        return _when(verb, body, match), bool(match["low"])
    return None


def _when(verb: str, body: str, match: re.Match[str]) -> str:
    rest = re.sub(r"\bthe\s*$", "", (body[: match.start()] + body[match.end() :]).strip()).strip()
    if verb in AUXILIARIES:
        return f"When {SINGULAR.get(verb, verb) if rest else 'was'} {{}} {rest or ORIGIN}?"
    return f"When did {{}} {base(verb)} {rest}?"


def _how_many(verb: str, body: str, match: re.Match[str]) -> str:
    before, noun, after = re.sub(r"\bthe\s*$", "", body[: match.start()]).strip(), match["noun"], body[match.end() :].strip()
    if re.match(r"(?:populous|populated)\b", noun):
        return f"What is the population of {{}} {before} {after}?"
    if (_is_adjective(noun) or noun.endswith("ly populated")) and verb in ("is", "are", "was", "were"):
        return f"How {noun} {SINGULAR.get(verb, verb)} {{}} {before} {after}?"
    if verb in ("is", "are", "was", "were"):
        return f"How many {noun} {SINGULAR.get(verb, verb)} {{}} {before} {after}?"
    if verb in ("has", "have", "had") and before:
        return f"How many {noun} has {{}} {before} {after}?"
    if verb in MODALS:
        return f"How many {noun} {verb} {{}} {before} {after}?"
    helper = {"has": "does", "have": "does", "does": "does", "do": "does"}.get(verb, "did")
    return f"How many {noun} {helper} {{}} {'' if verb in ('do', 'does', 'did') else base(verb)} {before} {after}?"


def _is_adjective(noun: str) -> bool:
    """Whether what there is more or less of is how something is, not how many there are: "expensive", "famous"."""
    return " " not in noun and noun not in PLURALS and (noun.endswith("ous") or not noun.endswith("s"))


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
    match = re.search(r"(?:\b(?:the|that)\s+)?\bsame\s+(?P<noun>\w+(?:\s+of\s+(?!(?:the|an?)\b)\w+)?)", body)
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


def one_of_them(kinds: str) -> str:
    """What one is if several are so: "flowering plants in Asia" -> "a flowering plant in Asia"; else as it stands."""
    match = SEVERAL.match(kinds)
    if not match or match["head"] in PLURALS:
        return kinds
    head = match["head"]
    one = f"{head[:-3]}y" if head.endswith("ies") else head[:-2] if head.endswith(("ches", "shes", "sses", "xes")) else head[:-1]
    one = f"{match['before']}{one}{kinds[match.end() :]}"
    return f"{match['taken'] or ''}{'an' if VOWEL.match(one) else 'a'} {one}"


def compared(comparison: Comparison, subagent: str) -> Plan:
    """A question about each of the two, or about, say, the director of each."""
    sides = (comparison.left, comparison.right)
    if not comparison.role:
        asked = [SubQuestion(n, _fill(comparison.template, side), subagent, side) for n, side in enumerate(sides, 1)]
        return Plan(asked, comparison.combine)
    first = [SubQuestion(n, f"Who is the {comparison.role} of {side}?", subagent) for n, side in enumerate(sides, 1)]
    then = [SubQuestion(n + 2, _fill(comparison.template, f"#{n}"), subagent, side) for n, side in enumerate(sides, 1)]
    return Plan([*first, *then], comparison.combine)


def _fill(template: str, entity: str) -> str:
    return template.replace("{}", entity)


def pair_of(question: str, left: tuple[int, int], right: tuple[int, int]) -> Pair | None:
    """The pair at two places of a question; None if the words between them do not set them side by side."""
    left, right = trimmed(question, left, right)
    between = JOINT.match(question[left[1] : right[0]].strip(" \"'“”"))
    before, after = question[: left[0]].rstrip(' "“'), tidy(question[right[1] :].lstrip('"”'))
    if between is None or right[0] < left[1] or _are_others(before, between["same"]):
        return None
    joint, same, again = between["joint"].lower(), between["same"].strip(" ,"), between["again"].strip()
    if again.lower() in ("the", "a", "an"):
        before = re.sub(rf"\b{again}$", "", before, flags=re.IGNORECASE).rstrip()
    elif again and not before.lower().endswith(again.lower()):
        return None
    if (before.lower().startswith("how") and joint in ("than", "or")) or (joint == "than" and OTHER.search(same)):
        return None
    if joint in ("than", "as"):
        frame = f"{before} {{}} {same} {after}"
    elif same and not after:
        frame = f"{before} {{}} {same}"
    elif same:
        return None
    else:
        frame, joint = _chosen(before, after, joint)
    first = frame.partition(" ")[0].lower()
    if joint == "and" and first in AUXILIARIES and RECIPROCAL.search(frame) and not SHARED.search(frame):
        return None
    sides = question[slice(*left)], question[slice(*right)]
    return Pair(*sides, " ".join(frame.split()).strip(), cast("Joint", joint))


def _are_others(before: str, same: str) -> bool:
    """Whether there is a third thing, or "either" asks whether one of the two is so and not which."""
    return bool(THIRD_BEFORE.search(before) or THIRD_BETWEEN.match(same) or EITHER.fullmatch(before))


def trimmed(question: str, left: tuple[int, int], right: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Without what belongs to the question: "[longer Ann Lee]", "[Bo Ray was born] first", "[Bo Ray American] poets"."""
    before = COMPARED_BY.match(question, *left)
    if before and left[0] and question[left[0]].isupper():
        before = None
    behind = PREDICATE.search(question, *right)
    if behind is None and KIND_BEHIND.match(question, right[1]):
        behind = NATIONS.search(question, *right)
        if behind and ADJECTIVE_ALONE.fullmatch(question, right[0], behind.start()):
            behind = None
    return (before.end() if before else left[0], left[1]), (right[0], behind.start() if behind else right[1])


def _chosen(before: str, after: str, joint: str) -> tuple[str, str]:
    """The frame of "A or B", where the choice may stand last, in commas, or behind "between"."""
    if before.endswith((",", ":", ";", "-", "–")) and joint == "or":
        return f"{before.rstrip(' ,:;-–')} {after.lstrip(', ')} {{}}", joint
    frame = f"{before} {{}} {after.lstrip(', ')}".strip()
    if joint == "and" and (first := FIRST.match(frame)) and CHOICE.search(frame) and not SHARED.search(frame):
        return f"{frame[first.end() :]} {{}}", "or"
    choice = AMONG.search(frame)
    if joint == "and" and choice and CHOICE.search(frame):
        return f"{frame[: choice.start()].rstrip(' ,')} {frame[choice.end() :].strip(' ,')} {{}}".strip(), "or"
    return frame, joint
