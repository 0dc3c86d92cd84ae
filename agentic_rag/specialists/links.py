"""Which passages lead to each other: one names the other by its title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentic_rag.text import bare_title, stands_whole
from agentic_rag.types import Passage


def linked(one: Passage, other: Passage) -> bool:
    """Whether one of two passages names the other by its title."""
    return names(other.text.lower(), named(one)) or names(one.text.lower(), named(other))


def leading(question: str, answer: str, told_by: Passage, passages: Sequence[Passage]) -> Iterator[tuple[Passage, str]]:
    """The passages on the way from a question to the one that tells the answer, each with the title that ties it.

    Where the question itself names the one that tells, there are none, unless two things that it names are compared. Else each
    passage that names the one that tells, and each that both the question and the one that tells name.
    """
    asked, target = question.lower(), named(told_by)
    compared = answer in ("yes", "no") or answer.lower() == target
    for other in passages:
        name = named(other)
        told = names(asked, name)
        if other.id == told_by.id or name == target:
            continue
        if names(asked, target):
            if told and compared:
                yield other, name
        elif names(other.text.lower(), target):
            yield other, target
        elif told and names(told_by.text.lower(), name):
            yield other, name


def names(text: str, title: str) -> bool:
    """Whether a text names a title in words of its own, both in lower case."""
    at = text.find(title) if len(title) > 2 else -1
    while at >= 0 and not stands_whole(text, at, at + len(title)):
        at = text.find(title, at + 1)
    return at >= 0


def named(passage: Passage) -> str:
    """The title in lower case without what Wikipedia adds in parentheses."""
    return bare_title(passage.title).lower()
