"""LiHua-World: questions about a year of private chats (single, multi, and null: not answerable)."""

from places import native

from agentic_rag.evaluation.suite import Suite


def suite() -> Suite:
    return native("lihua", "dev.jsonl", "corpus.jsonl.gz")
