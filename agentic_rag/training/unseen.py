"""How a router does on a source of questions that it never saw: an adapter for each source, trained without it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from agentic_rag.evaluation.statistics import Estimate, bootstrap, bootstrap_of
from agentic_rag.specialists.network import Adapted, Base
from agentic_rag.specialists.router import ClassifierRouter
from agentic_rag.training.card import CARD, read_card
from agentic_rag.training.loop import fit
from agentic_rag.training.router import Question, RouterRecipe, macro_f1, questions
from agentic_rag.training.settings import Settings

FAMILIES = ("nq_qed+nq_task582",)
"""Sources that are two samples of one set: leaving out one of them alone is no test."""


def leave_one_source_out(
    base: Base,
    out: Path,
    settings: Settings,
    *,
    data: Path,
    rows: int = 8000,
    held: int = 2000,
    families: Sequence[str] = FAMILIES,
) -> dict[str, Estimate]:
    """How well a source is routed by an adapter that never saw it, for every source and for `families` of them (joined by "+").

    Each adapter is trained on `rows` examples of the other sources and kept in `out`, where a finished one of the same settings
    is not trained again. It is measured on `held` questions of the source, train and dev, uncalibrated at one half:

    - SOURCE: macro-F1 over the labels that the source has. All but one have a single label; there it is that label's F1 without
      any chance of a false alarm, 2 recall / (1 + recall), which is 2/3 for half of the questions right.
    - SOURCE_beside_dev: macro-F1 when as many dev questions of the missing label stand beside, from the sources that were
      trained on. Equal to SOURCE where the source has both labels.
    - mean, mean_beside_dev: over the single sources (not the families), the interval from resampling sources.
    """
    train, dev = questions(data, "train"), questions(data, "dev")
    single = sorted({one.source for one in train})
    figures: dict[str, Estimate] = {}
    for name in [*single, *(family for family in families if set(family.split("+")) < set(single))]:
        left = tuple(name.split("+"))
        recipe = RouterRecipe(data, base.tokenizer, settings.seed, without=left, most=rows)
        router = ClassifierRouter(trained_once(recipe, base, out / name, settings))
        figures |= unseen_source(router, name, [*train, *dev], dev, held)
    for ending in ("", "_beside_dev"):
        figures[f"mean{ending}"] = bootstrap([figures[f"{name}{ending}"].mean for name in single])
    return figures


def trained_once(recipe: RouterRecipe, base: Base, out: Path, settings: Settings) -> Adapted:
    """The adapter in `out`, whose card says what it was trained with; trained first unless it is there."""
    made = {"settings": asdict(settings), "without": [*recipe.without], "most": recipe.most, "base": base.encoder.fingerprint}
    if not (out / CARD).is_file() or read_card(out) != made:
        fit(recipe, base, out, settings)
        (out / CARD).write_text(json.dumps(made), encoding="utf-8")
    return Adapted(base, out)


def unseen_source(
    router: ClassifierRouter, name: str, everything: Sequence[Question], dev: Sequence[Question], held: int
) -> dict[str, Estimate]:
    """The two figures of one source or family; see `leave_one_source_out`."""
    chance, left = random.Random(name), name.split("+")
    own = [one for one in everything if one.source in left]
    own = chance.sample(own, min(held, len(own)))
    labels = {one.complex for one in own}
    missing = [one for one in dev if one.source not in left and one.complex not in labels]
    beside = chance.sample(missing, min(len(own), len(missing)))
    wholes = router.outputs([one.text for one in (*own, *beside)])
    told = np.array([[whole[0] >= 0, one.complex] for whole, one in zip(wholes, [*own, *beside], strict=True)], float)
    return {name: bootstrap_of(told[: len(own)], macro_f1), f"{name}_beside_dev": bootstrap_of(told, macro_f1)}
