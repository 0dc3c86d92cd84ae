"""MuSiQue, dev questions, over pooled paragraphs."""

from places import native

from agentic_rag.evaluation.suite import Suite


def suite() -> Suite:
    return native("musique", "dev.jsonl.gz", "corpus.jsonl.gz")
