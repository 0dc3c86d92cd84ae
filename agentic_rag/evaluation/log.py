"""The file of a run: JSON lines, a header and one record per question, written as they come and read back whole."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from agentic_rag.corpus.decoding import printable
from agentic_rag.evaluation.errors import EvaluationError
from agentic_rag.evaluation.records import Header, Question, Record, Run


class Log:
    """Appends records to a run's file; safe from several threads, and a kill costs at most the record being written.

    Opened on the file of an unfinished run with the same header, it goes on: `finished` are the ids that are there already.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self.path, self.header = path, header
        self.finished: set[str] = set()
        self._lock = threading.Lock()
        if run := begun(path):
            self._resume(run)
        self._file: TextIO = path.open("a", encoding="utf-8")
        if not self._file.tell():
            self._write({"header": asdict(header)})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def append(self, record: Record) -> None:
        with self._lock:
            self._write(asdict(record))

    def _write(self, row: dict[str, Any]) -> None:
        self._file.write(printable(json.dumps(row, ensure_ascii=False)) + "\n")
        self._file.flush()

    def _resume(self, run: Run) -> None:
        was, now = ({**asdict(header), "commit": header.commit.removesuffix("+")} for header in (run.header, self.header))
        unknown = {"commit"} if not was["commit"] or not now["commit"] else set()  # a slow disk may keep git from saying it
        if differing := [name for name, value in was.items() if value != now[name] and name not in unknown]:
            raise EvaluationError(
                f"the run in {str(self.path)!r} was begun with another {', '.join(differing)}; "
                "finish it as it was begun, or give another --out"
            )
        self.finished = {record.question.id for record in run.records}
        whole = self.path.read_bytes()
        if not whole.endswith(b"\n"):
            os.truncate(self.path, whole.rfind(b"\n") + 1)


def begun(path: Path) -> Run | None:
    """What an unfinished run has so far; None where it has not begun."""
    return read_run(path, unfinished=True) if path.exists() and path.stat().st_size else None


def read_run(path: Path, order: Sequence[str] = (), *, unfinished: bool = False) -> Run:
    """A run from its file, records in the given `order` of question ids, else as they were written.

    Of a question that two processes asked the last record counts. Raises `EvaluationError` for a file that is no run, and for one
    with fewer records than questions unless `unfinished`.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise EvaluationError(f"the run {str(path)!r} cannot be read: {error.strerror}") from error
    rows = [_row(path, number, line) for number, line in enumerate(lines[:-1], 1) if line]
    try:
        header = Header(**rows[0]["header"])
        records = list({record.question.id: record for record in map(_record, rows[1:])}.values())
    except (IndexError, KeyError, TypeError) as error:
        raise EvaluationError(f"{str(path)!r} is not a run: expected a header and records ({describe(error)})") from error
    if not unfinished and len(records) < header.questions:
        raise EvaluationError(
            f"the run {str(path)!r} has {len(records)} of {header.questions} questions; run the same command again, it goes on"
        )
    place = {question_id: number for number, question_id in enumerate(order)}
    return Run(header, sorted(records, key=lambda record: place.get(record.question.id, len(place))))


def describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _row(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode())
    except ValueError as error:
        raise EvaluationError(f"{str(path)!r} line {number}: expected a JSON object ({error})") from error
    if not isinstance(row, dict):
        raise EvaluationError(f"{str(path)!r} line {number}: expected a JSON object, got {line.decode()[:40]!r}")
    return row


def _record(row: dict[str, Any]) -> Record:
    return Record(**{**row, "question": Question(**row["question"])})
