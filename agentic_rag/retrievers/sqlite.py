"""A SQLite file that is only read, and how to tell that somebody else has written to it."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path

from agentic_rag.budget import describe
from agentic_rag.errors import SearchError

SCHEMA = """
    SELECT t.name || '(' || group_concat(c.name, ', ') || ')' FROM sqlite_master t JOIN pragma_table_info(t.name) c
    WHERE t.type IN ('table', 'view') AND t.name NOT LIKE 'sqlite_%' GROUP BY t.name ORDER BY t.name"""


@dataclass
class Watch:
    """A connection that stays open, because only to such a one SQLite tells that others have written; and to which file."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    connection: sqlite3.Connection | None = None
    file: tuple[int, ...] | None = None

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None


@dataclass(frozen=True)
class SQLiteFile:
    """Called, it opens a connection that cannot write."""

    path: str
    _watch: Watch = field(default_factory=Watch, init=False, repr=False, compare=False)

    def __call__(self) -> sqlite3.Connection:
        if not Path(self.path).is_file():
            raise SearchError(f"there is no database {self.path!r}; give the path of a SQLite file")
        connection = sqlite3.connect(f"{Path(self.path).resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def version(self) -> object:
        """Another value after every change: whether rows were written, or another file has taken the place of this one."""
        with self._watch.lock:
            try:
                [(written,)] = self._watched().execute("PRAGMA data_version")
            except sqlite3.Error as error:
                raise SearchError(f"the database {self.path!r} cannot be read: {describe(error)}") from error
            return self._watch.file, written

    def _watched(self) -> sqlite3.Connection:
        stat = Path(self.path).stat() if Path(self.path).is_file() else None
        file = stat and (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if self._watch.connection is None or self._watch.file != file:
            self._watch.close()
            self._watch.connection, self._watch.file = self(), file
        return self._watch.connection


def schema(connection: object) -> str:
    """What a SQLite database has, for an error message: "bridges(id, name), people(id)"; "" of any other database."""
    if not isinstance(connection, sqlite3.Connection):
        return ""
    try:
        return ", ".join(row[0] for row in connection.execute(SCHEMA))
    except sqlite3.Error:
        return ""
