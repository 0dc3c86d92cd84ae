"""The five roles done by prompting a generative model: a prompt, the schema of its reply, and what is made of the reply.

One file per role, the prompt above the code that reads the reply. What a model may not decide is not in the schema: names come
from closed lists, and spans are found in the passages, not taken from the model.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agentic_rag.interfaces import Model, Roles
from agentic_rag.prompted.asking import ReplyError
from agentic_rag.prompted.compression import Compression
from agentic_rag.prompted.grader import PromptedGrader
from agentic_rag.prompted.planner import PromptedPlanner
from agentic_rag.prompted.reader import PromptedReader
from agentic_rag.prompted.router import PromptedRouter
from agentic_rag.prompted.verifier import PromptedVerifier

__all__ = [
    "ROLES",
    "Compression",
    "PromptedGrader",
    "PromptedPlanner",
    "PromptedReader",
    "PromptedRouter",
    "PromptedVerifier",
    "ReplyError",
    "prompted",
]


ROLES: dict[str, Any] = {
    "router": PromptedRouter,
    "planner": PromptedPlanner,
    "grader": PromptedGrader,
    "reader": PromptedReader,
    "verifier": PromptedVerifier,
}


def prompted(model: Model, instead: Roles | None = None, compression: Compression | None = None) -> Roles:
    """All five roles by one model; `instead` has those that stand in where no reply can be used."""
    spare = [getattr(instead, role, None) for role in ROLES]
    roles = Roles(*(kind(model, other) for kind, other in zip(ROLES.values(), spare, strict=True)))
    return replace(roles, reader=PromptedReader(model, getattr(instead, "reader", None), compression))
