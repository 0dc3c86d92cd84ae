"""A choice from a closed list, and how sure the model is of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

from agentic_rag.types import Reply

SAID = 0.85
"""The probability of a label for which the server gives none."""
DENIAL = re.compile(r"\b(?:not|no|never|neither|nor|cannot|without)\b|n['’]t\b")
LEAST = 0.5
"""A label that was chosen is at least so probable."""


def choice(name: str, labels: Sequence[str]) -> dict[str, Any]:
    """The schema of an object with one of the labels."""
    chosen = {"type": "string", "enum": list(labels)}
    return {"type": "object", "properties": {name: chosen}, "required": [name], "additionalProperties": False}


def label(value: Any, name: str, labels: Sequence[str]) -> str:
    """The label in a reply's JSON, a bare string or an object; raises `ValueError` if it is none of the list."""
    said = value.get(name) if isinstance(value, Mapping) else value
    found = str(said).strip().lower()
    if found not in labels:
        raise ValueError(f"{name!r} was {said!r}; it must be one of {', '.join(map(repr, labels))}")
    return found


def word(said: str, labels: Sequence[str]) -> str | None:
    """The only label that occurs in a short reply, if nothing in it is denied."""
    if DENIAL.search(said):
        return None
    found = {one for one in labels if re.search(rf"\b{re.escape(one)}\b", said)}
    return found.pop() if len(found) == 1 else None


def sureness(reply: Reply) -> float:
    """The probability of the label that was chosen: all else in such a reply is forced by the schema."""
    return SAID if reply.logprob is None else max(LEAST, min(1.0, exp(reply.logprob)))
