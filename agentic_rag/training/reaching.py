"""Whether a plan's searches reach all gold passages, against one search with the question and a written decomposition."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from agentic_rag.evaluation.metrics import Floats
from agentic_rag.interfaces import Grader, Planner, Reader, Retriever
from agentic_rag.retrievers import BM25, Dense, Fused
from agentic_rag.store import Store
from agentic_rag.text import content_words
from agentic_rag.training.data import lines
from agentic_rag.types import PLACEHOLDER, Passage, SubQuestion

SETS = ("2wiki", "musique")
FOUND = 10
"""Passages that each sub-question's search brings."""
READ = 3
"""Of these, so many are read, the best graded ones, as a subagent does."""
DEEPEST = 40
ALIKE = 0.3
"""How much of its words (Dice) a sub-question must share with a written step to be given its answer."""


class Reached(NamedTuple):
    """Whether all gold passages were found: by the plan, by the question itself, by the written decomposition."""

    plan: float
    single: float
    written: float


class Step(NamedTuple):
    """A written step with earlier answers filled in."""

    text: str
    answer: str


def headroom(rows: Floats) -> float:
    """The share of what the written decomposition gains over one search that the plan gains; 0 if there is nothing to gain."""
    plan, single, written = rows.mean(axis=0)
    return float((plan - single) / (written - single)) if written > single else 0.0


@dataclass
class Reach:
    """A dev set and its retriever. Searches and readings are kept, so that several planners can be compared at little cost."""

    rows: Sequence[dict[str, Any]]
    retriever: Retriever
    reader: Reader | None = None
    grader: Grader | None = None
    _found: dict[str, list[Passage]] = field(default_factory=dict, repr=False)
    _read: dict[str, str | None] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, store: Path, data: Path, name: str, questions: int, reader: Reader | None, grader: Grader | None) -> Reach:
        """At most so many questions of a dev set, drawn at random, the same every time."""
        opened = Store.open(store)
        rows = list(lines(data, f"{name}/dev.jsonl.gz"))
        random.Random(0).shuffle(rows)
        return cls(rows[:questions], Fused([BM25(opened), Dense(opened)]), reader, grader)

    def __call__(self, planner: Planner) -> list[Reached]:
        return [self.reached(planner, row) for row in self.rows]

    def reached(self, planner: Planner, row: dict[str, Any]) -> Reached:
        gold, steps = set(row["gold"]), written(row)
        planned = self.planned(planner(row["question"], {"passages": "all"}).sub_questions, row["question"], steps)
        single = {passage.id for passage in self.search(row["question"])[: len(planned)]}
        best = {passage.id for step in steps for passage in self.search(step.text)[:FOUND]}
        return Reached(float(gold <= planned), float(gold <= single), float(gold <= best))

    def planned(self, sub_questions: Sequence[SubQuestion], question: str, steps: Sequence[Step]) -> set[str]:
        """The passages of all searches; a sub-question whose `#n` was not answered asks the question, as a graph does."""
        answers: dict[int, str | None] = {}
        found: set[str] = set()
        needed = {number for line in sub_questions for number in line.depends_on}
        for line in sub_questions:
            filled = all(answers.get(number) for number in line.depends_on)
            text = PLACEHOLDER.sub(lambda match: answers[int(match[1])] or "", line.text) if filled else question
            found |= {passage.id for passage in self.search(text)[:FOUND]}
            answers[line.id] = self.answer(text, question, steps) if line.id in needed else None
        return found

    def search(self, text: str) -> list[Passage]:
        if text not in self._found:
            self._found[text] = [hit.passage for hit in self.retriever.search(text, DEEPEST)]
        return self._found[text]

    def answer(self, text: str, question: str, steps: Sequence[Step]) -> str | None:
        """What the reader says; without one, what the most similar written step says, but nothing to the whole question."""
        if self.reader is None:
            best = max(steps, key=lambda step: dice(text, step.text))
            return best.answer if dice(text, best.text) >= ALIKE and text != " ".join(question.split()) else None
        if text not in self._read:
            self._read[text] = self.reader(text, self.graded(text)[:READ]).answer
        return self._read[text]

    def graded(self, text: str) -> list[Passage]:
        found = self.search(text)[:FOUND]
        if not self.grader:
            return found
        grades = self.grader(text, found)
        return [found[at] for at in sorted(range(len(found)), key=lambda at: -grades[at])]


def written(row: dict[str, Any]) -> list[Step]:
    """The steps that come with a dev question: MuSiQue's decomposition, or 2WikiMultihopQA's evidence triples as questions."""
    if "decomposition" not in row:
        return [Step(f"What is the {relation} of {subject}?", value) for subject, relation, value in row["evidences"]]
    answers = [step["answer"] for step in row["decomposition"]]
    texts = [step["question"].replace(" >> ", " ") for step in row["decomposition"]]
    filled = [PLACEHOLDER.sub(lambda match: answers[int(match[1]) - 1], text) for text in texts]
    return [Step(text, answer) for text, answer in zip(filled, answers, strict=True)]


def dice(a: str, b: str) -> float:
    first, second = set(content_words(a)), set(content_words(b))
    return 2 * len(first & second) / max(1, len(first) + len(second))
