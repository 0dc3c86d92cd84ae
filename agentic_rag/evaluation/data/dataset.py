"""A QA set as it was published: questions, and the passages that came with them under ids made from their titles."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from agentic_rag.errors import CorpusError
from agentic_rag.evaluation.data.files import file_name
from agentic_rag.types import Passage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from agentic_rag.evaluation.data.rows import Row
    from agentic_rag.evaluation.records import Question


@dataclass(frozen=True, slots=True)
class Dataset:
    """Questions, and all passages that they bring. `gold` may name others: some sets judge passages that they do not hold."""

    questions: list[Question]
    passages: list[Passage]


class Pool:
    """The passages of one file, each once. They go by keys until all are known: a title is an id only if no other has it."""

    def __init__(self, path: Path) -> None:
        self._source = file_name(path)
        self._passages: dict[str, Passage] = {}
        self._titled: dict[str, list[str]] = {}

    def add(self, title: str, text: str) -> str:
        """The passage's key."""
        key = f"{named(title)}#{sha256(json.dumps([title, text]).encode()).hexdigest()}"
        if key not in self._passages:
            self._passages[key] = Passage(key, text, title, {"source": self._source})
            self._titled.setdefault(named(title), []).append(key)
        return key

    def dataset(self, questions: Iterable[Question]) -> Dataset:
        """All that was added, with ids for keys. A `named` title in `gold` stands for every passage of that title."""
        ids = {key: self._id(key) for key in self._passages}
        found = [
            replace(
                question,
                gold=_each_once(ids.get(key, key) for gold in question.gold for key in self._titled.get(gold, [gold])),
                candidates=_each_once(ids[key] for key in question.candidates),
            )
            for question in questions
        ]
        return Dataset(found, [replace(passage, id=ids[key]) for key, passage in self._passages.items()])

    def _id(self, key: str) -> str:
        title, _, digest = key.rpartition("#")
        return title if title and len(self._titled[title]) == 1 else f"{title}#{digest[:10]}"


def named(title: str) -> str:
    """A title as ids have it: without blanks."""
    return "_".join(title.split())


def distinct(found: Iterable[tuple[Row, Question]], path: Path, field: str = "id") -> list[Question]:
    """The questions, if there are any and each has an id of its own; `field` is where ids come from."""
    questions: dict[str, Question] = {}
    places: dict[str, str] = {}
    for row, question in found:
        if question.id in questions:
            raise row.wrong(field, f"an id of its own, not that of {places[question.id]},")
        questions[question.id], places[question.id] = question, row.place
    if not questions:
        raise CorpusError(f"{file_name(path)} holds no questions")
    return list(questions.values())


def _each_once(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))
