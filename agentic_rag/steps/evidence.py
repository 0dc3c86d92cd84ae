"""Which passages stand behind an answer: a set that covers every sub-question, not the head of a list."""

from __future__ import annotations

from collections.abc import Sequence

from agentic_rag.subagent import merged
from agentic_rag.types import Finding, Hit

PART = 0.6
"""What the grade for a sub-question counts beside one for the question itself."""
COVER = 2
"""Of every finding so many of the best hits are in the set, if there is room."""


def chosen(question: str, hits: Sequence[Hit], findings: Sequence[Finding], k: int) -> list[Hit]:
    """The best `k` of the simple path's hits and all findings, best first, each passage once and with its provenance.

    What was graded is ranked by its grade; a set of the same size that leaves a sub-question without its best passages answers
    less of it.
    """
    rankings = [list(hits), *(weighed(finding, question) for finding in findings)]
    everything = merged(*rankings)
    wanted = {hit.passage.id for ranking in rankings for hit in ranking[:COVER]}
    firsts = [hit for hit in everything if hit.passage.id in wanted][:k]
    others = [hit for hit in everything if hit.passage.id not in wanted][: k - len(firsts)]
    return merged(firsts, others)


def weighed(finding: Finding, question: str) -> list[Hit]:
    """Its hits with grades that can be compared with those of others."""
    if finding.sub_question.text == question:
        return finding.hits
    return [hit.graded(hit.grade * PART) if hit.grade is not None else hit for hit in finding.hits]
