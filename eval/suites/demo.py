"""The project's own 40 questions about Drevanny. The training-free roles were developed on them: their numbers are optimistic."""

from dataclasses import fields

from agentic_rag.demo import demo_passages, demo_questions
from agentic_rag.evaluation.records import Question
from agentic_rag.evaluation.suite import Suite

KNOWN = {field.name for field in fields(Question)}


def suite() -> Suite:
    questions = [Question(**{key: value for key, value in row.items() if key in KNOWN}) for row in demo_questions()]
    return Suite("demo", questions, demo_passages)
