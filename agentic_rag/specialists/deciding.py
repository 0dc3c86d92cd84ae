"""Where the verifier has a say in reading: which of several possible answers is given, and yes or no.

What a question of yes or no asks to be true is a statement; a reader that points at spans learns little about yes and no from the
few questions that are answered so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from agentic_rag.interfaces import Reader, Verifier
from agentic_rag.odds import SURE, agreed
from agentic_rag.phrasing import statement
from agentic_rag.sentences import bm25_sentences
from agentic_rag.text import bare_title, content_words, sentences
from agentic_rag.types import Citation, Claim, Passage, Reading

PASSAGES = 3
"""At most so many that name the thing are looked at, the first ones."""


@dataclass(frozen=True)
class DecidingReader:
    """Of a `reader`'s answers the one first that it and the `verifier` together are surest of, each with the reader's confidence.

    Where a question of yes or no is about one thing which the passages name, the verifier alone decides: what is not supported
    is answered by no, with little confidence where it is not contradicted either.
    """

    reader: Reader
    verifier: Verifier
    model: ClassVar[str] = "specialist"

    def __call__(self, question: str, passages: Sequence[Passage], /) -> Reading:
        said = statement(question, [bare_title(passage.title) for passage in passages])
        about = naming(said[1], passages)[:PASSAGES] if said else []
        if not said or not about:
            return self.best(question, passages, self.reader(question, passages))
        supports = [self.verifier(Claim("", said[0], []), [passage]) for passage in about]
        best = max(range(len(about)), key=lambda at: supports[at])
        answer, confidence = "yes", supports[best]
        if confidence < 0.5:
            answer, confidence = "no", self.verifier(Claim(question, "no", []), [about[best]])
        return Reading(answer, confidence, [closest(said[0], about[best])])

    def best(self, question: str, passages: Sequence[Passage], reading: Reading) -> Reading:
        """As it is where there is no other answer, or where the reader is `SURE` of its own."""
        if not reading.others or reading.confidence >= SURE:
            return reading
        known = {passage.id: passage for passage in passages}

        def odds(one: Reading) -> float:
            claim = Claim(question, one.answer or "", one.citations)
            return agreed(one.confidence, self.verifier(claim, claim.cited(known)))

        first, *others = sorted([replace(reading, others=[]), *reading.others], key=odds, reverse=True)
        return replace(first, others=others)


def naming(thing: str, passages: Sequence[Passage]) -> list[Passage]:
    """Those with at least half of a thing's words, of which one is in the title."""
    wanted = set(content_words(thing))
    return [
        passage
        for passage in passages
        if passage.text.strip()
        and wanted & set(content_words(passage.title))
        and 2 * len(wanted & set(content_words(passage.content))) >= len(wanted)
    ]


def closest(said: str, passage: Passage) -> Citation:
    """The sentence that shares most with what is said."""
    [scores] = bm25_sentences(said, [passage])
    return Citation.of(passage, *sentences(passage.text)[max(range(len(scores)), key=lambda at: scores[at])])
