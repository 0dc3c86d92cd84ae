"""Which passages lead to each other: one names the other by its title."""

from __future__ import annotations

import re

from agentic_rag.types import Passage


def linked(one: Passage, other: Passage) -> bool:
    """Whether one of two passages names the other by its title."""
    return any(len(name) > 2 and name in text.lower() for name, text in ((named(one), other.text), (named(other), one.text)))


def named(passage: Passage) -> str:
    """The title in lower case without what Wikipedia adds in parentheses."""
    return re.sub(r"\s*\([^)]*\)$", "", passage.title).lower().strip()
