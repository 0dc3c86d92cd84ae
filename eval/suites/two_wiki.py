"""2WikiMultihopQA, dev questions, over pooled passages."""

from places import native

from agentic_rag.evaluation.suite import Suite


def suite() -> Suite:
    return native("2wiki", "dev.jsonl.gz", "corpus.jsonl.gz")
