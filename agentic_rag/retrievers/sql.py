"""Search a relational database: the rows of one SELECT as passages, found by their words. It is only ever read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from agentic_rag.budget import describe
from agentic_rag.errors import AgenticRAGError, GraphError, SearchError
from agentic_rag.retrievers.kept import Kept
from agentic_rag.retrievers.rows import Row, Table
from agentic_rag.retrievers.sqlite import SQLiteFile, schema
from agentic_rag.types import Hit

OPAQUE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|/\*.*?\*/""", re.DOTALL)
READS = re.compile(r"(?:select|with)\b(?!.*(?:;|\b(?:insert|update|delete|merge|into)\b))", re.DOTALL | re.IGNORECASE)


class Connection(Protocol):
    """What is asked of a DB-API 2 connection."""

    def cursor(self) -> Any: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class SQL:
    """Good at facts, figures and names that stand in the tables of a database.

    `select` yields the rows that may be found. Of its columns `id` names the passage ("sql:7"), `title` is its title, `text` are
    searched and read (all that are left, if none are named), the others are metadata. They read as "column: value;
    column: value", but a single named one as it is. `version` gives another value whenever rows may have changed; without it they
    are read for every search. More than `most` rows are refused: they belong into a store.
    """

    connect: Callable[[], Connection]
    select: str
    id: str = "id"
    title: str = ""
    text: Sequence[str] = ()
    version: Callable[[], object] | None = field(default=None, repr=False)
    most: int = 50_000
    name: str = "sql"
    good_at: ClassVar[str] = "facts, figures and names that stand in the tables of a database"
    _kept: Kept[Table] = field(default_factory=Kept, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not READS.match(OPAQUE.sub(" ", self.select).strip().rstrip("; \n\t")):
            raise GraphError(f"{self.select!r:.200} is not one SELECT or WITH that only reads; give a single such statement")

    @classmethod
    def sqlite(
        cls,
        path: str | Path,
        select: str,
        *,
        id: str = "id",  # noqa: A002  as the field is called
        title: str = "",
        text: Sequence[str] = (),
        name: str = "sql",
    ) -> SQL:
        """Rows of a SQLite file, which is opened for reading only; raises at once if something that it names is not there."""
        file = SQLiteFile(str(path))
        found = cls(file, select, id, title, text, version=file.version, name=name)
        with found._selected():
            return found

    def search(self, query: str, k: int = 10) -> list[Hit]:
        if k <= 0 or not query.strip():
            return []
        table = self._table()
        best = table.lexical.top(query, k)
        return [Hit(table.passages[row], rank, score, self.name) for rank, (row, score) in enumerate(best, 1)]

    def _table(self) -> Table:
        if self.version:
            return self._kept.get(self.version(), lambda: self._made(self._rows()))
        rows = self._rows()
        return self._kept.get(rows, lambda: self._made(rows))

    def _made(self, rows: Sequence[Row]) -> Table:
        return Table.of(rows, self.id, self.title, self.text, self.name)

    def _rows(self) -> list[Row]:
        with self._selected() as (columns, cursor):
            rows: list[Row] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchmany(self.most + 1)]
        if len(rows) > self.most:
            raise SearchError(f"{self.select!r:.200} gives more than {self.most} rows; select fewer, or index them into a store")
        return rows

    @contextmanager
    def _selected(self) -> Iterator[tuple[list[str], Any]]:
        """The columns, checked, and a cursor on the rows."""
        known = ""
        try:
            with closing(self.connect()) as connection:
                known = schema(connection)
                cursor = connection.cursor()
                cursor.execute(self.select)
                yield self._checked([str(column[0]) for column in cursor.description]), cursor
        except AgenticRAGError:
            raise
        except Exception as error:  # each driver has errors of its own
            told = f"; it has {known}" if known else ""
            raise SearchError(f"the database refused {self.select!r:.200}: {describe(error)}{told}") from error

    def _checked(self, columns: list[str]) -> list[str]:
        for column in [self.id, self.title or self.id, *self.text, *columns]:
            if columns.count(column) != 1:
                found = "two columns" if column in columns else "no column"
                raise GraphError(f"{self.select!r:.200} gives {found} {column!r}; it gives {', '.join(columns)}")
        return columns
