"""Where the data of the suites is: the folder in AGENTIC_RAG_DATA, else ../shared/data beside this repository."""

import os
from pathlib import Path

from agentic_rag.corpus import read_jsonl
from agentic_rag.evaluation.data import read_questions
from agentic_rag.evaluation.suite import METRICS, Setting, Suite

DATA = Path(os.environ.get("AGENTIC_RAG_DATA", Path(__file__).parents[3] / "shared" / "data"))


def native(name: str, questions: str, corpus: str, *, setting: Setting = "corpus", qrels: str | None = None) -> Suite:
    """A suite from files in the native format."""
    folder = DATA / name
    asked = read_questions(folder / questions, folder / qrels if qrels else None)
    return Suite(name, asked, lambda: read_jsonl(folder / corpus), setting, METRICS)
