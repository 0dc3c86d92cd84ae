"""LIMIT-small: who likes what, 46 documents, two relevant to each of 1,000 questions; only retrieval is measured."""

from dataclasses import replace

from places import native

from agentic_rag.evaluation.suite import Suite

METRICS = ["recall@5", "recall@10", "all_gold@5", "ndcg@10"]


def suite() -> Suite:
    return replace(native("limit_small", "questions.jsonl", "corpus.jsonl", qrels="qrels.tsv"), metrics=METRICS)
