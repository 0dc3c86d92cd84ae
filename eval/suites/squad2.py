"""SQuAD 2.0, dev articles: questions with and without an answer, over the pooled paragraphs of those articles."""

import gzip
import hashlib
import json

from places import DATA

from agentic_rag.evaluation.records import Question
from agentic_rag.evaluation.suite import Suite
from agentic_rag.types import Passage


def paragraph(row: dict[str, str]) -> Passage:
    return Passage(hashlib.sha256(row["context"].encode()).hexdigest()[:16], row["context"], row["title"].replace("_", " "))


def suite() -> Suite:
    with gzip.open(DATA / "reading" / "squad2_a.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["split"] == "dev"]
    questions = [
        Question(
            id=row["id"],
            question=row["question"],
            answers=[answer["text"] for answer in row["answers"]],
            type="answerable" if row["answers"] else "unanswerable",
            gold=[paragraph(row).id] if row["answers"] else [],
            answerable=bool(row["answers"]),
        )
        for row in rows
    ]
    passages = {paragraph(row).id: paragraph(row) for row in rows}
    return Suite("squad2", questions, passages.values)
