"""What made a store, as its manifest keeps it, and what the store therefore refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from agentic_rag.errors import StoreError
from agentic_rag.interfaces import Encoder
from agentic_rag.store.engine import Engine

FORMAT = 1

State = Literal["building", "ready"]


@dataclass(frozen=True)
class Manifest:
    """What made a store. A store is opened only by what agrees with it.

    `pooling` says how many tokens share one token vector; 0: the store has no token vectors. With `parts` it has a vector for
    each sentence and each item of a list instead.
    """

    encoder: str
    dimension: int
    chunking: dict[str, int] = field(default_factory=dict)
    passages: int = 0
    digest: str = ""
    state: State = "building"
    format: int = FORMAT
    pooling: int = 0
    parts: bool = False


def refuse_points(engine: Engine) -> None:
    """Points without a manifest may be somebody else's, or of any encoder: they are not ours to describe."""
    if next(engine.scan(["id"], {}), None) is not None:
        raise StoreError(
            f"the store {engine.location!r} has points but no manifest, so it is not one of ours or damaged; index into a new one"
        )


def checked(engine: Engine, encoder: Encoder) -> Manifest:
    """The manifest, if this encoder made the store."""
    raw = engine.read_manifest()
    if raw is None:
        raise StoreError(
            f"the store {engine.location!r} has no manifest, so it is not one of ours or damaged; index into a new one"
        )
    if raw.get("format") != FORMAT:
        raise StoreError(
            f"the store {engine.location!r} has format {raw.get('format')!r}, expected {FORMAT}; index into a new one"
        )
    try:
        manifest = Manifest(**raw)
    except TypeError as error:
        raise StoreError(f"the store {engine.location!r} is damaged: its manifest is not as expected ({error})") from error
    if manifest.encoder != encoder.fingerprint:
        raise StoreError(
            f"the store {engine.location!r} was made with encoder {manifest.encoder!r}, not {encoder.fingerprint!r}; "
            "open it with that encoder, or index into a new store"
        )
    return manifest


def finished(engine: Engine, encoder: Encoder) -> Manifest:
    """The manifest, if there is no indexing to go on with."""
    manifest = checked(engine, encoder)
    if manifest.state != "ready":
        raise StoreError(f"the store {engine.location!r} is not finished; run the same index command again, it goes on")
    return manifest


def agreed(
    manifest: Manifest, location: str, chunking: Mapping[str, int] | None, pooling: int | None, parts: bool | None
) -> Manifest:
    """The manifest with these choices, where None is no choice; an empty store may change its chunking."""
    made = (manifest.pooling, manifest.parts)
    tokens = pooling if pooling is not None else 0 if parts else made[0]
    asked = (tokens, parts if parts is not None else not tokens and made[1])
    if asked != made:
        raise StoreError(
            f"the store {location!r} was made {told(*made)}, not {told(*asked)}; use the same, or index into a new store"
        )
    if chunking is None or manifest.chunking == dict(chunking):
        return manifest
    if manifest.passages:
        raise StoreError(
            f"the store {location!r} was made with chunking {manifest.chunking}, not {dict(chunking)}; "
            "use the same, or index into a new store"
        )
    return replace(manifest, chunking=dict(chunking))


def told(pooling: int, parts: bool) -> str:
    """Which vectors a store has beside those of its passages, in words."""
    if parts:
        return "with vectors of parts"
    return f"with one token vector for {pooling} tokens" if pooling else "without token vectors"
