"""Passages in a prompt: numbered, within the tokens that the model can read, cut one by one and never in silence."""

from __future__ import annotations

from collections.abc import Sequence

from agentic_rag.budget import current_call
from agentic_rag.interfaces import Model
from agentic_rag.state import MOST_CHARACTERS
from agentic_rag.types import Passage

SPARE = 16
"""Tokens that are left free, because parts may count for less than the whole."""
LEAST = 48
"""Tokens under which a part of a passage is not worth showing."""


def cut(text: str) -> str:
    """A question or claim on one line, as long as a question may be."""
    return " ".join(text[:MOST_CHARACTERS].split())


def line_of(passage: Passage, number: int = 1) -> str:
    """How one passage stands in a prompt."""
    return f"[{number}] {passage.title}: {passage.text}" if passage.title else f"[{number}] {passage.text}"


def shown(model: Model, passages: Sequence[Passage], around: str, tokens: int) -> list[str]:
    """`[1] title: text` lines, the first passages first, as far as the context has room beside `around` and the reply's `tokens`.

    The last one that does not fit is cut at its end; what was cut or left out is noted.
    """
    room = model.context - tokens - model.count(around) - SPARE
    lines: list[str] = []
    for number, passage in enumerate(passages, 1):
        line = line_of(passage, number)
        size = model.count(line)
        if size > room >= LEAST:
            line = f"{line[: len(line) * room // size]} ..."
            current_call().notes.append(f"passage {number} of {len(passages)} was cut to fit into the prompt")
            size = room
        if size > room:
            current_call().notes.append(f"{len(passages) - number + 1} of {len(passages)} passages did not fit into the prompt")
            break
        lines.append(line)
        room -= size
    return lines
