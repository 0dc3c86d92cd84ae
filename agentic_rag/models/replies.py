"""What small models put around the answer that they were asked for."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
FENCE = re.compile(r"```(?:\w+)?\s*\n?(.*?)(?:```|\Z)", re.DOTALL)
LONGEST = 200_000
"""Characters of a reply that are looked at."""
TRIED = 50
"""Brackets at which an object or a list may begin."""


def without_thinking(text: str) -> str:
    """The reply without blocks of reasoning; one that was never closed goes to the end."""
    head, closed, tail = text.partition("</think>")
    return THINKING.sub("", tail if closed and "<think" not in head else text).strip()


def json_in(text: str) -> Any:
    """The JSON value in a reply: the whole, what stands in a code fence, or the first object or list that can be read.

    Raises `ValueError` if there is none.
    """
    text = without_thinking(text[:LONGEST])
    for candidate in (text, *FENCE.findall(text)):
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    decoder, found = json.JSONDecoder(), list[Any]()
    for start in (match.start() for match in islice(re.finditer(r"[{\[]", text), TRIED)):
        try:
            value = decoder.raw_decode(text, start)[0]
        except (ValueError, RecursionError):
            continue
        if not (isinstance(value, list) and all(isinstance(one, int) for one in value)):
            return value
        found.append(value)  # "[1]" in a sentence names a passage
    if found:
        return found[0]
    raise ValueError(f"no JSON in the reply {text!r:.120}")
