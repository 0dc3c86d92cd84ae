"""How a part of a question is asked on its own, and what a question of yes or no asks to be true."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentic_rag.grammar import AUXILIARIES, WH, capital, is_person, tidy
from agentic_rag.text import NAME, STOPWORDS
from agentic_rag.types import Plan, SubQuestion

KIN = {
    "grandfather": ("parent", "father"), "grandmother": ("parent", "mother"), "grandson": ("child", "son"),
    "granddaughter": ("child", "daughter"), "grandchild": ("child", "child"), "uncle": ("parent", "brother"),
    "aunt": ("parent", "sister"), "stepfather": ("mother", "husband"), "stepmother": ("father", "wife"),
    "father-in-law": ("spouse", "father"), "mother-in-law": ("spouse", "mother"), "son-in-law": ("daughter", "husband"),
    "daughter-in-law": ("son", "wife"), "child-in-law": ("child", "spouse"), "sibling-in-law": ("sibling", "spouse"),
}  # fmt: skip
"""Kin that are found in two steps."""
SIDES = {"paternal": "father", "maternal": "mother"}
OF = re.compile(r"^(?:(?:the|a|an)\s+)?(?P<head>(?:[\w'’-]+\s+){0,4}?[\w'’-]+)\s+(?:of|behind)\s+", re.IGNORECASE)
OWNED = re.compile(r"['’]s? [\w-]+$")
"""What is asked of a thing that stands before it: "Duke of X's father"."""
CLAUSE = re.compile(
    r"^(?:(?:the|a|an|this)\s+)?(?P<noun>(?:(?!of\b|in\b|by\b)[\w'’-]+\s+){0,4}?[\w'’-]+),?\s+"
    r"(?P<link>who|that|which|where|in which|for which|from which|whose)\s+(?P<clause>.+)$"
)
SEVERAL_THINGS = re.compile(r"\b(?:both|or|than|same)\b|#\d", re.IGNORECASE)
REDUCED = re.compile(
    r"(?:(?:the|an?) )?(?:(?!of\b)[\w'’-]+ ){0,3}?(?P<noun>(?!(?:is|was|are|were|been|the|an?)\b)[a-z][\w-]*) "
    r"(?:(?:[a-z]+ed|written|built|made|won|led|held|sung|shown|born|known) (?:by|in|at|for|from|with|under|to|on|as) "
    r"|[a-z]{3,}ing (?=(?:(?:in|at|for|with) )?(?:[Tt]he |an? )?[A-Z#]))"
)
"""A clause without its "that was": "the university attended by X", "the film starring X"."""
PREDICATE = re.compile(r" (?!(?:and|is|are|was|were|has|had|did)\b)\w")
"""What may follow the thing: not "was" in "Will Smith was born where?"."""
ARTICLE = re.compile(r"(?:the|a|an)\s+", re.IGNORECASE)


def asked_clause(noun: str, link: str, clause: str) -> str:
    if link in ("where", "in which"):
        return f"In which {noun} {clause}?"
    if link in ("for which", "from which", "whose"):
        return f"What is the {noun} {link} {clause}?"
    return f"Which {noun} {clause}?" if link else f"Which {noun} was {clause}?"


def who_or_what(noun: str, description: str) -> str:
    return f"{'Who was' if is_person(noun) else 'What is'} {description}?"


def spelled_kinship(text: str) -> str:
    """Says "X's father's father" for "X's paternal grandfather"."""

    def spelled(match: re.Match[str]) -> str:
        first, second = KIN[match["kin"]]
        first = SIDES.get(match["side"] or "", first)
        return f"{match['owner']} {first}'s {second}" if match["owner"] else f"the {second} of the {first} of"

    kin = "|".join(KIN)
    owner = r"\b(?P<owner>[\w.)-]{1,60}['’][sS]?)"
    return re.sub(rf"(?:{owner}|\bthe) (?:(?P<side>paternal|maternal) )?(?P<kin>{kin})\b(?!-)(?(owner)| of)", spelled, text)


def second_look(question: str, subagent: str) -> Plan:
    """The question itself, and once more with what was found."""
    again = [SubQuestion(1, " ".join(question.split()), subagent), SubQuestion(2, f"{tidy(question)} #1?", subagent)]
    return Plan(again, "read", ["No structure was recognised: the question is asked again with what was found."])


def asked(description: str) -> str:
    """The question for what a description stands for: "the river that flows under X" -> "Which river flows under X?"."""
    text = tidy(description).strip(" ,")
    first = text.split(" ")[0].lower() if text else ""
    text = text[:1].lower() + text[1:] if first in ("the", "a", "an") else text
    if first in WH or first in AUXILIARIES:
        return capital(text) + "?"
    clause = CLAUSE.match(text)
    if clause and not any(word.lower() in STOPWORDS | AUXILIARIES for word in clause["noun"].split()):
        return asked_clause(clause["noun"], clause["link"], clause["clause"])
    head = None if OWNED.search(text) else OF.match(text)
    made = REDUCED.match(text)
    noun = made["noun"] if made else head["head"].split()[-1] if head else text.split(" ")[-1]
    return who_or_what(noun, text)


def statement(question: str, names: Sequence[str] = ()) -> tuple[str, str] | None:
    """What a question of yes or no about one thing asks to be true, and the thing: "Was Ada a poet?" -> "Ada was a poet.", "Ada".

    The thing is one of `names` or written as a name; None if there is none, if it is somebody's, or if more than one thing is
    asked about.
    """
    auxiliary, _, rest = tidy(question).partition(" ")
    if auxiliary.lower() not in AUXILIARIES or SEVERAL_THINGS.search(rest):
        return None
    article = ARTICLE.match(rest)
    at = article.end() if article else 0
    bare = [name[match.end() :] if (match := ARTICLE.match(name)) else name for name in names]
    known = [name for name in bare if name and rest.lower().startswith(f"{name.lower()} ", at)]
    match = NAME.match(rest, at)
    end = at + len(max(known, key=len)) if known else match.end() if match else 0
    if known and match and any(name.lower().startswith(match[0].lower()) for name in bare):
        end = max(end, match.end())  # the title "Manchester" is only the beginning of "Manchester United"
    thing, predicate = rest[at:end], rest[end:]
    if not thing or thing.endswith(("'s", "’s")) or (not known and " and " in thing) or not PREDICATE.match(predicate):
        return None
    return f"{capital(rest[:end])} {auxiliary.lower()}{predicate}.", thing
