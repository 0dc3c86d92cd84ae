"""The five recipes by role, and a whole training run: examples, adapter, dev figures, card."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.util import find_spec
from math import isfinite
from os import cpu_count
from pathlib import Path
from typing import Any, ClassVar, Protocol

from agentic_rag.encoder import MiniLM
from agentic_rag.errors import MissingExtraError
from agentic_rag.evaluation.statistics import Estimate
from agentic_rag.specialists import SHIPPED
from agentic_rag.specialists.grader import CrossEncoderGrader
from agentic_rag.specialists.network import Adapted, Base, read_adapter
from agentic_rag.specialists.reader import SpanReader
from agentic_rag.training.card import CARD, Card, Trained, read_card, runs_of, write_card
from agentic_rag.training.data import TrainingError
from agentic_rag.training.grader import GraderRecipe
from agentic_rag.training.judging import Judged
from agentic_rag.training.loop import OnProgress, Progress, Recipe, average_with, fit
from agentic_rag.training.planner import PlannerRecipe
from agentic_rag.training.reader import ReaderRecipe
from agentic_rag.training.router import RouterRecipe
from agentic_rag.training.settings import Settings
from agentic_rag.training.verifier import VerifierRecipe

BASE = SHIPPED / "base"
"""As a start: the encoder alone, no adapter."""
RECIPES: dict[str, Any] = {
    "router": RouterRecipe,
    "planner": PlannerRecipe,
    "grader": GraderRecipe,
    "reader": ReaderRecipe,
    "verifier": VerifierRecipe,
}


class Judging(Recipe[Any], Protocol):
    """A recipe that can also measure what came of it, or quickly, as a `score`, what comes of it on the way.

    `start` is the role whose adapter it begins with, or "base".
    """

    start: ClassVar[str]
    defaults: ClassVar[Settings]
    sources: ClassVar[dict[str, str]]
    known_failures: ClassVar[list[str]]

    def judge(self, adapted: Adapted) -> Judged: ...
    def score(self, adapted: Adapted) -> float: ...


@dataclass(frozen=True)
class Order:
    """One adapter to be made: of which role, from which data, into which folder.

    `start` is an adapter to begin with, or `BASE` (default: what the recipe says), and the weights are averaged in the end with
    those in `average`, by their shares.
    `reader` and `grader` are folders with trained ones (default: those that ship), `stores` is one with stores of the dev sets:
    for recipes that use them.
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
    command: str = ""


def kind_of(order: Order) -> Any:
    """The recipe that an order is for; raises `TrainingError` where there is none, or no data for it."""
    if order.role not in RECIPES:
        raise TrainingError(f"there is no role {order.role!r} to train; there are {', '.join(RECIPES)}")
    if not order.data.is_dir():
        raise TrainingError(f"--data {str(order.data)!r} is not a folder; give the one that has the training files")
    return RECIPES[order.role]


def recipe_of(order: Order, base: Base) -> Judging:
    """The recipe of a role, with what it has use for."""
    kind = kind_of(order)
    reader = SpanReader(Adapted(base, order.reader or SHIPPED / "reader"))
    grader = CrossEncoderGrader(Adapted(base, order.grader or SHIPPED / "grader"))
    extra = {"stores": order.stores, "reader": reader, "grader": grader}
    chosen = {name: value for name, value in extra.items() if name in {one.name for one in fields(kind)}}
    recipe: Judging = kind(data=order.data, tokenizer=base.tokenizer, seed=order.settings.get("seed") or 0, **chosen)
    return recipe


def start_of(order: Order) -> Path | None:
    """The adapter that it begins with, if any."""
    start: Path = order.start or SHIPPED / kind_of(order).start
    return None if start == BASE else start


def check(order: Order) -> None:
    """Raises an error for what cannot be used: before anything is trained, not an hour later."""
    known = {one.name for one in fields(kind_of(order))}
    for name in ("stores", "reader", "grader"):
        if (given := getattr(order, name)) is None:
            continue
        if name not in known:
            raise TrainingError(f"--{name} {str(given)!r} is of no use to the recipe of the {order.role}; leave it out")
        if name != "stores":
            read_adapter(given)
        elif not given.is_dir():
            raise TrainingError(f"--stores {str(given)!r} is not a folder; give the one with a store for each dev set")
    if same := [folder for folder in order.average if folder.resolve() == order.out.resolve()]:
        raise TrainingError(f"--average {str(same[0])!r} is where the new adapter is written; give it another --out")
    try:
        order.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"--out {str(order.out)!r} cannot be made a folder ({error.strerror})") from error


def train(order: Order, *, on_progress: OnProgress | None = None) -> dict[str, Any]:
    """Train, measure on dev, and write adapter and card to `order.out`; a run that was cut off goes on. Returns the card."""
    if find_spec("peft") is None:
        raise MissingExtraError("training", "train")
    base = Base(MiniLM())
    settings = settings_of(order)
    origins = origins_of(order, settings.rank, base.encoder.fingerprint)
    check(order)
    if interrupted(order, settings):
        return judge(order)
    recipe = recipe_of(order, base)
    latest: list[Progress] = []

    def note(progress: Progress) -> None:
        latest[:] = [progress]
        if on_progress:
            on_progress(progress)

    def score(folder: Path) -> float:
        (folder / CARD).write_text(json.dumps({"role": order.role}), encoding="utf-8")
        return recipe.score(Adapted(base, folder))

    fit(recipe, base, order.out, settings, start=start_of(order), score=score, on_progress=note)
    average_with(order.out, order.average, [folder for folder in order.average if read_adapter(folder)[0]["role"] != order.role])
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
    ordered = {name: value for name, value in order.settings.items() if value is not None}
    if endless := [name for name, value in ordered.items() if not isfinite(value)]:
        raise TrainingError(f"--{endless[0]} {ordered[endless[0]]} is no finite number; leave it out for the recipe's own")
    return replace(defaults, **ordered)


def interrupted(order: Order, settings: Settings) -> bool:
    """Whether a run of this very order was cut off while it was measured: it is trained, and its card has no figures."""
    if not order.command or not (order.out / CARD).is_file():
        return False
    card = read_card(order.out)
    ordered = {"role": order.role, "command": order.command, "settings": asdict(settings), "figures": {}}
    return all(card.get(name) == value for name, value in ordered.items())


def origins_of(order: Order, rank: int, base: str) -> list[dict[str, Any]]:
    """Cards of the adapters to begin with and to average with; raises `TrainingError` if one is of another rank or base."""
    cards = []
    start = start_of(order)
    for folder in [*([start] if start else []), *order.average]:
        cards.append(read_adapter(folder)[0])
        if (made_for := cards[-1].get("base", base)) != base:
            raise TrainingError(f"the adapter in {str(folder)!r} was trained on {made_for}, not on {base}; give one that was")
        its = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))["r"]
        if its != rank:
            raise TrainingError(
                f"the adapter in {str(folder)!r} has rank {its}, not {rank}; give one of this rank (or --start base), "
                f"or --rank {its}"
            )
    return cards


def judge(order: Order) -> dict[str, Any]:
    """Measure the adapter in `order.out` again; what is not measured this time stays on its card as it was."""
    base = Base(MiniLM())
    found = read_adapter(order.out)[0]
    if found["role"] != order.role:
        raise TrainingError(f"the adapter in {str(order.out)!r} is of the {found['role']}, not of the {order.role}")
    check(order)
    recipe = recipe_of(order, base)
    measured = recipe.judge(Adapted(base, order.out))
    figures = {name: Estimate(**figure) for name, figure in found["figures"].items()} | measured.figures
    judged = Judged(figures, found["calibration"] | measured.calibration)
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
    """Make one epoch's examples, but for those that a reader has to answer first, and train nothing."""
    started = time.perf_counter()
    plain: Any = recipe_of(order, Base(MiniLM()))
    recipe = replace(plain, reader=None) if hasattr(plain, "reader") else plain
    rows = [example.row for example in recipe.examples(0)]
    lengths = [len(row) for row in rows]
    return Outlook(len(rows), sum(lengths), max(lengths, default=0), time.perf_counter() - started)


def _trained(last: Progress) -> Trained:
    return Trained(last.examples, last.tokens, round(last.seconds, 1), last.steps, round(last.loss, 4), _machine())


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {cpu_count()} cores"
