"""JSON values with the place they stand at, so that whatever is wrong with them can be named. Knows no format, opens no file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentic_rag.corpus.decoding import printable
from agentic_rag.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Row:
    """A JSON object and where it stands: its line (0 in a file that is one JSON document), and its path in the JSON.

    Reading a field refuses what is not of the expected kind. Where there is a default, null is as good as missing.
    """

    fields: dict[str, Any]
    file: str
    line: int = 0
    path: str = ""

    @property
    def place(self) -> str:
        return " ".join(part for part in [f"line {self.line}" if self.line else "", self.path] if part)

    @property
    def where(self) -> str:
        return f"{self.file} {self.place}".rstrip()

    def wrong(self, field: str, expected: str) -> CorpusError:
        """The error that says what `field` should have held, and what it does hold."""
        got = shown(self.fields[field]) if field in self.fields else f"none; the fields are {sorted(self.fields)}"
        return CorpusError(printable(f"{self.where}: expected {expected} in field {field!r}, got {got}"))

    def text(self, field: str, default: str | None = None) -> str:
        value = self._value(field, default)
        if not isinstance(value, str):
            raise self.wrong(field, "a string")
        return printable(value)

    def name(self, field: str) -> str:
        """An id: a string that is not blank, or a whole number."""
        value = self.fields.get(field)
        if not _is_name(value):
            raise self.wrong(field, "a string or a whole number")
        return printable(str(value))

    def texts(self, field: str, default: list[str] | None = None) -> list[str]:
        values = self._list(field, default, "a list of strings")
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(field, "a list of strings")
        return [printable(value) for value in values]

    def names(self, field: str, default: list[str] | None = None) -> list[str]:
        """Ids, each once."""
        values = self._list(field, default, "a list of ids")
        if not all(map(_is_name, values)):
            raise self.wrong(field, "a list of ids")
        return list(dict.fromkeys(printable(str(value)) for value in values))

    def flag(self, field: str, *, default: bool) -> bool:
        value = self._value(field, default)
        if not isinstance(value, bool):
            raise self.wrong(field, "true or false")
        return value

    def count(self, field: str, default: int) -> int:
        value = self._value(field, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.wrong(field, "a whole number from 0")
        return value

    def rows(self, field: str, default: list[Any] | None = None) -> list[Row]:
        """The objects in a list."""
        return [row_of(value, self.file, self.line, path) for path, value in self._items(field, default, "a list of objects")]

    def tuples(self, field: str, columns: Sequence[str], default: list[Any] | None = None) -> list[Row]:
        """The lists in a list, as if they were objects with `columns` for fields."""
        rows = []
        for path, value in self._items(field, default, "a list of lists"):
            if not isinstance(value, list) or len(value) != len(columns):
                expected = f"{self.file} {Row({}, '', self.line, path).place}: expected the list [{', '.join(columns)}]"
                raise CorpusError(f"{expected}, got {shown(value)}")
            rows.append(Row(dict(zip(columns, value, strict=True)), self.file, self.line, path))
        return rows

    def _value(self, field: str, default: Any) -> Any:
        value = self.fields.get(field)
        return default if value is None else value

    def _list(self, field: str, default: list[Any] | None, expected: str) -> list[Any]:
        value = self._value(field, default)
        if not isinstance(value, list):
            raise self.wrong(field, expected)
        return value

    def _items(self, field: str, default: list[Any] | None, expected: str) -> Iterator[tuple[str, Any]]:
        for number, value in enumerate(self._list(field, default, expected)):
            yield f"{self.path}.{field}[{number}]".removeprefix("."), value


def row_of(value: Any, file: str, line: int = 0, path: str = "") -> Row:
    """The value as a row, if it is a JSON object."""
    if not isinstance(value, dict):
        raise CorpusError(f"{Row({}, file, line, path).where}: expected a JSON object, got {shown(value)}")
    return Row(value, file, line, path)


def shown(value: Any, most: int = 60) -> str:
    """A JSON value as errors show it."""
    text = printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= most else f"{text[:most]}..."


def _is_name(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool) and bool(str(value).strip())
