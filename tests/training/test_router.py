import gzip
import json
import random
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from towers import write_decompositions, write_rows

from agentic_rag.specialists.network import Adapted
from agentic_rag.specialists.router import COMPLEX, HEADS, TYPES, ClassifierRouter
from agentic_rag.training.data import TrainingError
from agentic_rag.training.judging import cross_fitted
from agentic_rag.training.loop import fit
from agentic_rag.training.router import (
    QUESTIONS,
    Question,
    RouterRecipe,
    decomposed,
    drawn,
    halves,
    longest_simple,
    macro_f1,
    pairs,
    questions,
    sampled,
    varied,
)
from agentic_rag.training.settings import Settings
from agentic_rag.training.unseen import leave_one_source_out
from agentic_rag.training.wording import TRAINED, UNSEEN

SETTINGS = Settings(epochs=4, rank=4, rate=5e-3, heads_rate=1e-2, batch=512)
WORKS, PLACES = ["Hamlet", "Emma", "Faust", "Dune", "Ulysses"], ["Rome", "Oslo", "Bern", "Riga"]


def asked_of(work: str, place: str) -> list[dict[str, str]]:
    return [
        {"question": f"who wrote {work.lower()} in {place.lower()}", "label": "simple", "type": "single", "source": "plain"},
        {"question": f"What year saw {work} staged in {place}?", "label": "simple", "type": "ordinal", "source": "mixed"},
        {
            "question": f"Where was the author of {work} from {place} born?",
            "label": "complex",
            "type": "bridge",
            "source": "mixed",
        },
        {
            "question": f"In which town did the son of the painter of {work} in {place} die?",
            "label": "complex",
            "source": "chains",
        },
    ]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    rows = [row for work, place in product(WORKS, PLACES) for row in asked_of(work, place)]
    split = [{**row, "split": "dev" if number // 4 % 4 == 3 else "train"} for number, row in enumerate(rows)]
    write_rows(folder / QUESTIONS, [*split, {"question": "?", "label": "simple", "source": "plain", "split": "train"}])
    write_decompositions(folder)
    return folder


@pytest.fixture(scope="module")
def recipe(base, data):
    return RouterRecipe(data, base.tokenizer)


@pytest.fixture(scope="module")
def trained(base, recipe, tmp_path_factory):
    out = tmp_path_factory.mktemp("router")
    fit(recipe, base, out, SETTINGS)
    (out / "card.json").write_text("{}")
    return Adapted(base, out)


def question(text: str, *, hard: bool, source: str = "s", kind: str = "") -> Question:
    return Question(text, hard, kind, source, "train")


def test_dev_rows_are_never_trained_on(recipe, data):
    train, dev = questions(data, "train"), questions(data, "dev")
    assert (len(train), len(dev)) == (60, 20)
    assert {one.split for one in recipe.pool} == {"train"}
    assert not {one.text for one in train} & {one.text for one in dev}


def test_a_dev_row_that_is_also_written_in_steps_is_never_trained_on(base, tmp_path):
    dev = {"question": "Is Emma older than Faust?", "label": "complex", "type": "comparison", "source": "s", "split": "dev"}
    write_rows(tmp_path / QUESTIONS, [dev])
    write_decompositions(tmp_path)
    texts = {one.text for one in RouterRecipe(tmp_path, base.tokenizer).pool}
    assert "when was emma written" in texts
    assert "is emma older than faust" not in texts


def test_an_epoch_has_as_many_simple_as_complex_questions_and_the_same_ones_for_the_same_seed(recipe):
    labels = [example.label for example in recipe.examples(0)]
    assert sum(label.complex for label in labels) * 2 == len(labels)
    assert {TYPES[label.type] for label in labels if label.type >= 0} == {"single", "ordinal", "bridge", "comparison"}
    assert any(label.type < 0 for label in labels)
    again = [example.row.ids for example in recipe.examples(0)]
    assert again == [example.row.ids for example in recipe.examples(0)] != [example.row.ids for example in recipe.examples(1)]


def test_no_source_has_more_than_its_share(monkeypatch):
    monkeypatch.setattr("agentic_rag.training.router.MOST", 10)
    monkeypatch.setattr("agentic_rag.training.router.FEW", 5)
    pool = [question(f"big {n}", hard=False, source="big") for n in range(50)]
    pool += [question(f"small {n}", hard=False, source="small") for n in range(3)]
    pool += [question(f"hard {n}", hard=True, source="big") for n in range(8)] + [question(f"h {n}", hard=True) for n in range(8)]
    found = drawn(pool, random.Random(0))
    simple = [one for one in found if not one.complex]
    assert (len(simple), len(found)) == (16, 32)
    assert sum(one.source == "small" for one in simple) == 6
    assert len(drawn(pool, random.Random(0), 10)) == 10


def test_one_label_alone_cannot_be_trained_on():
    with pytest.raises(TrainingError, match="has no train rows of one of the labels"):
        drawn([question("a b", hard=True)], random.Random(0))


def test_long_simple_and_short_complex_questions_are_drawn_rather():
    texts = ["w " * n + "w" for n in range(40)] * 20
    for hard in (False, True):
        group = [question(text, hard=hard) for text in texts]
        mean = np.mean([one.length for one in sampled(group, 100, random.Random(0))])
        assert (mean < 15) if hard else (mean > 24)


def test_steps_of_a_written_decomposition_are_simple_questions(data):
    found = {one.text: (one.complex, one.type, one.source) for one in decomposed(data)}
    assert found == {
        "where was the author of hamlet born": (True, "bridge", "musique_train"),
        "what is the author of hamlet": (False, "single", "musique_train"),
        "where was hamlet born": (False, "single", "musique_train"),
        "is emma older than faust": (True, "comparison", "r1_searcher"),
        "when was emma written": (False, "single", "r1_searcher"),
        "when was faust written": (False, "single", "r1_searcher"),
    }


def test_an_unknown_label_is_an_error(tmp_path):
    (tmp_path / "routing").mkdir()
    with gzip.open(tmp_path / QUESTIONS, "wt") as file:
        file.write(json.dumps({"question": "a", "label": "hard", "source": "s", "split": "train"}))
    with pytest.raises(TrainingError, match=r"label 'hard' .* is neither 'simple' nor 'complex'"):
        questions(tmp_path, "train")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("who wrote it", {"which person wrote it", "what is the name of the person who wrote it", "who is it that wrote it"}),
        ("when did it end", {"in what year did it end", "on which date did it end", "in which year did it end"}),
        ("in what town is it", {"in which town is it"}),
        ("is it so", {"is it so"}),
    ],
)
def test_a_question_is_rephrased_by_its_first_words(text, expected):
    assert {TRAINED.rephrased(text, random.Random(seed)) for seed in range(30)} == expected


def test_a_varied_question_keeps_its_content_words():
    one = question("where was the author of hamlet born", hard=True)
    made = {varied(one, random.Random(seed)) for seed in range(200)}
    assert len(made) > 20
    assert all("author of hamlet born" in text for text in made)


def test_judging_uses_words_that_are_never_trained_on():
    for part in ("before", "after", "openings", "turns"):
        assert not set(getattr(TRAINED, part)) & set(getattr(UNSEEN, part))
    assert not {one for _, some in TRAINED.instead for one in some} & {one for _, some in UNSEEN.instead for one in some}
    assert UNSEEN.rephrased("the tower was built in", random.Random(0)) == "we wonder about this the tower was built in"


def test_the_loss_is_small_where_label_and_type_are_right_and_ignores_missing_types(recipe):
    examples = recipe.examples(0)[:20]
    right = torch.zeros(20, 1 + len(TYPES))
    for index, example in enumerate(examples):
        right[index, 0] = 20.0 if example.label.complex else -20.0
        right[index, 1 + example.label.type if example.label.type >= 0 else 1] = 20.0
    assert recipe.loss(torch.zeros(20, 1, 0), right, examples) < 1e-3
    assert recipe.loss(torch.zeros(20, 1, 0), -right, examples) > 10
    untyped = [replace(example, label=replace(example.label, type=-1)) for example in examples]
    assert recipe.loss(torch.zeros(20, 1, 0), right, untyped) < 1e-3


def test_types_of_the_other_side_do_not_compete(recipe):
    [example] = [one for one in recipe.examples(0) if one.label.type == TYPES.index("bridge")][:1]
    scores = torch.full((1, HEADS.pooled), -30.0)
    scores[0, 0] = scores[0, 1 + TYPES.index("bridge")] = 30.0
    scores[0, 1 + TYPES.index("single")] = 60.0
    assert recipe.loss(torch.zeros(1, 1, 0), scores, [example]) < 1e-3


def test_rare_types_weigh_more(base, data):
    recipe = RouterRecipe(data, base.tokenizer)
    few, many = (len([one for one in recipe.pool if one.type == kind]) for kind in ("ordinal", "single"))
    recipe.pool.extend([question("a b", hard=False, kind="single")] * (4 * few - many))
    weights = dict(zip(TYPES, recipe.type_weights.tolist(), strict=True))
    assert weights["single"] == weights["count"] == 1.0
    assert weights["ordinal"] == pytest.approx(2.0)
    assert weights["comparison"] > weights["bridge"] > weights["single"]


def test_macro_f1_is_over_the_labels_that_occur():
    assert macro_f1(np.array([[1, 1], [0, 0]], float)) == 1.0
    assert macro_f1(np.array([[1, 1], [1, 0]], float)) == pytest.approx((2 / 3 + 0) / 2)
    assert macro_f1(np.array([[1, 1], [0, 1]], float)) == pytest.approx(2 * 0.5 / 1.5)


def test_pairs_have_as_many_of_each_label_at_each_length(data):
    dev = [*questions(data, "dev"), question("a b c", hard=False), question("d e f", hard=True)]
    found = [dev[at] for at in pairs(dev, 0)]
    assert {one.text for one in found} >= {"a b c", "d e f"}
    for length in {one.length for one in found}:
        labels = [one.complex for one in found if one.length == length]
        assert sum(labels) * 2 == len(labels)


def test_the_length_only_baseline_knows_the_best_number_of_words():
    pool = [question("w " * n + "w", hard=n >= 6) for n in range(12)]
    assert longest_simple(pool) == 7


def test_each_half_is_calibrated_on_the_other():
    dev = [question(f"word {n}", hard=n % 2 == 0) for n in range(400)]
    scores = np.array([(1.0 if one.complex else -1.0) + 0.01 * n for n, one in enumerate(dev)])
    labels = [one.complex for one in dev]
    shifted = cross_fitted(scores * 0.1 + 5, labels, halves(dev))
    assert shifted == pytest.approx(cross_fitted(scores, labels, halves(dev)), abs=0.02)
    misled = cross_fitted(scores, [label != half for label, half in zip(labels, halves(dev), strict=True)], halves(dev))
    assert np.abs(misled[:, 0] - misled[:, 1]).mean() > 0.6


def test_a_trained_router_tells_simple_from_complex_and_is_judged(recipe, trained):
    router = ClassifierRouter(trained)
    assert router("Who wrote Carmen in Lima?").score < 0.5 < router("Where was the author of Carmen from Lima born?").score
    assert router("Where was the author of Carmen from Lima born?").type in COMPLEX
    assert recipe.score(trained) > 0.9
    judged = recipe.judge(trained)
    assert judged.figures["macro_f1_dev"].mean > 0.9
    assert judged.figures["macro_f1_dev"].n == 20
    assert judged.figures["type_accuracy_dev"].n == 15
    assert {"macro_f1_dev_length_only", "macro_f1_equal_length_pairs", "ece_dev", "accuracy_dev_mixed"} <= set(judged.figures)
    assert {"flips_rephrased", "flips_addressed", "flips_with_talk_in_front"} <= set(judged.figures)
    assert set(judged.calibration) == {"slope", "offset"}


def test_every_source_is_left_out_once(base, data, tmp_path):
    settings = replace(SETTINGS, epochs=1)
    found = leave_one_source_out(base, tmp_path, settings, data=data, rows=24, held=10, families=["chains+plain", "no+such"])
    names = ["chains", "mixed", "plain", "mean", "chains+plain"]
    assert set(found) == {*names, *(f"{name}_beside_dev" for name in names)}
    assert (found["chains"].n, found["chains_beside_dev"].n) == (10, 20)
    assert found["mixed"] == found["mixed_beside_dev"]
    assert found["mean"].n == 3
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/heads.safetensors")}
    assert len(before) == 4
    again = leave_one_source_out(base, tmp_path, settings, data=data, rows=24, held=10, families=["chains+plain"])
    assert again == found
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/heads.safetensors")}
