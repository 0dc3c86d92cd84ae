"""What our own reader answers, right or wrong: what the verifier will have to judge."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentic_rag.evaluation.metrics import overlap
from agentic_rag.specialists.reader import SpanReader, cited, none_of, ranked, worded
from agentic_rag.text import sentence_around
from agentic_rag.training.cloze import linked_questions
from agentic_rag.training.data import Answered
from agentic_rag.training.relations import relation_questions
from agentic_rag.types import Citation, Claim, Passage

RIGHT = 0.6
"""F1 with a gold answer from which an answer counts as right, and as supported."""
ABSENT = 0.2
"""Share of the questions made of passages without the one that answers."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A claim about passages, and whether they support it; the `lead` over none and the `margin` that the reader gave it."""

    claim: Claim
    passages: list[Passage]
    supported: bool
    lead: float = 0.0
    margin: float = 0.0


def sentence_cited(passages: Sequence[Passage], span: tuple[int, int, int]) -> Citation:
    passage = passages[span[0]]
    return Citation.of(passage, *sentence_around(passage.text, *span[1:]))


def as_cited(one: Checked) -> Checked:
    """With no other passages than those that the claim cites."""
    cited = {citation.passage_id for citation in one.claim.citations}
    return replace(one, passages=[passage for passage in one.passages if passage.id in cited])


def read_out(
    reader: SpanReader, cases: Sequence[Answered], *, most: int = 1, seed: int = 0, alone: bool = False
) -> Iterator[Checked]:
    """The reader's `most` best answers to each question from its passages among two others, whether it would give them or not.

    `alone` leaves the two others out.
    """
    chance = random.Random(f"read out {seed}")
    for begin in range(0, len(cases), 256):
        some = cases[begin : begin + 256]
        shown = [case.passages if alone else among(case, some[number - 1], chance) for number, case in enumerate(some)]
        rows = [list(reader.rows(case.question, passages)) for case, passages in zip(some, shown, strict=True)]
        outputs = iter(reader.adapted([one for of_case in rows for one in of_case]))
        for case, passages, of_case in zip(some, shown, rows, strict=True):
            given = [next(outputs) for _ in of_case]
            for choice in list(ranked(case.question, passages, of_case, given))[:most]:
                answer = worded(choice, passages)
                right = any(overlap(answer, gold) >= RIGHT for gold in case.answers)
                claim = Claim(case.question, answer, cited(case.question, answer, choice, passages))
                none = none_of(given)
                yield Checked(claim, passages, right, choice.lead(none), choice.margin(none))


def made_cases(data: Path, chance: random.Random, most: int) -> Iterator[Answered]:
    """Fresh questions, `most` over linked passages and as many about what passages say in a set form; some have no answer."""
    cases = [*linked_questions(data, most, chance), *(one.case for one in relation_questions(data, most, chance))]
    for case in cases:
        if case.spans and chance.random() < ABSENT:
            told = {part for part, _, _ in case.spans}
            left = [passage for part, passage in enumerate(case.passages) if part not in told]
            yield replace(case, passages=left, spans=[], answers=[])
        else:
            yield case


def among(case: Answered, neighbour: Answered, chance: random.Random) -> list[Passage]:
    """A question's passages and two that do not answer it (of a question on one paragraph, its neighbour's), shuffled."""
    known = {passage.text for passage in case.passages}
    others = [passage for passage in case.others or neighbour.passages if passage.text not in known]
    passages = [*case.passages, *chance.sample(others, min(2, len(others)))]
    return chance.sample(passages, len(passages))
