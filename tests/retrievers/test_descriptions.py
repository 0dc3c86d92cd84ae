"""Every kind of retriever says in one sentence what it is good at: that is all a planner knows of a subagent."""

from __future__ import annotations

import pytest

from agentic_rag import retrievers
from agentic_rag.encoder import MiniLM

KINDS = [kind for kind in map(vars(retrievers).get, retrievers.__all__) if hasattr(kind, "good_at")]
ASKED = {
    "BM25": "Which passage has the exact term ISO 9001 and the number 4711?",
    "Dense": "a paraphrase: the text about a creature that sleeps through winter, described in other words",
    "Links": "What is said of the person named Maren Tolquist?",
    "Late": "Where does this single term or a synonym of it stand?",
    "Parts": "Which long list has this one item?",
    "Dated": "What happened on 14 July 2025?",
    "SQL": "Which figures stand in the tables of the sales database?",
    "WebSearch": "What did the web say about it most recently?",
}


def test_every_kind_but_adapters_has_a_sentence_of_its_own() -> None:
    assert {kind.__name__ for kind in KINDS} == {*ASKED, "Fused"}
    assert len({kind.good_at for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_it_is_one_sentence_that_fits_into_a_prompt(kind: type) -> None:
    assert len(kind.good_at) <= 80
    assert kind.good_at[0].islower()
    assert not set(kind.good_at) & set(".\n!?;")


def test_it_tells_its_questions_from_those_of_the_others() -> None:
    encoder = MiniLM()
    kinds = [kind for kind in KINDS if kind.__name__ in ASKED]
    likeness = encoder.encode([ASKED[kind.__name__] for kind in kinds]) @ encoder.encode([kind.good_at for kind in kinds]).T
    assert [kinds[at].__name__ for at in likeness.argmax(axis=1)] == [kind.__name__ for kind in kinds]
