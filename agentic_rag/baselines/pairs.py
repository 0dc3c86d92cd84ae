"""Finds the two things that a question sets side by side: "A or B", "both A and B", "A than B"."""

from __future__ import annotations

import re
from typing import Literal

from agentic_rag.grammar import AUXILIARIES, LONGEST_QUESTION, WH, tidy
from agentic_rag.pairs import Joint, Pair
from agentic_rag.text import table

PARTICLES = frozenset(table("of the de von van der den la le du da di del el al y e & d' and"))
CLOSERS = frozenset(["and"])
"""What a name does not run over when it is followed to its start."""
LEADS = AUXILIARIES | WH | frozenset(table("both between either in at on of out from for if besides among"))
UNIT = re.compile(r"\([^()]*\)|\"[^\"]*\"|“[^”]*”")
GLUE = "\ue000"
"""Stands for a space inside brackets and quotation marks, so that they are one word each."""
SEPARATOR = re.compile(r"\s*(?:[,:;]|\s[-–—]+|--)\s*")
CHOICE = re.compile(r"\b(?:who|which|what)\b.*?(?:\w+er\b|\w+est\b|\bfirst\b|\bmore\b|\bmost\b)|^between \{\}", re.IGNORECASE)
TOGETHER = re.compile(
    r"\bboth (?:the |[a-z]+,? )?\{\}|\{\},? (?:both|each|share[sd]?)\b|\bin common\b|\b(?:common|mutual|same)\b"
    r"|^\{\},? (?:are|were|is|have|had) .*\b(?:what|which)\b",
    re.IGNORECASE,
)


def find_pair(question: str) -> Pair | None:
    """The two entities that the question compares, if there are two."""
    if len(question) > LONGEST_QUESTION:
        return None
    text = UNIT.sub(lambda unit: unit[0].replace(" ", GLUE), tidy(question).replace("{", "(").replace("}", ")"))
    pair = _than(text) or _as(text) or _after_separator(text) or _around(text, "or") or _and(text)
    if pair is None:
        return None
    return Pair(pair.left.replace(GLUE, " "), pair.right.replace(GLUE, " "), pair.frame.replace(GLUE, " "), pair.joint)


def _than(text: str) -> Pair | None:
    match = re.match(rf"({'|'.join(AUXILIARIES)}) (.+)(?<!\bother)(?<!\brather) than (.+)$", text, re.IGNORECASE)
    if not match:
        return None
    tokens = match[2].split(" ")
    end = _forward(tokens, 0)
    if not end:
        end = next((i for i, token in enumerate(tokens) if token.endswith("er") or token in ("more", "less", "fewer")), 0)
    left, rest = " ".join(tokens[:end]), " ".join(tokens[end:])
    return _pair(left, match[3], f"{match[1]} {{}} {rest}", "than") if rest else None


def _as(text: str) -> Pair | None:
    match = re.match(rf"({'|'.join(AUXILIARIES)}) (.+ the same [\w ]+?) as (.+)$", text, re.IGNORECASE)
    if not match:
        return None
    tokens = match[2].split(" ")
    end = _forward(tokens, 0)
    return _pair(" ".join(tokens[:end]), match[3], f"{match[1]} {{}} {' '.join(tokens[end:])}", "as")


def _after_separator(text: str) -> Pair | None:
    """As in "Which is longer, A or B", "Of the following, which ...: A or B", "Which game, A or B, has ..."."""
    lower = text == text.lower()
    for separator in SEPARATOR.finditer(text):
        head, tail = text[: separator.start()], text[separator.end() :]
        if " or " not in tail or not _asks(head) or not (lower or _named(tail)):
            continue
        left, right = tail.rsplit(" or ", 1) if tail.count(" or ") == 1 else tail.split(" or ", 1)
        right, comma, rest = right.partition(", ")
        if comma and not rest[:1].islower():
            right, rest = f"{right}, {rest}", ""
        return _pair(left, right, f"{head} {rest}".strip() + " {}", "or")
    return None


def _around(text: str, joint: Literal["or", "and"]) -> Pair | None:
    """The capitalised words on both sides of the joint."""
    tokens = text.split(" ")
    for middle in (i for i, token in enumerate(tokens) if token == joint and 0 < i < len(tokens) - 1):
        start, end = _backward(tokens, middle), _forward(tokens, middle + 1)
        if start < middle < end - 1:
            left, right = " ".join(tokens[start:middle]), " ".join(tokens[middle + 1 : end])
            return _pair(left, right, " ".join([*tokens[:start], "{}", *tokens[end:]]), joint)
    return None


def _and(text: str) -> Pair | None:
    text = re.sub(r"\b([a-z]+[eo]r)s? of (film|song|album|book) (.+) and \1 of \2 ", r"\1s of \2s \3 and ", text)
    pair = _around(text, "and")
    if pair is None:
        return None
    choice = re.search(r"\b(?:between|out of|(?<=which )of|(?<=one )of|(?<!member )(?<=er )of) \{\},?", pair.frame, re.IGNORECASE)
    if choice and CHOICE.search(pair.frame):
        frame = " ".join([pair.frame[: choice.start()].rstrip(" ,"), pair.frame[choice.end() :].strip()]).strip()
        return Pair(pair.left, pair.right, f"{frame} {{}}", "or")
    polar = text.split(" ")[0].lower() in AUXILIARIES
    return pair if polar or TOGETHER.search(pair.frame) else None


def _pair(left: str, right: str, frame: str, joint: Joint) -> Pair | None:
    left = re.sub(r"^(?:either|both|between|out of|of|from) (?=\S)", "", left.strip(" ,:;"))
    right = re.sub(r" (?:is|was|did|does|do)$", "", right.strip(" ,:;"))
    if not left or not right or max(len(left), len(right)) > 120 or left.lower() == right.lower():
        return None
    return Pair(left, right, " ".join(frame.split()), joint)


def _forward(tokens: list[str], start: int) -> int:
    """The end of the name that begins at `start`; `start` itself if none does."""
    end = at = start
    while at < len(tokens):
        if not _capitalised(tokens[at]):
            if tokens[at].lower() not in PARTICLES or (tokens[at] == "and"):
                break
        else:
            end = at + 1
            if tokens[at].endswith((",", ";", ":")) and not (at + 1 < len(tokens) and _capitalised(tokens[at + 1])):
                break
        at += 1
    return end


def _backward(tokens: list[str], stop: int) -> int:
    """The start of the name that ends before `stop`; `stop` itself if none does."""
    start = at = stop
    while at > 0:
        token = tokens[at - 1]
        if at < stop and token.endswith((";", ":", "?")):
            break
        if _capitalised(token) and not (at - 1 == 0 and token.lower() in LEADS):
            start = at - 1
        elif token.lower() not in PARTICLES or token in CLOSERS:
            break
        elif token.lower() == "the" and start == at:
            start = at - 1
        at -= 1
    return start


def _capitalised(token: str) -> bool:
    bare = token.lstrip("\"'“‘([¿¡-–")
    return bool(bare) and not bare[0].islower() and (bare[0].isalnum() or token[0] in "([")


def _named(text: str) -> bool:
    first = re.sub(r"^(?:the|either|a|an) ", "", text).split(" ")[0]
    return _capitalised(first)


def _asks(head: str) -> bool:
    tokens = head.lower().split()
    return bool(tokens) and (tokens[0] in AUXILIARIES or bool(WH & set(tokens)))
