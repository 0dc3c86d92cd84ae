"""A subagent: a retriever, the small models that steer it, and a sentence saying what it is good at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agentic_rag.budget import SEARCH, Meter
from agentic_rag.interfaces import Grader, Reader, Retriever, are_grades, are_hits, is_reading
from agentic_rag.state import Task
from agentic_rag.types import Finding, Hit, Reading, Status


@dataclass(frozen=True)
class Subagent:
    """One bounded loop: search, grade, read; when the reading is not good enough, ask again with the best passage's title.

    `k` passages are searched for, the best `keep` are read, at most `rounds` times; a reading of confidence `enough` ends it.
    """

    name: str
    description: str
    retriever: Retriever
    grader: Grader
    reader: Reader
    k: int = 10
    keep: int = 5
    rounds: int = 2
    enough: float = 0.5

    def __call__(self, task: Task, meter: Meter) -> Finding:
        asked = task["sub_question"].text
        queries, hits, best = [first_query(task)], list[Hit](), Reading()
        grades, read = dict[str, float](), dict[str, None]()
        for _ in range(self.rounds):
            found = meter.attempt(SEARCH, self.retriever.search, queries[-1], self.k, default=list[Hit](), accept=are_hits)
            hits = graded([*hits, *found], asked, self.grader, meter, grades, reserve=1)
            passages = [hit.passage for hit in hits[: self.keep]]
            if read.keys() >= {passage.id for passage in passages}:
                break
            read |= dict.fromkeys(passage.id for passage in passages)
            reading = meter.attempt("reader", self.reader, asked, passages, default=Reading(), accept=is_reading)
            best = max(best, reading, key=lambda candidate: candidate.confidence)
            follow_up = f"{queries[0]} {hits[0].passage.title}".strip()
            if best.confidence >= self.enough or follow_up in queries or meter.exhausted:
                break
            queries.append(follow_up)
        return self._finding(task, meter, Finding(task["sub_question"], "empty", best, hits[: self.k], queries, list(read)))

    def _finding(self, task: Task, meter: Meter, finding: Finding) -> Finding:
        """With the status that the loop came to: an answer beats a loss on the way, a loss beats finding nothing."""
        status: Status = "answered" if finding.reading.answer else "empty"
        if status == "empty" and meter.notes:
            status = "timed_out" if "seconds" in meter.exhausted else "skipped" if meter.exhausted else "failed"
        return replace(finding, status=status, error="; ".join(meter.notes), seconds=meter.seconds, round=task["round"])


def first_query(task: Task) -> str:
    """A follow-up keeps the original question beside what was found: losing it is how decomposition makes retrieval worse."""
    text, question = task["sub_question"].text, task["question"]
    return text if task["round"] == 1 or question in text else f"{question} {text}"


def graded(
    hits: list[Hit], question: str, grader: Grader, meter: Meter, known: dict[str, float] | None = None, reserve: int = 0
) -> list[Hit]:
    """Hits without repeats, best grade first; in their own order when they cannot be graded.

    `known` are the grades given so far, by passage id: they are not asked for again, and new ones are added.
    """
    known = {} if known is None else known
    unique = list({hit.passage.id: hit for hit in reversed(hits)}.values())[::-1]
    new = [hit.passage for hit in unique if hit.passage.id not in known]
    if new:
        grades = meter.attempt("grader", grader, question, new, default=list[float](), accept=are_grades, reserve=reserve)
        if grades and len(grades) != len(new):
            meter.notes.append(f"grader gave {len(grades)} grades for {len(new)} passages, so they were not used")
        elif grades:
            known |= {passage.id: grade for passage, grade in zip(new, grades, strict=True)}
    if any(hit.passage.id not in known for hit in unique):
        return unique
    return sorted(unique, key=lambda hit: -known[hit.passage.id])
