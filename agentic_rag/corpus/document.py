"""What a reader makes of a file: documents, and the reasons why there are none."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from agentic_rag.errors import AgenticRAGError


class UnreadableError(AgenticRAGError):
    """A reader's way to give a file up; the message becomes the reason of a `Skipped`."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a part of one, that was not read, and why.

    `opened`: the file was read nevertheless, and the reason is about a part of it, or says that it holds nothing.
    """

    source: str
    reason: str
    opened: bool = False

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Mark:
    """From the character `start` on, `kind` (page, heading) is `value`."""

    start: int
    kind: str
    value: int | str


@dataclass(frozen=True, slots=True)
class Document:
    """A text to cut into passages or, with an `id`, a passage already.

    `marks` are in the order of the text. `line` is where a record starts in its file, from 1. `gap` says what is missing.
    """

    text: str
    title: str = ""
    id: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    markdown: bool = False
    line: int = 0
    gap: str = ""


class Extract:
    """A text that grows block by block out of a file that is not plain text."""

    def __init__(self) -> None:
        self._text = StringIO(newline="")
        self._marks: list[Mark] = []

    def add(self, text: str, before: str = "\n\n", **marks: int | str) -> None:
        """Append `text` behind the separator `before`, and mark its first character."""
        if self._text.tell():
            self._text.write(before)
        self._marks += [Mark(self._text.tell(), kind, value) for kind, value in marks.items()]
        self._text.write(text)

    def document(self, title: str = "", gap: str = "") -> Document:
        return Document(self._text.getvalue(), title, marks=self._marks, gap=gap)
