"""The card that ships with an adapter: what it was made from, how, how good it is, and where it fails."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import agentic_rag
from agentic_rag.training.judging import Judged
from agentic_rag.training.settings import Settings

CARD = "card.json"


@dataclass(frozen=True)
class Trained:
    """What one training run used."""

    examples: int
    tokens: int
    seconds: float
    steps: int
    loss: float
    machine: str


@dataclass(frozen=True)
class Card:
    """Everything about an adapter that its weights do not say; `calibration` is read by the role at run time.

    `earlier` are the runs that made the adapters which this one began with or was averaged with, the first one first.
    """

    role: str
    base: str
    command: str
    settings: Settings
    trained: Trained
    sources: dict[str, str]
    known_failures: list[str] = field(default_factory=list)
    earlier: list[dict[str, Any]] = field(default_factory=list)
    judged: Judged = field(default_factory=lambda: Judged({}))

    def as_json(self) -> dict[str, Any]:
        plain = asdict(self)
        judged = plain.pop("judged")
        return {**plain, "package": agentic_rag.__version__, "licence": "MIT (the weights; each source keeps its own)", **judged}


def runs_of(cards: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All runs that made some adapters, each once, as the card of one that is made of these tells them."""
    found: list[dict[str, Any]] = []
    for card in cards:
        last = {name: card[name] for name in ("role", "command", "settings", "trained") if name in card}
        found += [run for run in [*card.get("earlier", []), last] if run and run not in found]
    return found


def write_card(card: Card, folder: Path) -> None:
    written = json.dumps(card.as_json(), indent=1, ensure_ascii=False)
    (folder / CARD).write_text(written + "\n", encoding="utf-8")


def read_card(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
    return found
