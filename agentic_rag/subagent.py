"""A subagent: retrievers, the small models that steer them, and a sentence saying what it is good at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from agentic_rag.budget import SEARCH, Meter
from agentic_rag.interfaces import Grader, Reader, Retriever, are_grades, are_hits, is_reading
from agentic_rag.joins import Join
from agentic_rag.paths import FollowUp, Path
from agentic_rag.state import Task
from agentic_rag.types import Finding, Hit, Reading, Status

PATH_SECONDS, WALK_SECONDS = 0.8, 0.7
"""The parts of the remaining time that paths are waited for, since the rest is for reading what they found, and that each of them
may use, so that one whose time is up still hands over what it has."""


@dataclass(frozen=True)
class Subagent:
    """One bounded loop: search, grade, read; as long as the reading is not good enough, follow the best passages further.

    `k` passages are searched for and the best `keep` are read, at most `rounds` times; a reading of confidence `enough` ends it
    (None: no reading does, so only after the last round is there one).
    Each later round follows `paths` passages at once, those with the best grades that were not followed yet, each by all of
    `follow_ups` (where there are none: by the retriever, asked question and passage's title) to `width` more; `join` says
    when the paths are merged. `by_type` has other retrievers for the first search of a question of some type, as the router names
    it.
    """

    name: str
    description: str
    retriever: Retriever
    grader: Grader
    reader: Reader
    k: int = 10
    keep: int = 5
    rounds: int = 2
    enough: float | None = 0.5
    paths: int = 1
    width: int = 6
    follow_ups: Sequence[FollowUp] = ()
    join: Join = field(default_factory=Join)
    by_type: Mapping[str, Retriever] = field(default_factory=dict)

    def __call__(self, task: Task, meter: Meter) -> Finding:
        asked, query = task["sub_question"].text, first_query(task)
        retriever = self.by_type.get(task["type"], self.retriever) if asked == task["question"] else self.retriever
        found = meter.attempt(SEARCH, retriever.search, query, self.k, default=list[Hit](), accept=are_hits)
        hits, queries = graded(found, asked, self.grader, meter, reserve=1), [query]
        best, read, followed = Reading(), dict[str, None](), set[str]()
        for turn in range(self.rounds):
            if turn:
                starts = [hit for hit in hits if hit.passage.id not in followed][: self.paths]
                more, asked_too = self._follow(asked, starts, meter)
                followed |= {start.passage.id for start in starts}
                hits, queries = merged(hits, more), [*queries, *asked_too]
            if self.enough is None and turn < self.rounds - 1:
                continue
            passages = [hit.passage for hit in hits[: self.keep]]
            if read.keys() >= {passage.id for passage in passages}:
                break
            read |= dict.fromkeys(passage.id for passage in passages)
            reading = meter.attempt("reader", self.reader, asked, passages, default=Reading(), accept=is_reading)
            best = max(best, reading, key=lambda candidate: (bool(candidate.answer), candidate.confidence))
            if (best.answer and best.confidence >= (self.enough or 0.0)) or meter.exhausted:
                break
        kept = [hit for rank, hit in enumerate(hits) if rank < self.k or hit.passage.id in read]
        return self._finding(task, meter, Finding(task["sub_question"], "empty", best, kept, queries, list(read)))

    def _follow(self, asked: str, starts: Sequence[Hit], meter: Meter) -> tuple[list[Hit], list[str]]:
        """What the paths found that were waited for, and their queries; their time is a part of the subagent's own."""
        follow_ups = self.follow_ups or [FollowUp(self.retriever)]
        left = meter.left().seconds
        meters = meter.shared(len(starts), reserve=1, seconds=WALK_SECONDS) if starts else []
        paths = [Path(asked, start, follow_ups, self.grader, self.width) for start in starts]
        seconds = None if left is None else left * PATH_SECONDS
        walks = self.join([partial(path, own) for path, own in zip(paths, meters, strict=True)], seconds)
        lost = [own for own, walk in zip(meters, walks, strict=True) if walk is None]
        for own in lost:
            own.close()
        for own in meters:
            own.exhausted = [limit for limit in own.exhausted if limit != "seconds"]
        meter.joined(meters)
        if lost:
            meter.remarks.append(f"{len(lost)} of {len(walks)} paths were not waited for")
        hits = [hit for walk in walks if walk for hit in walk[0]]
        return hits, list(dict.fromkeys(query for walk in walks if walk for query in walk[1]))

    def _finding(self, task: Task, meter: Meter, finding: Finding) -> Finding:
        """With the status that the loop came to: an answer beats a loss on the way, a loss beats finding nothing."""
        status: Status = "answered" if finding.reading.answer else "empty"
        if status == "empty" and meter.notes:
            status = "timed_out" if "seconds" in meter.exhausted else "skipped" if meter.exhausted else "failed"
        return replace(finding, status=status, error="; ".join(meter.notes), seconds=meter.seconds, round=task["round"])


def first_query(task: Task) -> str:
    """A sub-question keeps the original question beside it: losing it is how decomposition makes retrieval worse."""
    text, question = task["sub_question"].text, task["question"]
    return text if task["round"] == 1 or question in text else f"{question} {text}"


def graded(hits: Sequence[Hit], question: str, grader: Grader, meter: Meter, reserve: int = 0) -> list[Hit]:
    """Hits without repeats, best grade first; in their own order when they cannot be graded."""
    unique = list({hit.passage.id: hit for hit in hits}.values())
    if not unique:
        return []
    passages = [hit.passage for hit in unique]
    grades = meter.attempt("grader", grader, question, passages, default=list[float](), accept=are_grades, reserve=reserve)
    if len(grades) != len(unique):
        if grades:
            meter.notes.append(f"grader gave {len(grades)} grades for {len(unique)} passages, so they were not used")
        return unique
    return by_grade([hit.graded(grade) for hit, grade in zip(unique, grades, strict=True)])


def merged(*rankings: Sequence[Hit]) -> list[Hit]:
    """All hits, each passage once and with its best grade, best grade first."""
    best: dict[str, Hit] = {}
    for hit in (hit for ranking in rankings for hit in ranking):
        known = best.get(hit.passage.id)
        if known is None or (hit.grade or 0.0) > (known.grade or 0.0):
            best[hit.passage.id] = hit
    return by_grade(list(best.values()))


def by_grade(hits: Sequence[Hit]) -> list[Hit]:
    """Best grade first, what has none behind, equal ones in their own order."""
    return sorted(hits, key=lambda hit: 1.0 if hit.grade is None else -hit.grade)
