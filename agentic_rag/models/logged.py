"""What models were asked and what they said, as JSON lines: off unless asked for, and the user's own.

A line per call has `trace_id`, `role`, `model`, `prompt`, `reply`, tokens, seconds, and `error` where there was one; a line per
question has its `trace_id` and how it ended. Specialists can later be trained on what was asked and turned out well.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentic_rag.budget import current_call, current_run, describe
from agentic_rag.errors import ModelError
from agentic_rag.interfaces import Model
from agentic_rag.models.wrapper import Wrapper
from agentic_rag.plain import as_plain
from agentic_rag.types import Reply, Result


def as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True)
class UsageLog:
    """A file that lines are added to. `redact` is applied to every question, prompt, reply and answer before it is written."""

    file: Path
    redact: Callable[[str], str] = as_it_is
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def of(self, model: Model) -> Logged:
        """The model, with every call on record."""
        return Logged(model, self)

    def ended(self, result: Result | Mapping[str, Any]) -> None:
        """How a question ended, of a result or of one as a run's record has it: its calls have the same `trace_id`."""
        told = as_plain(result)
        outcome = "abstained" if told["abstained"] else "answered"
        said = {"question": self.redact(told["question"]), "answer": self.redact(told["answer"] or "")}
        self.write({"trace_id": told["trace_id"], "outcome": outcome, **said, "confidence": told["confidence"]})

    def write(self, line: Mapping[str, Any]) -> None:
        """Raises `ModelError` if the file cannot be written; a line is written whole or not at all."""
        text = json.dumps({"time": round(time.time(), 3), **line}, ensure_ascii=False) + "\n"
        self._append(text.encode("utf-8", "replace"))

    def check(self) -> None:
        """Raises `ModelError` if the file cannot be written, before there is anything to lose."""
        self._append(b"")

    def _append(self, line: bytes) -> None:
        try:
            with self._lock:
                whole_or_not(self.file, line)
        except OSError as error:
            raise ModelError(f"the usage log {str(self.file)!r} cannot be written: {describe(error)}") from error


def whole_or_not(file: Path, line: bytes) -> None:
    """Append a line; if only a part of it could be written, take that back."""
    size = file.stat().st_size if file.exists() else 0
    try:
        with file.open("ab") as opened:
            opened.write(line)
    except OSError:
        with suppress(OSError):
            os.truncate(file, size)
        raise


@dataclass(frozen=True)
class Logged(Wrapper):
    """A `Model` whose calls are written to a log; the reply is given even if the log is full."""

    log: UsageLog

    def generate(self, prompt: str, schema: Mapping[str, Any] | None = None, *, tokens: int = 256) -> Reply:
        line = {
            "trace_id": current_run(),
            "role": current_call().role,
            "model": self.model,
            "prompt": self.log.redact(prompt),
            "schema": schema is not None,
        }
        try:
            reply = self.of.generate(prompt, schema, tokens=tokens)
        except Exception as error:
            self._note({**line, "error": describe(error)})
            raise
        counted = {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens, "seconds": round(reply.seconds, 4)}
        self._note({**line, "reply": self.log.redact(reply.text), **counted})
        return reply

    def _note(self, line: Mapping[str, Any]) -> None:
        try:
            self.log.write(line)
        except ModelError as error:
            current_call().notes.append(str(error))
