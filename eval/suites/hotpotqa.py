"""HotpotQA, the official dev questions kept here, over their pooled passages; --setting candidates is "distractor"."""

from places import native

from agentic_rag.evaluation.suite import Suite


def suite() -> Suite:
    return native("hotpotqa", "dev.jsonl.gz", "corpus.jsonl.gz")
