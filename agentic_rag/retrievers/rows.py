"""Rows of a database as passages, with their word statistics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentic_rag.errors import SearchError
from agentic_rag.store.lexical import Lexical
from agentic_rag.types import Passage

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """The rows in one state of the database. Searched are their titles and the values in their text columns."""

    passages: dict[str, Passage]
    lexical: Lexical

    @classmethod
    def of(cls, rows: Sequence[Row], id_column: str, title: str, text: Sequence[str], name: str) -> Table:
        """`name` stands before every id, as "1" is the id of something else in most other places."""
        for found, times in Counter(str(row[id_column]) for row in rows).most_common(1):
            if times > 1:
                raise SearchError(f"the column {id_column!r} is {found!r} in {times} rows; give one that tells the rows apart")
        passages = {one.id: one for one in (_passage(row, f"{name}:{row[id_column]}", id_column, title, text) for row in rows)}
        searched = text or _others(rows, id_column, title)
        words = [" ".join([str(row.get(title) or ""), *_shown(row, searched).values()]) for row in rows]
        return cls(passages, Lexical.build(list(passages), words))


def _passage(row: Row, passage_id: str, id_column: str, title: str, text: Sequence[str]) -> Passage:
    others = _others([row], id_column, title, *text)
    told = _shown(row, text or others)
    record = "; ".join(value if len(text) == 1 else f"{column}: {value}" for column, value in told.items())
    kept = _shown(row, others if text else ())
    metadata = {column: row[column] if isinstance(row[column], int | float) else value for column, value in kept.items()}
    return Passage(passage_id, record, str(row.get(title) or ""), metadata)


def _others(rows: Sequence[Row], *columns: str) -> list[str]:
    return [column for column in (rows[0] if rows else ()) if column not in columns]


def _shown(row: Row, columns: Sequence[str]) -> dict[str, str]:
    """The values as text, without those that are empty or binary."""
    binary = bytes | bytearray | memoryview
    return {name: str(row[name]) for name in columns if row[name] is not None and not isinstance(row[name], binary)}
