"""The five roles without training: transparent, deterministic, and what every trained specialist has to beat.

Everything here is hand-made: closed tables of general English, a few weights set by eye, and the encoder's cosine similarity.
English only; other languages get the similarity but none of the grammar.
"""

from __future__ import annotations

from agentic_rag.baselines.grader import TrainingFreeGrader
from agentic_rag.baselines.planner import TrainingFreePlanner
from agentic_rag.baselines.reader import TrainingFreeReader
from agentic_rag.baselines.router import TrainingFreeRouter
from agentic_rag.baselines.verifier import TrainingFreeVerifier
from agentic_rag.interfaces import Encoder, Roles

__all__ = [
    "TrainingFreeGrader",
    "TrainingFreePlanner",
    "TrainingFreeReader",
    "TrainingFreeRouter",
    "TrainingFreeVerifier",
    "training_free",
]


def training_free(encoder: Encoder) -> Roles:
    """All five roles around one encoder."""
    return Roles(
        router=TrainingFreeRouter(),
        planner=TrainingFreePlanner(),
        grader=TrainingFreeGrader(encoder),
        reader=TrainingFreeReader(encoder),
        verifier=TrainingFreeVerifier(encoder),
    )
