"""Native corpora (JSON lines, also gzipped): passages that somebody has already cut. Read line by line, at any size."""

from __future__ import annotations

import gzip
import json
import zlib
from functools import partial
from typing import IO, TYPE_CHECKING, Any, NoReturn, cast

from agentic_rag.corpus.decoding import printable
from agentic_rag.corpus.document import Document
from agentic_rag.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_LINE = 64_000_000
UTF8_MARK = b"\xef\xbb\xbf"


def read(path: Path) -> Iterator[Document]:
    """`id` (or `_id`), `title` and `text` make the passage; `sentences` is dropped, other fields are metadata."""
    number, source = 0, printable(str(path))
    try:
        with _open(path) as file:
            for number, line in enumerate(iter(partial(file.readline, LONGEST_LINE), b""), 1):
                where = f"{source} line {number}"
                if len(line) == LONGEST_LINE:
                    raise CorpusError(f"{where}: longer than {LONGEST_LINE:,} bytes; expected one JSON object per line")
                if line.strip():
                    yield _document(_record(line, where), where, number)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise CorpusError(f"{source} is damaged after line {number}: {error}; get or make the file again") from error


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


def _record(line: bytes, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line.removeprefix(UTF8_MARK).decode(), parse_constant=_refuse)
        if b"\\ud" in line.lower():
            record = json.loads(printable(json.dumps(record, ensure_ascii=False)))
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{where}: expected a JSON object in UTF-8, got {_short(line)} ({error})") from error
    if not isinstance(record, dict):
        raise CorpusError(f"{where}: expected a JSON object, got {_short(json.dumps(record))}")
    return record


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _document(record: dict[str, Any], where: str, line: int) -> Document:
    name = "id" if "id" in record else "_id"
    text = _string(record, "text", where)
    title = _string(record, "title", where) if record.get("title") is not None else ""
    identity = record.get(name)
    if isinstance(identity, bool) or not isinstance(identity, int | str) or identity == "":
        raise CorpusError(f"{where}: expected a string or a whole number in field 'id', got {_got(record, name)}")
    kept = {key: value for key, value in record.items() if key not in {name, "title", "text", "sentences"}}
    return Document(text, title, str(identity), kept, line=line)


def _string(record: dict[str, Any], field: str, where: str) -> str:
    value = record.get(field)
    if not isinstance(value, str):
        raise CorpusError(f"{where}: expected a string in field {field!r}, got {_got(record, field)}")
    return value


def _got(record: dict[str, Any], field: str) -> str:
    return _short(json.dumps(record[field], ensure_ascii=False)) if field in record else f"none; the fields are {sorted(record)}"


def _short(value: str | bytes, shown: int = 60) -> str:
    text = value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else value
    return text if len(text) <= shown else f"{text[:shown]}..."
