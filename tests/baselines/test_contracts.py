from __future__ import annotations

from agentic_rag.baselines import (
    TrainingFreeGrader,
    TrainingFreePlanner,
    TrainingFreeReader,
    TrainingFreeRouter,
    TrainingFreeVerifier,
)
from agentic_rag.testing import GraderContract, PlannerContract, ReaderContract, RouterContract, VerifierContract, WordEncoder


class TestRouter(RouterContract):
    def make(self) -> TrainingFreeRouter:
        return TrainingFreeRouter()


class TestPlanner(PlannerContract):
    def make(self) -> TrainingFreePlanner:
        return TrainingFreePlanner()


class TestGrader(GraderContract):
    def make(self) -> TrainingFreeGrader:
        return TrainingFreeGrader(WordEncoder())


class TestReader(ReaderContract):
    def make(self) -> TrainingFreeReader:
        return TrainingFreeReader(WordEncoder())


class TestVerifier(VerifierContract):
    def make(self) -> TrainingFreeVerifier:
        return TrainingFreeVerifier(WordEncoder())
