"""Doubles and contracts: what our own tests use, for the tests of your graphs and parts.

A contract is a class of tests. Inherit it, say how to `make` your part, and pytest runs the tests against it:

    class TestMyRetriever(RetrieverContract):
        def make(self, passages):
            return MyRetriever(passages)

`agentic_rag.testing.ollama` has a double of an Ollama server, for tests of graphs with models behind real HTTP.
"""

from agentic_rag.testing.contracts import (
    GraderContract,
    PlannerContract,
    ReaderContract,
    RetrieverContract,
    RouterContract,
    VerifierContract,
)
from agentic_rag.testing.corpus import PASSAGES, STRANGE
from agentic_rag.testing.doubles import Listed, Scripted, WordEncoder, quoting, steps_taken
from agentic_rag.testing.models import ScriptedModel

__all__ = [
    "PASSAGES",
    "STRANGE",
    "GraderContract",
    "Listed",
    "PlannerContract",
    "ReaderContract",
    "RetrieverContract",
    "RouterContract",
    "Scripted",
    "ScriptedModel",
    "VerifierContract",
    "WordEncoder",
    "quoting",
    "steps_taken",
]
