"""What is asked over which passages, and how it is measured. Nothing here knows retrievers."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from agentic_rag.cli.loading import module_of
from agentic_rag.corpus import read_jsonl
from agentic_rag.evaluation.data import read_qrels, read_questions
from agentic_rag.evaluation.records import Question
from agentic_rag.types import Passage

EVAL = Path(__file__).parents[1]
MULTI_HOP = ("recall@5", "recall@10", "recall@20", "all-gold@5", "all-gold@10", "all-gold@20")
ONE_PASSAGE = ("recall@5",)
LIMIT_SMALL = ("recall@2", "recall@10", "recall@20")
LIMIT_LARGE = ("recall@2", "recall@10", "recall@100")
GRADED = ("ndcg@10",)


class Asked(NamedTuple):
    """A query and the grades of passages for it; above 0 means relevant, and at least one is."""

    query: str
    gains: Mapping[str, int]


@dataclass(frozen=True)
class RetrievalSet:
    """`store` is the name of the folder with the indexed `passages`; sets over the same passages share it."""

    name: str
    asked: list[Asked]
    passages: Callable[[], Iterable[Passage]]
    measures: tuple[str, ...]
    store: str

    @property
    def digest(self) -> str:
        """Names what is asked and what is relevant."""
        return hashlib.sha256(json.dumps(self.asked, ensure_ascii=False).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Places:
    """The folders of data and stores, and how large a corpus is made where one is made."""

    data: Path
    stores: Path
    limit_documents: int = 50_000


def multi_hop(name: str, places: Places) -> RetrievalSet:
    folder = places.data / name
    asked = with_gold(read_questions(folder / "dev.jsonl.gz"))
    return RetrievalSet(name, asked, partial(read_jsonl, folder / "corpus.jsonl.gz"), MULTI_HOP, name)


def reading(name: str, store: str, places: Places) -> RetrievalSet:
    """A set for readers, over its paragraphs: those of its dev rows where it has parts. The gold is the paragraph."""
    with gzip.open(places.data / "reading" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row.get("split", "dev") == "dev"]
    asked = [Asked(row["question"], {paragraph(row).id: 1}) for row in rows if row["answers"]]
    passages = {paragraph(row).id: paragraph(row) for row in rows}
    return RetrievalSet(name, asked, passages.values, ONE_PASSAGE, store)


def paragraph(row: Mapping[str, Any]) -> Passage:
    """As eval/suites/squad2.py has it, because the store is the same."""
    return Passage(hashlib.sha256(row["context"].encode()).hexdigest()[:16], row["context"], row["title"].replace("_", " "))


def lihua(places: Places) -> RetrievalSet:
    folder = places.data / "lihua"
    single = [question for question in read_questions(folder / "dev.jsonl") if question.type == "single"]
    return RetrievalSet("lihua", with_gold(single), partial(read_jsonl, folder / "corpus.jsonl.gz"), ONE_PASSAGE, "lihua")


def limit_small(places: Places) -> RetrievalSet:
    return _limit_small("limit_small", places, lambda question: question)


def limit_synonyms(places: Places) -> RetrievalSet:
    """LIMIT-small, asked with other words: the table was written once, before anything was measured with it."""
    with (EVAL / "data" / "limit_synonyms.tsv").open(encoding="utf-8", newline="") as lines:
        table = {row["query_id"]: row["synonym"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}
    return _limit_small("limit_synonyms", places, lambda question: replace(question, question=f"Who likes {table[question.id]}?"))


def _limit_small(name: str, places: Places, asking: Callable[[Question], Question]) -> RetrievalSet:
    folder = places.data / "limit_small"
    asked = with_gold(map(asking, read_questions(folder / "questions.jsonl", folder / "qrels.tsv")))
    return RetrievalSet(name, asked, partial(read_jsonl, folder / "corpus.jsonl"), LIMIT_SMALL, "limit_small")


def limit_style(places: Places) -> RetrievalSet:
    """Made anew each time, which takes seconds: the same size gives the same files. Sizes are sets of their own."""
    name = f"limit_style_{places.limit_documents}"
    folder, script = places.stores / name, module_of(EVAL / "limit_style.py")
    folder.mkdir(parents=True, exist_ok=True)
    for file, rows in zip(("corpus", "questions"), script.limit_style(places.limit_documents, seed=0), strict=True):
        script.write(folder / f"{file}.jsonl", rows)
    asked = with_gold(read_questions(folder / "questions.jsonl"))
    return RetrievalSet(name, asked, partial(read_jsonl, folder / "corpus.jsonl"), LIMIT_LARGE, f"{name}/store")


def graded(name: str, places: Places) -> RetrievalSet:
    """A classic collection. In cranfield a query's own base document has grade 0, no gain: BM25 has it first for 96 of 225."""
    folder = places.data / name
    qrels = read_qrels(folder / "qrels.tsv")
    asked = [Asked(question.question, qrels.get(question.id, {})) for question in read_questions(folder / "queries.jsonl")]
    judged = [one for one in asked if any(grade > 0 for grade in one.gains.values())]
    return RetrievalSet(name, judged, partial(read_jsonl, folder / "corpus.jsonl.gz"), GRADED, name)


def with_gold(questions: Iterable[Question]) -> list[Asked]:
    return [Asked(question.question, dict.fromkeys(question.gold, 1)) for question in questions if question.gold]


SETS: Mapping[str, Callable[[Places], RetrievalSet]] = {
    **{name: partial(multi_hop, name) for name in ("hotpotqa", "2wiki", "musique")},
    "qed_dev": partial(reading, "qed_dev", "qed_dev"),
    "squad2_a": partial(reading, "squad2_a", "squad2"),
    "lihua": lihua,
    "limit_small": limit_small,
    "limit_synonyms": limit_synonyms,
    "limit_style": limit_style,
    **{name: partial(graded, name) for name in ("cranfield", "vaswani")},
}
