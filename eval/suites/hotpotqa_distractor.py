"""HotpotQA in the distractor setting: only the (nearly always ten) candidate passages of each dev question are searched."""

from dataclasses import replace

from places import native

from agentic_rag.evaluation.suite import Suite


def suite() -> Suite:
    whole = native("hotpotqa", "dev.jsonl.gz", "corpus.jsonl.gz")
    with_candidates = [question for question in whole.questions if question.candidates]
    return replace(whole, name="hotpotqa_distractor", questions=with_candidates, setting="candidates")
