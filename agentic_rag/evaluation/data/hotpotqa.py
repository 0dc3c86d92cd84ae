"""HotpotQA: `hotpot_{train,dev_distractor,dev_fullwiki,test_fullwiki}_v1*.json`, https://hotpotqa.github.io.

One JSON list of `_id, question, answer, type, level, supporting_facts [[title, sentence]], context [[title, [sentences]]]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentic_rag.evaluation.data.dataset import Dataset, Pool, distinct, named
from agentic_rag.evaluation.data.files import read_list
from agentic_rag.evaluation.records import Question

if TYPE_CHECKING:
    from pathlib import Path

    from agentic_rag.evaluation.data.rows import Row

HOPS = {"bridge_comparison": 4}
"""Hops of a question by its type; of any other type, two. 2WikiMultihopQA, which shares the format, has this one."""


def read(path: Path) -> Dataset:
    """The file as published. Sentences are joined by one space; test files have neither answers nor gold.

    In the full-wiki files, the context was retrieved: a gold passage may be missing from it, and then goes by its title.
    """
    pool = Pool(path)
    return pool.dataset(distinct(((row, _question(row, pool)) for row in read_list(path)), path, "_id"))


def _question(row: Row, pool: Pool) -> Question:
    titled: dict[str, list[str]] = {}
    keys = []
    for passage in row.tuples("context", ["title", "sentences"]):
        sentences = (sentence.strip() for sentence in passage.texts("sentences"))
        keys.append(pool.add(passage.text("title"), " ".join(sentence for sentence in sentences if sentence)))
        titled.setdefault(named(passage.text("title")), []).append(keys[-1])
    titles = [named(fact.text("title")) for fact in row.tuples("supporting_facts", ["title", "sentence"], [])]
    answer, kind = row.text("answer", ""), row.text("type", "")
    return Question(
        id=row.name("_id"),
        question=row.text("question"),
        answers=[answer] if answer.strip() else [],
        type=kind,
        hops=HOPS.get(kind, 2),
        gold=[key for title in titles for key in titled.get(title, [title])],
        candidates=keys,
    )
