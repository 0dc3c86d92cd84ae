"""Rows of the training files: question answering with passages, pairs of texts with a label, questions with a label."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from agentic_rag.errors import AgenticRAGError
from agentic_rag.text import lowered, sentence_around
from agentic_rag.types import Passage

SETS = ("hotpotqa", "2wiki", "musique")
"""Sets of questions over several passages."""


class TrainingError(AgenticRAGError):
    """Training cannot start, or cannot go on."""


class Line(dict[str, Any]):
    """A row of a training file that says where it stands if a field is missing."""

    where: str = ""

    @classmethod
    def of(cls, text: str, where: str) -> Line:
        try:
            made = cls(json.loads(text))
        except (ValueError, TypeError) as error:
            raise TrainingError(f"{where} is no JSON object ({error})") from error
        made.where = where
        return made

    def __missing__(self, field: str) -> Any:
        raise TrainingError(f"{self.where} has no {field!r}; it has {', '.join(self) or 'nothing'}")


def lines(data: Path, name: str) -> Iterator[Line]:
    """The rows of `data / name`, gzipped or not."""
    path = data / name
    if not path.is_file():
        raise TrainingError(
            f"no training file {str(path)!r}; --data takes the folder that has it, see README, 'The specialists, and your own'"
        )
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                yield Line.of(line, f"line {number} of {str(path)!r}")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise TrainingError(
            f"{str(path)!r} cannot be read ({error}); expected JSON lines in UTF-8, gzipped if it ends in .gz"
        ) from error


@dataclass(frozen=True, slots=True)
class Answered:
    """A question, passages that it is asked of, and where the answer stands: (passage, start, end) in characters.

    `polar` is "yes" or "no" where that is the answer; no span and no `polar` means that the passages do not say.
    `others` are passages that come with the question and do not answer it. `telling` are the sentences on which the answer rests,
    as far as they are known, like `spans`.
    """

    id: str
    question: str
    passages: list[Passage]
    spans: list[tuple[int, int, int]] = field(default_factory=list)
    polar: str = ""
    others: list[Passage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    source: str = ""
    telling: list[tuple[int, int, int]] = field(default_factory=list)


def reading(data: Path, name: str, split: str | None = None) -> list[Answered]:
    """Questions with one paragraph each: `reading/*.jsonl.gz`."""
    found = []
    for row in lines(data, name):
        if (split and row["split"] != split) or row.get("joint_answers"):
            continue
        source = row["source"]
        title = "" if "amazon" in source or "reddit" in source else row["title"].replace("_", " ")
        passage = Passage(row["id"], row["context"], title)
        spans = [(0, answer["start"], answer["start"] + len(answer["text"])) for answer in row["answers"]]
        answers = [answer["text"] for answer in row["answers"]]
        spans = sorted(set(spans))
        found.append(Answered(row["id"], row["question"], [passage], spans, "", [], answers, source, around([passage], spans)))
    return found


@cache
def corpus(data: Path, name: str) -> dict[str, Passage]:
    """The passages of a set by id; their sentences are in the metadata."""
    return {
        row["id"]: Passage(row["id"], row["text"], row["title"], {"sentences": row.get("sentences", [])})
        for row in lines(data, f"{name}/corpus.jsonl.gz")
    }


def multi_hop(data: Path, name: str, split: str = "train") -> list[Answered]:
    """Questions over several passages: the gold ones, and as `others` the rest of the question's candidates."""
    known = corpus(data, name)
    found = []
    for row in lines(data, f"{name}/{split}.jsonl.gz"):
        gold = [known[id_] for id_ in row["gold"] if id_ in known]
        others = [known[id_] for id_ in row.get("candidates", []) if id_ in known and id_ not in row["gold"]]
        answers, marked = row["answers"], [tuple(mark) for mark in row.get("gold_sentences", [])]
        telling = [area for mark in marked for area in _sentence(gold, mark)] or step_sentences(row, gold)
        polar = answers[0].lower() if answers and answers[0].lower() in ("yes", "no") else ""
        spans = [] if polar else located(answers, gold, marked)
        found.append(Answered(row["id"], row["question"], gold, spans, polar, others, answers, name, telling))
    return found


def every_multi_hop(data: Path) -> list[Answered]:
    """The train questions of all sets over several passages."""
    return [case for name in SETS for case in multi_hop(data, name)]


def qed(data: Path) -> list[Answered]:
    """QED's train questions but for those on a paragraph of a dev question, of which many ask the same in other words."""
    held = {case.passages[0].text for case in reading(data, "reading/qed_dev.jsonl.gz")}
    return [case for case in reading(data, "reading/qed_train.jsonl.gz") if case.passages[0].text not in held]


def new_wikipedia(data: Path) -> list[Answered]:
    """SQuADShifts without its user texts."""
    return [case for case in reading(data, "reading/squadshifts.jsonl.gz") if case.source == "squadshifts/new_wiki"]


def around(passages: Sequence[Passage], spans: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The sentences in which the spans stand."""
    return sorted({(part, *sentence_around(passages[part].text, start, end)) for part, start, end in spans})


def step_sentences(row: Mapping[str, Any], gold: Sequence[Passage]) -> list[tuple[int, int, int]]:
    """Of a written decomposition with a passage for each step: the first sentence of each that has the step's answer."""
    steps = row.get("decomposition", [])
    if len(steps) != len(gold):
        return []
    places = [[(part, *span[1:]) for span in located([step["answer"]], [gold[part]])[:1]] for part, step in enumerate(steps)]
    return around(gold, [span for found in places for span in found])


def hashed(text: str) -> str:
    """What splits and samples follow: the same whatever the case and the spaces."""
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()


def located(
    answers: list[str], passages: list[Passage], marked: list[tuple[str, int]] | None = None
) -> list[tuple[int, int, int]]:
    """Where an answer stands in the passages as whole words: in the sentences that are marked as evidence, if it does there."""
    spans = []
    for part, passage in enumerate(passages):
        text = lowered(passage.text)
        for answer in dict.fromkeys(lowered(answer).strip() for answer in answers):
            at = text.find(answer) if answer else -1
            while at >= 0:
                end = at + len(answer)
                if not (text[at - 1 : at].isalnum() and at) and not text[end : end + 1].isalnum():
                    spans.append((part, at, end))
                at = text.find(answer, at + 1)
    evidence = [area for mark in marked or [] for area in _sentence(passages, mark)]
    inside = [span for span in spans if any(span[0] == part and start <= span[1] < end for part, start, end in evidence)]
    return sorted(set(inside or spans))


def _sentence(passages: list[Passage], mark: tuple[str, int]) -> Iterator[tuple[int, int, int]]:
    for part, passage in enumerate(passages):
        sentences = passage.metadata.get("sentences") or []
        if passage.id == mark[0] and mark[1] < len(sentences):
            start = len(" ".join(sentences[: mark[1]])) + (mark[1] > 0)
            yield part, start, start + len(sentences[mark[1]])


def sub_questions(data: Path) -> list[Answered]:
    """The steps of 2WikiMultihopQA's and MuSiQue's train questions, each with the passage that answers it."""
    found = []
    for row in lines(data, "2wiki/train.jsonl.gz"):
        known = corpus(data, "2wiki")
        by_title = {known[id_].title.lower(): known[id_] for id_ in row["gold"] if id_ in known}
        for number, (subject, relation, value) in enumerate(row.get("evidences", [])):
            passage = by_title.get(subject.lower())
            spans = located([value], [passage]) if passage else []
            if passage and spans:
                question = f"{relation} of {subject}?" if number % 2 else f"what is the {relation} of {subject}?"
                found.append(step_of(row, number, question, passage, spans, value, "2wiki_steps"))
    for row in lines(data, "musique/train.jsonl.gz"):
        known, values = corpus(data, "musique"), [step["answer"] for step in row["decomposition"]]
        for number, step in enumerate(row["decomposition"]):
            question = step["question"].replace(" >> ", " ")
            for earlier, value in enumerate(values[:number], 1):
                question = question.replace(f"#{earlier}", value)
            passage = known.get(row["gold"][number]) if number < len(row["gold"]) else None
            spans = located([step["answer"]], [passage]) if passage else []
            if passage and spans:
                found.append(step_of(row, number, question, passage, spans, step["answer"], "musique_steps"))
    return found


def step_of(
    row: Mapping[str, Any],
    number: int,
    question: str,
    passage: Passage,
    spans: list[tuple[int, int, int]],
    answer: str,
    source: str,
) -> Answered:
    telling = around([passage], spans[:1])
    return Answered(f"{row['id']}#{number}", question, [passage], spans, "", [], [answer], source, telling)
