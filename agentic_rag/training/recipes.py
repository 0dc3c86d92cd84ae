"""The five recipes by role, and a whole training run: examples, adapter, dev figures, card."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.util import find_spec
from os import cpu_count
from pathlib import Path
from typing import Any, ClassVar, Protocol

from agentic_rag.encoder import MiniLM
from agentic_rag.errors import MissingExtraError
from agentic_rag.specialists.grader import CrossEncoderGrader
from agentic_rag.specialists.network import Adapted, Base, read_adapter
from agentic_rag.specialists.reader import SpanReader
from agentic_rag.training.card import Card, Trained, read_card, runs_of, write_card
from agentic_rag.training.data import TrainingError
from agentic_rag.training.grader import GraderRecipe
from agentic_rag.training.judging import Judged
from agentic_rag.training.loop import OnProgress, Progress, Recipe, average_with, fit
from agentic_rag.training.own import own_answers, own_cases
from agentic_rag.training.planner import PlannerRecipe
from agentic_rag.training.reader import ReaderRecipe
from agentic_rag.training.router import RouterRecipe
from agentic_rag.training.settings import Settings
from agentic_rag.training.verifier import VerifierRecipe

RECIPES: dict[str, Any] = {
    "router": RouterRecipe,
    "planner": PlannerRecipe,
    "grader": GraderRecipe,
    "reader": ReaderRecipe,
    "verifier": VerifierRecipe,
}


class Judging(Recipe[Any], Protocol):
    """A recipe that can also measure what came of it."""

    defaults: ClassVar[Settings]
    sources: ClassVar[dict[str, str]]
    known_failures: ClassVar[list[str]]

    def judge(self, adapted: Adapted) -> Judged: ...


@dataclass(frozen=True)
class Order:
    """One adapter to be made: of which role, from which data, into which folder.

    `start` is an adapter to begin with, and the weights are averaged in the end with those in `average`, by their shares.
    `reader` and `grader` are folders with trained ones, `stores` is one with stores of the dev sets: for recipes that use them.
    `own` is a reader too: a verifier learns from its answers to training questions, and the better it knows them the less there
    is to learn, so one that was trained for a short time only (default: `reader`).
    """

    role: str
    data: Path
    out: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    start: Path | None = None
    average: Mapping[Path, float] = field(default_factory=dict)
    stores: Path | None = None
    reader: Path | None = None
    grader: Path | None = None
    own: Path | None = None
    command: str = ""


def kind_of(order: Order) -> Any:
    """The recipe that an order is for; raises `TrainingError` where there is none, or no data for it."""
    if order.role not in RECIPES:
        raise TrainingError(f"there is no role {order.role!r} to train; there are {', '.join(RECIPES)}")
    if not order.data.is_dir():
        raise TrainingError(f"--data {str(order.data)!r} is not a folder; give the one that has the training files")
    return RECIPES[order.role]


def recipe_of(order: Order, base: Base, own: Path | None = None) -> Judging:
    """The recipe of a role, with those of its optional fields that the order fills; `own` is a file of `own_answers`."""
    kind = kind_of(order)
    reader = SpanReader(Adapted(base, order.reader)) if order.reader else None
    grader = CrossEncoderGrader(Adapted(base, order.grader)) if order.grader else None
    extra = {"stores": order.stores, "reader": reader, "grader": grader, "own": own}
    known = {one.name for one in fields(kind)}
    chosen = {name: value for name, value in extra.items() if name in known and value is not None}
    recipe: Judging = kind(data=order.data, tokenizer=base.tokenizer, seed=order.settings.get("seed") or 0, **chosen)
    return recipe


def train(order: Order, *, on_progress: OnProgress | None = None) -> dict[str, Any]:
    """Train, measure on dev, and write adapter and card to `order.out`; a run that was cut off goes on. Returns the card."""
    if find_spec("peft") is None:
        raise MissingExtraError("training", "train")
    base = Base(MiniLM())
    settings = settings_of(order)
    origins = origins_of(order, settings.rank)
    recipe = recipe_of(order, base, answers_for(order, base))
    latest: list[Progress] = []

    def note(progress: Progress) -> None:
        latest[:] = [progress]
        if on_progress:
            on_progress(progress)

    fit(recipe, base, order.out, settings, start=order.start, on_progress=note)
    average_with(order.out, order.average)
    trained = _trained(latest[0]) if latest else Trained(0, 0, 0.0, 0, 0.0, _machine())
    sources = dict(recipe.sources) | {name: licence for card in origins for name, licence in card.get("sources", {}).items()}
    told = (settings, trained, sources, recipe.known_failures, runs_of(origins))
    card = Card(order.role, base.encoder.fingerprint, order.command, *told)
    write_card(card, order.out)
    judged = recipe.judge(Adapted(base, order.out))
    write_card(replace(card, judged=judged), order.out)
    return read_card(order.out)


def settings_of(order: Order) -> Settings:
    """The recipe's own, but for what is ordered."""
    defaults: Settings = kind_of(order).defaults
    return replace(defaults, **{name: value for name, value in order.settings.items() if value is not None})


def origins_of(order: Order, rank: int) -> list[dict[str, Any]]:
    """Cards of the adapters to begin with and to average with: looked at before anything is trained, not an hour later."""
    cards = []
    for folder in [*([order.start] if order.start else []), *order.average]:
        cards.append(read_adapter(folder)[0])
        its = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))["r"]
        if its != rank:
            raise TrainingError(
                f"the adapter in {str(folder)!r} has rank {its}, not {rank}; give one of this rank, or --rank {its}"
            )
    return cards


def answers_for(order: Order, base: Base) -> Path | None:
    """What a reader like the one that it will check says of training questions: a verifier learns from it."""
    folder = order.own or order.reader
    if order.role != "verifier" or not folder:
        return None
    order.out.mkdir(parents=True, exist_ok=True)
    own = order.out / "own.jsonl"
    if not own.is_file():
        unfinished = own.with_suffix(".tmp")
        own_answers(SpanReader(Adapted(base, folder)), own_cases(order.data), unfinished)
        unfinished.replace(own)
    return own


def judge(order: Order) -> dict[str, Any]:
    """Measure the adapter in `order.out` again and renew the figures and the calibration of its card."""
    base = Base(MiniLM())
    recipe = recipe_of(order, base)
    adapted = Adapted(base, order.out)
    found, judged = adapted.card, recipe.judge(adapted)
    trained, settings = Trained(**found["trained"]), Settings(**found["settings"])
    told = (settings, trained, found["sources"], recipe.known_failures, found.get("earlier", []))
    card = Card(order.role, found["base"], found["command"], *told, judged)
    write_card(card, order.out)
    return read_card(order.out)


@dataclass(frozen=True)
class Outlook:
    """What an epoch holds."""

    examples: int
    tokens: int
    longest: int
    seconds: float


def outlook(order: Order) -> Outlook:
    """Make one epoch's examples and train nothing."""
    started = time.perf_counter()
    rows = [example.row for example in recipe_of(order, Base(MiniLM())).examples(0)]
    lengths = [len(row) for row in rows]
    return Outlook(len(rows), sum(lengths), max(lengths, default=0), time.perf_counter() - started)


def _trained(last: Progress) -> Trained:
    return Trained(last.examples, last.tokens, round(last.seconds, 1), last.steps, round(last.loss, 4), _machine())


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {cpu_count()} cores"
