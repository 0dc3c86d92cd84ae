"""Rows of real SQLite files as passages: read, never written, and never older than the last search."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from agentic_rag.errors import GraphError, SearchError
from agentic_rag.interfaces import Retriever
from agentic_rag.retrievers import SQL
from agentic_rag.testing import RetrieverContract
from agentic_rag.types import Passage

BRIDGES = "SELECT id, name, town, length, opened FROM bridges"
ROWS = [(1, "Saltgate Bridge", "Ashmarrow", 212, "1791-05-03"), (2, "Loomgate Bridge", "Tarn", 96, "1830-09-14")]


def write(path: Path, *statements: str, rows: Sequence[tuple[object, ...]] = ()) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
        connection.executemany("INSERT INTO bridges VALUES (?, ?, ?, ?, ?)", rows)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "island.db", "CREATE TABLE bridges (id, name, town, length, opened)", rows=ROWS)
    return tmp_path / "island.db"


def found(retriever: Retriever, query: str) -> list[str]:
    return [hit.passage.id.removeprefix("sql:") for hit in retriever.search(query, 10)]


class TestSQL(RetrieverContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "passages.db"

    def make(self, passages: list[Passage]) -> Retriever:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("CREATE TABLE passages (id PRIMARY KEY, title, text)")
            connection.executemany("INSERT INTO passages VALUES (?, ?, ?)", [(p.id, p.title, p.text) for p in passages])
        return SQL.sqlite(self.path, "SELECT * FROM passages", title="title", text=["text"])


def test_a_row_reads_as_a_record_and_keeps_its_other_columns(path: Path) -> None:
    [hit] = SQL.sqlite(path, BRIDGES, title="name", text=["town", "length"]).search("What is in Ashmarrow?", 5)
    metadata = {"opened": "1791-05-03"}
    assert hit.passage == Passage("sql:1", "town: Ashmarrow; length: 212", "Saltgate Bridge", metadata)
    assert (hit.rank, hit.retriever) == (1, "sql")


def test_without_named_columns_all_that_are_left_are_text(path: Path) -> None:
    [hit] = SQL.sqlite(path, BRIDGES, title="name").search("212", 5)
    assert hit.passage == Passage("sql:1", "town: Ashmarrow; length: 212; opened: 1791-05-03", "Saltgate Bridge")


def test_one_named_column_is_prose_and_one_left_over_is_a_record(path: Path) -> None:
    [prose] = SQL.sqlite(path, BRIDGES, text=["name"]).search("Loomgate", 5)
    [record] = SQL.sqlite(path, "SELECT id, name FROM bridges").search("Loomgate", 5)
    assert (prose.passage.text, record.passage.text) == ("Loomgate Bridge", "name: Loomgate Bridge")


def test_names_of_columns_are_not_words_of_every_row(path: Path) -> None:
    assert found(SQL.sqlite(path, BRIDGES, title="name"), "Which town?") == []


def test_what_is_empty_or_binary_is_left_out(path: Path) -> None:
    write(path, rows=[(3, None, "Quern", None, b"\x00\x01")])
    [hit] = SQL.sqlite(path, BRIDGES, title="name", text=["town", "length"]).search("Quern", 5)
    assert hit.passage == Passage("sql:3", "town: Quern")


def test_rows_that_another_connection_writes_are_found_by_the_next_search(path: Path) -> None:
    bridges = SQL.sqlite(path, BRIDGES, title="name")
    assert found(bridges, "bridge") == ["1", "2"]
    write(path, rows=[(3, "Fern Bridge", "Quern", 40, None)])
    assert found(bridges, "Fern") == ["3"]
    write(path, "UPDATE bridges SET name = 'Moss Bridge' WHERE id = 3")
    assert (found(bridges, "Fern"), found(bridges, "Moss")) == ([], ["3"])
    write(path, "DELETE FROM bridges")
    assert found(bridges, "bridge") == []


def test_every_one_of_many_quick_writes_is_seen_also_in_a_write_ahead_log(path: Path) -> None:
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        bridges = SQL.sqlite(path, BRIDGES)
        for length in range(1000, 1050):
            with writer:
                writer.execute("UPDATE bridges SET length = ? WHERE id = 2", [length])
            assert found(bridges, str(length)) == ["2"]


def test_a_file_that_takes_the_place_of_the_old_one_is_read(path: Path, tmp_path: Path) -> None:
    bridges = SQL.sqlite(path, BRIDGES)
    assert found(bridges, "Ashmarrow") == ["1"]
    write(tmp_path / "new.db", "CREATE TABLE bridges (id, name, town, length, opened)", rows=[(9, "", "Ashmarrow", 1, "")])
    (tmp_path / "new.db").replace(path)
    assert found(bridges, "Ashmarrow") == ["9"]
    write(tmp_path / "other.db", "CREATE TABLE bridges (id, name, town, length, opened)", rows=[(8, "", "Ashmarrow", 1, "")])
    shutil.copyfile(tmp_path / "other.db", path)
    assert found(bridges, "Ashmarrow") == ["8"]
    away = path.rename(tmp_path / "away.db")
    with pytest.raises(SearchError, match=r"there is no database '.*island.db'"):
        bridges.search("Ashmarrow", 5)
    away.rename(path)
    assert found(bridges, "Ashmarrow") == ["8"]
    (tmp_path / "rubbish.db").write_bytes(b"not a database" * 100)
    (tmp_path / "rubbish.db").replace(path)
    with pytest.raises(SearchError, match="cannot be read: DatabaseError: file is not a database"):
        bridges.search("Ashmarrow", 5)


def test_threads_search_while_rows_are_written(path: Path) -> None:
    bridges = SQL.sqlite(path, BRIDGES)
    with ThreadPoolExecutor(8) as threads:
        searches = [threads.submit(found, bridges, "Ashmarrow") for _ in range(40)]
        for number in range(3, 8):
            write(path, rows=[(number, "", "Tarn", number, "")])
        assert all(search.result() == ["1"] for search in searches)
    assert len(found(bridges, "Tarn")) == 6


def test_an_unchanged_database_is_read_once(path: Path) -> None:
    bridges = SQL.sqlite(path, BRIDGES)
    assert bridges._table() is bridges._table()
    write(path, rows=[(3, "Fern Bridge", "Quern", 40, None)])
    assert len(bridges._table().passages) == 3


def test_its_connections_cannot_write(path: Path) -> None:
    with closing(SQL.sqlite(path, BRIDGES).connect()) as connection:
        cursor = connection.cursor()
        with pytest.raises(sqlite3.OperationalError, match="readonly database"):
            cursor.execute("DELETE FROM bridges")
        cursor.execute("PRAGMA query_only = OFF")
        with pytest.raises(sqlite3.OperationalError, match="readonly database"):
            cursor.execute("DROP TABLE bridges")


def test_a_query_is_words_and_never_sql(path: Path) -> None:
    bridges = SQL.sqlite(path, BRIDGES)
    assert found(bridges, "'; DROP TABLE bridges; -- Tarn") == ["2"]
    assert found(bridges, "Ashmarrow") == ["1"]


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "bridges",
        "DELETE FROM bridges",
        "PRAGMA query_only = OFF",
        "SELECT 1; DROP TABLE bridges",
        "WITH old AS (DELETE FROM bridges RETURNING *) SELECT * FROM old",
        "WITH old AS (SELECT 1) INSERT INTO bridges SELECT * FROM old",
        "SELECT * INTO copied FROM bridges",
        "SELECT * FROM bridges FOR UPDATE",
        "SELECT '' -- '\n; DROP TABLE bridges",
    ],
)
def test_a_statement_that_may_write_is_refused(path: Path, statement: str) -> None:
    with pytest.raises(GraphError, match=r"is not one SELECT or WITH that only reads; give a single such statement$"):
        SQL.sqlite(path, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from bridges;",
        "-- all; of them\nSELECT * FROM bridges",
        "WITH long AS (SELECT * FROM bridges WHERE length > 1) SELECT * FROM long",
        "SELECT id, 'into; update' AS \"delete\", replace(town, 'x', 'y') AS last_update, town FROM bridges",
    ],
)
def test_a_statement_that_reads_is_accepted(path: Path, statement: str) -> None:
    assert found(SQL.sqlite(path, statement, text=["town"]), "Tarn") == ["2"]


def test_errors_name_what_there_is(path: Path, tmp_path: Path) -> None:
    with pytest.raises(SearchError, match=r"there is no database '.*none.db'; give the path of a SQLite file"):
        SQL.sqlite(tmp_path / "none.db", BRIDGES)
    with pytest.raises(SearchError, match=r"no such table: towns; it has bridges\(id, name, town, length, opened\)"):
        SQL.sqlite(path, "SELECT * FROM towns")
    with pytest.raises(SearchError, match=r"no such column: width; it has bridges\(id, name, town, length, opened\)"):
        SQL.sqlite(path, "SELECT id, width FROM bridges")
    with pytest.raises(GraphError, match="gives no column 'label'; it gives id, name, town, length, opened"):
        SQL.sqlite(path, BRIDGES, title="label")
    with pytest.raises(GraphError, match="gives two columns 'id'; it gives id, id"):
        SQL.sqlite(path, "SELECT a.id, b.id FROM bridges a JOIN bridges b")
    (tmp_path / "text.db").write_text("no database " * 100)
    with pytest.raises(SearchError, match="file is not a database"):
        SQL.sqlite(tmp_path / "text.db", BRIDGES)


def test_rows_that_cannot_be_told_apart_or_are_too_many_are_not_searched(path: Path) -> None:
    with pytest.raises(SearchError, match="the column 'one' is '1' in 2 rows"):
        SQL.sqlite(path, "SELECT 1 AS one, town FROM bridges", id="one").search("Tarn", 5)
    with pytest.raises(SearchError, match="gives more than 1 rows; select fewer"):
        SQL(SQL.sqlite(path, BRIDGES).connect, BRIDGES, most=1).search("Tarn", 5)


def test_any_other_database_is_read_for_every_search() -> None:
    uri = "file:island?mode=memory&cache=shared"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        database.execute("CREATE TABLE bridges (id, name, town, length, opened)")
        bridges = SQL(lambda: sqlite3.connect(uri, uri=True), BRIDGES, title="name")
        assert found(bridges, "bridge") == []
        with database:
            database.executemany("INSERT INTO bridges VALUES (?, ?, ?, ?, ?)", ROWS)
        assert found(bridges, "bridge") == ["1", "2"]
        assert bridges._table() is bridges._table()


def test_a_database_that_is_away_is_an_error_of_the_search_only() -> None:
    def refuse() -> sqlite3.Connection:
        raise ConnectionRefusedError("port 5432")

    with pytest.raises(SearchError, match="ConnectionRefusedError: port 5432"):
        SQL(refuse, BRIDGES).search("Tarn", 5)
