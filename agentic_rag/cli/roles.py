"""Who does the five roles, from words on the command line."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from agentic_rag.cascade import Cascade
from agentic_rag.cli.loading import calling, module_of
from agentic_rag.errors import GraphError
from agentic_rag.interfaces import Encoder, Roles
from agentic_rag.models import FAMILIES, Models, UsageLog
from agentic_rag.specialists import specialists
from agentic_rag.steps.verify import CONFIDENCE
from agentic_rag.text import without_login

OWN = "specialists:"
SHIPPED = "specialists"
EVIDENCE = 800
"""Tokens of passages that a generative reader is shown; 0 for all of them."""
THEN = ">"
"""Between a small one and the larger one that backs it."""


@dataclass(frozen=True)
class Casting:
    """`model` does all roles but those that `roles` gives to others; false where the graph's own default does them all."""

    model: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    models: Models = field(default_factory=Models)
    evidence: int = EVIDENCE

    @classmethod
    def of(cls, model: str | None, cache: Path | None, log: Path | None, evidence: int | None, **roles: str | None) -> Casting:
        models = Models(cache=cache, log=UsageLog(log) if log else None)
        if models.log:
            models.log.check()
        return cls(
            model, {role: spec for role, spec in roles.items() if spec}, models, EVIDENCE if evidence is None else evidence
        )

    def __bool__(self) -> bool:
        return bool(self.model or self.roles)

    def __str__(self) -> str:
        shown = [f"evidence={self.evidence}"] if self.evidence != EVIDENCE else []
        named = [self.model or "default", *(f"{role}={spec}" for role, spec in self.roles.items())]
        return ", ".join([*map(without_login, named), *shown])

    def __call__(self, encoder: Encoder) -> Roles:
        def made(spec: str) -> Roles:
            return roles_of(spec, encoder, self.models, self.evidence)

        roles = made(self.model) if self.model else specialists(encoder)
        return replace(roles, **{role: getattr(made(spec), role) for role, spec in self.roles.items()})


def roles_of(spec: str, encoder: Encoder, models: Models | None = None, evidence: int = EVIDENCE) -> Roles:
    """The roles by a generative model, with specialists that stand in where no reply can be used; by specialists, shipped or with
    own adapters; by what `FILE.py:NAME` or `MODULE:NAME` makes, a function of the encoder; or one of these backed by another.
    """
    if THEN in spec:
        small, large = (roles_of(part.strip(), encoder, models, evidence) for part in spec.split(THEN, 1))
        backed = {one.name: (getattr(small, one.name), getattr(large, one.name)) for one in fields(Roles)}
        return Roles(**{role: Cascade(*pair, below=CONFIDENCE) for role, pair in backed.items()})
    if spec == SHIPPED:
        return specialists(encoder)
    if spec.startswith(FAMILIES):
        from agentic_rag.prompted import prompted
        from agentic_rag.prompted.compression import Compression

        small = specialists(encoder)
        chosen = Compression(small.grader.sentences, evidence) if evidence else None  # type: ignore[attr-defined]  # the specialist's
        return prompted((models or Models())(spec), small, chosen)
    if spec.startswith(OWN):
        folder = Path(spec.removeprefix(OWN))
        if not folder.is_dir():
            raise GraphError(f"the model {spec!r} names no folder; give specialists:FOLDER, with a folder for each role of yours")
        return specialists(encoder, folder)
    place, _, name = spec.rpartition(":")
    if not place:
        raise GraphError(
            f"the model {spec!r} cannot be read; write ollama:NAME, openai:NAME@URL, specialists:FOLDER, or FILE.py:NAME or "
            "MODULE:NAME of a function that returns Roles"
        )
    return made_by(spec, place, name, encoder)


def imported(spec: str, place: str) -> Any:
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        if error.name and place != error.name and not place.startswith(f"{error.name}."):
            raise
        raise GraphError(
            f"the model {spec!r} cannot be read: there is no module {place!r}; write ollama:NAME for a model of Ollama's, or "
            "openai:NAME@URL"
        ) from error


def made_by(spec: str, place: str, name: str, encoder: Encoder) -> Roles:
    """What the user's own function makes."""
    module: Any = (
        module_of(Path(place)) if place.endswith(".py") else calling(f"importing {place!r}", lambda: imported(spec, place))
    )
    make = getattr(module, name, None)
    if not callable(make):
        raise GraphError(
            f"{place!r} has no function {name!r}; it has {', '.join(n for n in vars(module) if not n.startswith('_'))}"
        )
    roles = calling(spec, lambda: make(encoder))
    if not isinstance(roles, Roles):
        raise GraphError(f"{spec!r} returned {type(roles).__name__}, expected agentic_rag.interfaces.Roles")
    return roles
