"""The planner: which kind of plan a question needs, and which of its words make the sub-questions.

A tagger marks what is asked first and templates ask it, as DecompRC does (Min et al. 2019, arXiv 1906.02916): the base sees the
question, its pooled head names the kind of plan, its token heads point to the first and last word of one span or two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from agentic_rag.grammar import LONGEST_QUESTION, may_be_verb, tidy
from agentic_rag.pairs import compared, comparison_of, pair_of
from agentic_rag.phrasing import asked, second_look, spelled_kinship
from agentic_rag.specialists.network import Adapted, Heads
from agentic_rag.specialists.rows import CLS, SEP, Row, tokens
from agentic_rag.specialists.spans import best_span, log_softmax
from agentic_rag.text import NAME
from agentic_rag.types import PLACEHOLDER, Plan, SubQuestion

KINDS = ["single", "chain", "comparison", "intersection"]
"""Asked as it stands; a nested description is asked first; two things are set side by side; two conditions hold at once."""
HEADS = Heads(tokens=4, pooled=len(KINDS))
"""Tokens: first and last of the one span, first and last of the other."""
DEPTH = 4
"""At most so many sub-questions are unfolded."""
LONGEST = 126
"""Tokens of a question that are looked at; a longer one is not planned."""
LONGEST_SPAN = 60
"""Tokens."""
NAMED = re.compile(rf"(?:the )?{NAME.pattern}(?: \([^()]*\))?")
BARE = re.compile(r"(?:(?:who|what|which|where|the|name|of|is|was|are|were|do|does|did|has|have|had)\b|\W)*", re.IGNORECASE)
"""What is left of a question without its span where it asks no more than the span does."""
DOES = re.compile(r"\bdo\W*$", re.IGNORECASE)
"""What asks more than the span does: "What does X do?"."""
OWNS = re.compile(r"['’]s? [a-z-]+")
"""What stands behind a name that is described by it: "X (poet)'s father"."""
RELATIVE = re.compile(r"\b(?:(?:[Tt]he|[Aa]n?|this) (?:(?!of\b)[\w'’-]+ ){1,3}(?:who|that|which)|(?<=of )who) $")
"""What must stand before a span that begins with a verb."""
HANGING = re.compile(r" (?:in|from|into|on|at|by|with)(?= (?!(?:the|an?|th[io]se?|that|what|which|whom?|whose)\b)[a-z]|,)")
"""A preposition without its noun, which belongs to the verb before it."""
ENDED = re.compile(r"(?P<thing>the (?:(?! (?:who|that|which|where) ).)+? of .+?) (?:is|was)(?: [a-z]+){1,4}")
AROUND = re.compile(r"\b(?:where|that|which) $")
"""A thing, and the end of the clause around it: "the country where" before "the discoverer of X is a citizen"."""
PLAYED = re.compile(r"\b(?:play|portray|voice)(?:s|d|ed) $")
"""What stands before someone in a film."""
THRESHOLD = 0.05
"""What the probability of a decision must reach, unless the card says otherwise."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the tagger says of a text: the kind of plan, the spans that make it (characters), and how probable that is."""

    kind: str
    probability: float
    spans: list[tuple[int, int]]


@dataclass(frozen=True)
class SpanPlanner:
    """Unfolds a chain one description at a time, compares two things with the phrasing tables, else takes a second look.

    A decision counts if its probability reaches `threshold` (None: the card's), so that a question is not torn apart by a guess.
    Every sub-question goes to the first of `subagents`, which is the preferred one. A `#1` of the user's own is spelled out.
    """

    adapted: Adapted
    threshold: float | None = None
    model: ClassVar[str] = "specialist"

    def __call__(self, question: str, subagents: Mapping[str, str], /) -> Plan:
        if not subagents or not question.strip():
            return Plan([], notes=["There is no subagent to ask." if question.strip() else "The question is empty."])
        subagent = next(iter(subagents))
        whole = PLACEHOLDER.sub(r"number \1", " ".join(question.split()))
        if len(whole) > LONGEST_QUESTION:
            return second_look(whole, subagent)
        text = spelled_kinship(whole)
        first = self.decide(text)
        if not self.sure(first):
            return second_look(whole, subagent)
        if first.kind == "comparison":
            return self._compared(text, first, subagent) or second_look(whole, subagent)
        chain = self._unfolded(text, first, subagent)
        return Plan(chain, "last") if len(chain) > 1 else second_look(whole, subagent)

    def sure(self, found: Decision) -> bool:
        known = self.threshold
        if known is None:
            known = self.adapted.card.get("calibration", {}).get("threshold", THRESHOLD)
        return found.probability >= known

    def decide(self, text: str) -> Decision:
        made = row_of(self.adapted.base.tokenizer, text)
        if made is None:
            return Decision("single", 1.0, [])
        [(each, whole)] = self.adapted([made])
        return decision(text, made, each, whole)

    def _unfolded(self, text: str, found: Decision, subagent: str) -> list[SubQuestion]:
        """The questions of a chain, innermost first, the last with `#n` for earlier answers; the text itself if it has none."""
        lines: list[SubQuestion] = []
        while len(lines) < DEPTH - 1 and found.kind == "chain" and self.sure(found):
            start, end = described(text, *found.spans[0])
            if trivial(text, start, end) or is_part(text, start, end):
                break
            lines.append(SubQuestion(len(lines) + 1, asked(text[start:end]), subagent))
            text = f"{text[:start]}#{len(lines)}{text[end:]}"
            found = self.decide(text)
        return [*lines, SubQuestion(len(lines) + 1, f"{tidy(text)}?", subagent)]

    def _compared(self, text: str, found: Decision, subagent: str) -> Plan | None:
        pair = pair_of(text, *found.spans)
        return compared(comparison_of(pair), subagent) if pair else None


def row_of(tokenizer: Tokenizer, text: str) -> Row | None:
    """The text alone, each token with its characters; None if it is too long or has no token."""
    ids, offsets = tokens(tokenizer, text)
    if not 0 < len(ids) <= LONGEST:
        return None
    spans: list[tuple[int, int, int] | None] = [None, *((0, start, end) for start, end in offsets), None]
    return Row([CLS, *ids, SEP], [0] * len(spans), spans)


def decision(text: str, made: Row, each: NDArray[np.float32], whole: NDArray[np.float32]) -> Decision:
    """The likeliest kind with its likeliest spans; its probability is that of the kind and of a span (of two: their mean)."""
    kinds = log_softmax(whole)
    kind, sure = KINDS[int(kinds.argmax())], float(kinds.max())
    if kind in ("single", "intersection"):
        return Decision(kind, exp(sure), [])
    parts = np.array([span[0] if span else -1 for span in made.spans])
    heads = [log_softmax(np.where(parts >= 0, each[:, head], -1e4)) for head in range(HEADS.tokens)]
    places = [best_span(heads[0], heads[1], LONGEST_SPAN, parts.tolist())]
    if kind == "comparison":
        behind = np.where(np.arange(len(parts)) > places[0][1], parts, -1)
        places.append(best_span(heads[2], heads[3], LONGEST_SPAN, behind.tolist()))
    sure += sum(place for _, _, place in places) / len(places)
    spans = []
    for first, last, _ in places:
        begin, stop = made.spans[first], made.spans[last]
        if begin is None or stop is None:
            return Decision("single", 0.0, [])
        spans.append(whole_words(text, begin[1], stop[2]))
    return Decision(kind, exp(sure), spans)


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """With the rest of the words at both ends, and the bracket or quotation mark that is still open."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    for mark, other in (("(", ")"), ('"', '"'), ("“", "”")):
        is_open = text.count(mark, start, end) > text.count(other, start, end)
        is_open |= mark == other and text.count(mark, start, end) % 2 == 1
        if is_open and 0 <= (at := text.find(other, end)) < end + 12:
            end = at + 1
    return start, end


def described(text: str, start: int, end: int) -> tuple[int, int]:
    """The description that a span is a part of: with what a bare name owns, with "the school that" before "owns X", with the "in"
    of "is located in", and without the end of the clause around it.
    """
    if NAMED.fullmatch(text[start:end]):
        owned = OWNS.match(text, end)
        return start, owned.end() if owned else end
    words = text[start:end].split() or [""]
    if (link := RELATIVE.search(text[:start])) and may_be_verb(words[0]):
        start = link.start()
    elif (around := ENDED.fullmatch(text[start:end])) and AROUND.search(text[:start]):
        return start, start + around.end("thing")
    if len(words) > 1 and may_be_verb(words[-1]) and (hanging := HANGING.match(text, end)):
        end = hanging.end()
    return start, end


def is_part(text: str, start: int, end: int) -> bool:
    """Whether it is someone in a film: the husband of #1, where it is asked who played him."""
    return bool(PLAYED.search(text[:start]) and PLACEHOLDER.search(text[start:end]))


def trivial(text: str, start: int, end: int) -> bool:
    """Whether nothing is left to ask, or the span is no description but a name, an earlier answer or nothing."""
    span, rest = text[start:end].strip(), text[:start] + text[end:]
    if NAMED.fullmatch(span):
        return True
    bare = BARE.fullmatch(rest) and not DOES.search(rest)
    return bool(bare) or not span or bool(PLACEHOLDER.fullmatch(span))
