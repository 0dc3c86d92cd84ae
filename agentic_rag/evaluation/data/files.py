"""Files into rows: JSON lines and JSON documents, gzipped or not. Whatever cannot be read becomes a `CorpusError`."""

from __future__ import annotations

import gzip
import json
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, cast

from agentic_rag.corpus.decoding import printable
from agentic_rag.errors import CorpusError
from agentic_rag.evaluation.data.rows import Row, row_of, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UTF8_MARK = b"\xef\xbb\xbf"
GZIPPED = b"\x1f\x8b"
DAMAGED = (gzip.BadGzipFile, EOFError, zlib.error)


def read_lines(path: Path) -> Iterator[Row]:
    """The objects of a file of JSON lines; blank lines are passed over."""
    for number, line in lines(path):
        if line.strip():
            yield row_of(_parse(line, file_name(path), number), file_name(path), number)


def read_object(path: Path) -> Row:
    """A file that is one JSON object."""
    return row_of(_document(path), file_name(path))


def read_list(path: Path) -> list[Row]:
    """The objects of a file that is one JSON list."""
    values = _document(path)
    if not isinstance(values, list):
        raise CorpusError(f"{file_name(path)}: expected a JSON list, got {shown(values)}")
    return [row_of(value, file_name(path), path=f"[{number}]") for number, value in enumerate(values)]


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers, from 1."""
    number = 0
    with opened(path) as file:
        try:
            for number, line in enumerate(file, 1):
                yield number, line.removeprefix(UTF8_MARK) if number == 1 else line
        except DAMAGED as error:
            raise CorpusError(f"{file_name(path)} is damaged after line {number}: {error}; get or make it again") from error


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, unzipped."""
    try:
        with path.open("rb") as file:
            packed = file.peek(2).startswith(GZIPPED)
            yield cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file
    except DAMAGED as error:
        raise CorpusError(f"{file_name(path)} is damaged: {error}; get or make it again") from error
    except OSError as error:
        raise CorpusError(f"{file_name(path)} cannot be opened: {error.strerror or error}; check the path") from error


def file_name(path: Path) -> str:
    """The path as errors and metadata show it."""
    return printable(str(path))


def _document(path: Path) -> Any:
    return _parse(b"".join(line for _, line in lines(path)), file_name(path))


def _parse(data: bytes, file: str, line: int = 0) -> Any:
    where = Row({}, file, line).where
    try:
        return json.loads(data.decode())
    except UnicodeDecodeError as error:
        around = data[max(0, error.start - 20) :][:60]
        raise CorpusError(f"{where}: expected UTF-8, got the byte {data[error.start]:#04x} in {around!r}") from error
    except json.JSONDecodeError as error:
        got = error.doc[max(0, error.pos - 20) :][:60].strip()
        place = f"{file} line {line or error.lineno} column {error.colno}"
        raise CorpusError(printable(f"{place}: expected JSON, got {got!r} ({error.msg})")) from error
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{where}: expected JSON, got what cannot be parsed ({error})") from error
