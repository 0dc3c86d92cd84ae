"""The five roles as specialists: one small encoder, read once, and an adapter of a few megabytes for each role.

Adapters are loaded when a role is first used. `agentic_rag.training` makes them; each folder has a card that says how good it is.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from agentic_rag.errors import EncoderError
from agentic_rag.interfaces import Encoder, Roles

if TYPE_CHECKING:
    from agentic_rag.encoder import MiniLM

__all__ = ["ROLES", "SHIPPED", "adapter_of", "specialists"]

SHIPPED = Path(__file__).parent / "adapters"
ROLES = ("router", "planner", "grader", "reader", "verifier")


def specialists(encoder: Encoder | None = None, own: Path | None = None) -> Roles:
    """All five roles. `own` is a folder of adapters, one folder per role, which take the place of those that are shipped.

    The base is `encoder` if that is a MiniLM, else one of its own; it must be the model that the adapters were trained on. Raises
    `EncoderError` if `own` has no adapter of any role. For the same MiniLM and `own` they are the same roles each time, so graphs
    that are built one after another load nothing twice.
    """
    if own and not any((own / role).is_dir() for role in ROLES):
        raise EncoderError(
            f"{str(own)!r} has no folder named {', '.join(ROLES[:-1])} or {ROLES[-1]}; give the one that holds such folders"
        )
    return _roles(base_of(encoder), own)


@lru_cache(maxsize=2)
def _roles(encoder: MiniLM, own: Path | None) -> Roles:
    from agentic_rag.specialists.deciding import DecidingReader
    from agentic_rag.specialists.grader import CrossEncoderGrader
    from agentic_rag.specialists.network import Adapted, Base
    from agentic_rag.specialists.planner import SpanPlanner
    from agentic_rag.specialists.reader import SpanReader
    from agentic_rag.specialists.router import ClassifierRouter
    from agentic_rag.specialists.verifier import EntailmentVerifier

    base = Base(encoder)
    adapted = {role: Adapted(base, adapter_of(role, own)) for role in ROLES}
    verifier = EntailmentVerifier(adapted["verifier"])
    return Roles(
        router=ClassifierRouter(adapted["router"]),
        planner=SpanPlanner(adapted["planner"]),
        grader=CrossEncoderGrader(adapted["grader"]),
        reader=DecidingReader(SpanReader(adapted["reader"]), verifier),
        verifier=verifier,
    )


def adapter_of(role: str, own: Path | None = None) -> Path:
    """The user's own adapter where there is one, else the shipped one; raises `EncoderError` if that is missing too."""
    mine = own / role if own else None
    folder = mine if mine and mine.is_dir() else SHIPPED / role
    if not folder.is_dir():
        raise EncoderError(
            f"there is no adapter for the {role} in {str(folder.parent)!r}; make one with agentic-rag train {role}"
        )
    return folder


def base_of(encoder: Encoder | None) -> MiniLM:
    from agentic_rag.encoder import MiniLM

    return encoder if isinstance(encoder, MiniLM) else MiniLM()
