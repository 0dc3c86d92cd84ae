"""A suite: which questions over which passages, in which setting, by which metrics. It knows nothing about graphs."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from tokenizers import Tokenizer

from agentic_rag.corpus import Chunking, read_corpus
from agentic_rag.encoder import MiniLM
from agentic_rag.evaluation.data import read_dataset, read_questions
from agentic_rag.evaluation.errors import EvaluationError
from agentic_rag.evaluation.metrics import named
from agentic_rag.evaluation.records import Question
from agentic_rag.interfaces import Encoder
from agentic_rag.store import Store, Where
from agentic_rag.types import Passage

Setting = Literal["corpus", "candidates", "gold"]
SETTINGS: dict[Setting, str] = {
    "corpus": "search among all passages",
    "candidates": "search among the passages that come with the question (HotpotQA's distractor setting)",
    "gold": "search among the gold passages only",
}
METRICS = [
    "em",
    "f1",
    "recall@5",
    "recall@10",
    "all_gold@10",
    "citation_precision",
    "citation_recall",
    "coverage",
    "selective_accuracy",
]


@dataclass(frozen=True)
class Suite:
    """`passages` is called when a store has to be made; `metrics` are those shown first, all can be asked for later."""

    name: str
    questions: list[Question]
    passages: Callable[[], Iterable[Passage]] = field(default=list, repr=False)
    setting: Setting = "corpus"
    metrics: list[str] = field(default_factory=lambda: list(METRICS))

    def __post_init__(self) -> None:
        named(self.metrics)
        if self.setting not in SETTINGS:
            raise EvaluationError(f"the suite {self.name!r} has setting {self.setting!r}; there are {', '.join(SETTINGS)}")
        if not self.questions:
            raise EvaluationError(f"the suite {self.name!r} has no questions; give at least one")
        if repeated := [name for name, count in Counter(question.id for question in self.questions).items() if count > 1]:
            raise EvaluationError(f"the suite {self.name!r} has several questions with the id {repeated[0]!r}; give each its own")
        if missing := [question.id for question in self.questions if self.setting != "corpus" and not self.among(question)]:
            raise EvaluationError(
                f"the suite {self.name!r} has setting {self.setting!r}, but {len(missing)} of its questions "
                f"(first {missing[0]!r}) name no such passages; use the setting 'corpus'"
            )

    @property
    def data_hash(self) -> str:
        """Names the questions and their gold: a run that was cut off goes on only over the same."""
        rows = json.dumps([asdict(question) for question in self.questions], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(rows.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def among(self, question: Question) -> list[str]:
        """The passages that may be found for a question; all of them if the list is empty."""
        if self.setting == "corpus":
            return []
        return question.candidates if self.setting == "candidates" else question.gold

    def where(self, question: Question) -> Where:
        ids = self.among(question)
        return {"id": ids} if ids else {}

    def limited(self, count: int | None) -> Suite:
        """A sample of `count` questions, always the same, and part of every larger one; in the order of the suite."""
        if count is None or count >= len(self.questions):
            return self
        chosen = set(
            sorted((hashlib.sha256(question.id.encode()).hexdigest(), question.id) for question in self.questions)[:count]
        )
        ids = {question_id for _, question_id in chosen}
        return replace(self, questions=[question for question in self.questions if question.id in ids])

    def store(self, location: str | Path, encoder: Encoder) -> Store:
        """The passages as a store, indexed as far as they are not there yet; a suite without passages takes those that are there.

        Raises `EvaluationError` for a store that holds other passages too: they would be found.
        """
        passages = list(self.passages())
        own = {passage.id for passage in passages}
        with ExitStack() as opened:
            store = opened.enter_context(Store.create(location, encoder))
            others = [row["id"] for row in store.engine.scan(["id"], {}) if row["id"] not in own] if own else []
            if others:
                raise EvaluationError(
                    f"the store {store.engine.location!r} has {len(others)} passages (first {others[0]!r}) that are not of the "
                    f"suite {self.name!r}; give another --store, or none"
                )
            store.index(passages)
            opened.pop_all()
        return store


def suite_of(
    questions: Path,
    corpus: Path | None = None,
    *,
    qrels: Path | None = None,
    format_: str | None = None,
    setting: Setting = "corpus",
    tokenizer: Tokenizer | None = None,
) -> Suite:
    """A suite from files: native questions with a corpus, or a published data set that brings its passages.

    `tokenizer` is the encoder's, for the length of passages; by default that of the default one. Raises `EvaluationError` for
    what would be ignored.
    """
    place = questions.resolve() if questions.name in ("", "..") or questions.parent.name == "qrels" else questions
    folder = place.parent.parent if place.parent.name == "qrels" else place.parent
    name = "-".join(filter(None, [folder.name, place.name.removesuffix(".gz").rsplit(".", 1)[0]]))
    if corpus is None and qrels:
        raise EvaluationError("--qrels judges passages of a --corpus for native questions; give that too, or leave --qrels out")
    if corpus and format_:
        raise EvaluationError("--format is of a published data set, which brings its passages; leave out --format or --corpus")
    if corpus is None:
        dataset = read_dataset(questions, format_)
        return Suite(name, dataset.questions, lambda: dataset.passages, setting)
    passages = read_corpus([corpus], Chunking(), tokenizer=tokenizer or MiniLM().tokenizer)
    return Suite(name, read_questions(questions, qrels), lambda: passages, setting)
