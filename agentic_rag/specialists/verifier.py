"""The verifier: do these passages, each alone and all together, support that this is the answer to the question?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from agentic_rag.phrasing import statement
from agentic_rag.specialists.calibration import Calibration
from agentic_rag.specialists.network import Adapted, Heads
from agentic_rag.specialists.reader import together
from agentic_rag.specialists.rows import QUESTION, Piece, Row, pieces, row, tokens, windows
from agentic_rag.text import bare_title
from agentic_rag.types import Citation, Claim, Passage

KINDS = ["supported", "contradicted", "not enough"]
HEADS = Heads(tokens=0, pooled=len(KINDS))
PASSAGES = 10
"""At most so many are looked at, cited ones first."""
ROWS = 6
"""At most so many rows are read for one claim."""
JOINT = 400
"""Tokens of passages that are read together."""
WINDOW, STRIDE = 200, 50
"""Tokens of a window of a long passage, and tokens that two windows share."""
ANSWER = 40
"""Tokens of an answer that are read beside its question."""


@dataclass(frozen=True)
class EntailmentVerifier:
    """Support is the calibrated probability of the row that supports the claim most; without a question it is a statement.

    That a question of yes or no is answered by yes is the statement that it makes; no is supported as far as that is
    contradicted, not where nothing is said of it.
    """

    adapted: Adapted
    model: ClassVar[str] = "specialist"

    def __call__(self, claim: Claim, passages: Sequence[Passage], /) -> float:
        said = statement(claim.question, [bare_title(one.title) for one in passages]) if claim.answer in ("yes", "no") else None
        asked = replace(claim, question="", answer=said[0]) if said else claim
        rows = self.rows(asked, passages)
        if not rows:
            return 0.0
        best = max((whole for _, whole in self.adapted(rows)), key=margin)
        support = self.calibration(asked)(margin(best))
        return (1 - support) * contradicted(best) if said and claim.answer == "no" else support

    def rows(self, claim: Claim, passages: Sequence[Passage]) -> list[Row]:
        """The passages together, as far as they fit, then each alone, then more windows of the long ones."""
        tokenizer = self.adapted.base.tokenizer
        said = stated(tokenizer, claim)
        cited = {citation.passage_id for citation in claim.citations}
        kept = sorted((p for p in passages if p.text.strip()), key=lambda passage: passage.id not in cited)[:PASSAGES]
        if not said or not claim.answer.strip():
            return []
        cut = []
        for piece, passage in zip(pieces(tokenizer, kept), kept, strict=True):
            if piece.ids:
                cut.append(likeliest(piece, said, [c for c in claim.citations if c.passage_id == passage.id]))
        joint = [group for group in together([of_one[0] for of_one in cut], JOINT) if len(group) > 1]
        alone = [[window] for window in chain(*zip_longest(*cut)) if window]
        return [row(said, group) for group in [*joint, *alone][:ROWS]]

    def calibration(self, claim: Claim) -> Calibration:
        return Calibration.of(self.adapted.card.get("calibration", {}), "" if claim.question.strip() else "statement_")


def stated(tokenizer: Tokenizer, claim: Claim) -> list[int]:
    """The question in its own words, then the answer; a long question is cut at its end, so that the answer is always read."""
    question = claim.question.strip()
    asked = tokens(tokenizer, question if not question or question[-1] in "?.!" else f"{question}?")[0]
    said = tokens(tokenizer, claim.answer.strip())[0][: ANSWER if asked else QUESTION]
    return [*asked[: QUESTION - len(said)], *said]


def likeliest(piece: Piece, said: Sequence[int], citations: Sequence[Citation]) -> list[Piece]:
    """The windows of a passage, first those with most of the quotes, then those that share most words with the claim."""
    wanted = set(said)

    def worth(window: Piece) -> tuple[int, int]:
        start, end = window.offsets[0][0], window.offsets[-1][1]
        return sum(max(0, min(end, c.end) - max(start, c.start)) for c in citations), len(wanted.intersection(window.ids))

    return sorted(windows(piece, WINDOW, STRIDE), key=worth, reverse=True)


def margin(whole: NDArray[np.float32]) -> float:
    """The log odds of supported against both other kinds."""
    return float(whole[0] - np.logaddexp.reduce(whole[1:]))


def contradicted(whole: NDArray[np.float32]) -> float:
    """The probability of that kind, if the claim is not supported."""
    return float(1 / (1 + np.exp(whole[2] - whole[1])))
