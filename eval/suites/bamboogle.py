"""Bamboogle: two-hop questions without passages; only routing and planning are measured."""

from places import DATA

from agentic_rag.evaluation.data import read_questions
from agentic_rag.evaluation.suite import Suite


def suite() -> Suite:
    return Suite("bamboogle", read_questions(DATA / "bamboogle.jsonl"), metrics=["complex", "rounds", "coverage"])
