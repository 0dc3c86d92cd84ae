"""Relevance judgements: which passages answer which query, and how well. TSV with a header, or JSON lines."""

from __future__ import annotations

import csv
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, NamedTuple

from agentic_rag.errors import CorpusError
from agentic_rag.evaluation.data.files import file_name, lines, read_lines
from agentic_rag.evaluation.data.rows import Row, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

NATIVE = ["query_id", "doc_id", "grade"]
BEIR = ["query-id", "corpus-id", "score"]


class Judgement(NamedTuple):
    """What one line says of a query and a passage."""

    query: str
    passage: str
    grade: int
    row: Row


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Grades by query and passage, as they stand in the file. A grade above 0 means relevant.

    The header is `query_id, doc_id, grade` or, as BEIR and LIMIT have it, `query-id, corpus-id, score`.
    """
    grades: dict[str, dict[str, int]] = {}
    for judgement in _judgements(path):
        grades.setdefault(judgement.query, {})[judgement.passage] = judgement.grade
    return grades


def read_gold(path: Path, known: Collection[str], questions: Path) -> dict[str, list[str]]:
    """The relevant passages of each judged query, in the order of the file; all queries must be `known` from `questions`."""
    gold: dict[str, list[str]] = {}
    for judgement in _judgements(path):
        if judgement.query not in known:
            raise judgement.row.wrong(_columns(judgement.row)[0], f"the id of a question in {file_name(questions)}")
        gold.setdefault(judgement.query, []).extend([judgement.passage] if judgement.grade > 0 else [])
    return gold


def _judgements(path: Path) -> Iterator[Judgement]:
    """Each pair of query and passage once."""
    met: dict[tuple[str, str], Judgement] = {}
    for row in _rows(path):
        query, passage, grade = _columns(row)
        judgement = Judgement(row.name(query), row.name(passage), _grade(row, grade), row)
        first = met.setdefault((judgement.query, judgement.passage), judgement)
        if first is judgement:
            yield judgement
        elif first.grade != judgement.grade:
            raise row.wrong(grade, f"{first.grade}, as {first.row.place} has it for the same pair,")
    if not met:
        raise CorpusError(f"{file_name(path)} holds no judgements")


def _rows(path: Path) -> Iterator[Row]:
    first = next((line for _, line in lines(path) if line.strip()), b"")
    return read_lines(path) if first.lstrip().startswith(b"{") else _table(path)


def _table(path: Path) -> Iterator[Row]:
    header: list[str] = []
    for number, line in lines(path):
        where = f"{file_name(path)} line {number}"
        cells = _cells(line, where, quoted=header == BEIR)
        if not line.strip():
            continue
        if not header:
            header = cells
            if header not in (NATIVE, BEIR):
                raise CorpusError(f"{where}: expected the header {_tabbed(NATIVE)} or {_tabbed(BEIR)}, got {_tabbed(cells)}")
        elif len(cells) != len(header):
            raise CorpusError(f"{where}: expected {len(header)} cells with tabs between them, got {_tabbed(cells)}")
        else:
            yield Row(dict(zip(header, cells, strict=True)), file_name(path), number)


def _cells(line: bytes, where: str, *, quoted: bool) -> list[str]:
    # Published files of BEIR put ids that hold quotes into quotes.
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    try:
        return next(csv.reader([line.decode().rstrip("\r\n")], delimiter="\t", quoting=quoting, strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{where}: expected cells in UTF-8 with tabs between them, got {line[:60]!r} ({error})") from error


def _columns(row: Row) -> list[str]:
    return NATIVE if NATIVE[0] in row.fields else BEIR


def _grade(row: Row, field: str) -> int:
    value = row.fields.get(field)
    if isinstance(value, str):
        with suppress(ValueError):
            value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1:
        raise row.wrong(field, "a whole number")
    return int(value)


def _tabbed(cells: list[str]) -> str:
    return shown("\t".join(cells))
