"""What the reader learns from: windows with the answer, without it, and with a question that they do not answer."""

import random

import numpy as np
import pytest
import torch
from towers import TOWER

from agentic_rag.specialists.network import Adapted
from agentic_rag.specialists.reader import KINDS
from agentic_rag.specialists.rows import pieces
from agentic_rag.training.answering import Judgement, among_others, best_threshold, crossed
from agentic_rag.training.data import Answered, multi_hop, reading
from agentic_rag.training.loop import fit
from agentic_rag.training.reader import (
    NONE,
    SPAN,
    ReaderRecipe,
)
from agentic_rag.training.settings import Settings
from agentic_rag.training.stretches import elsewhere, window
from agentic_rag.types import Passage

BUILT = (TOWER.index("Gustave"), TOWER.index("Gustave") + len("Gustave Eiffel"))


@pytest.fixture(scope="module")
def recipe(base, towers) -> ReaderRecipe:
    return ReaderRecipe(towers, base.tokenizer)


def said(recipe, example) -> set[str]:
    """What the labelled tokens spell."""
    label = example.label
    return {
        recipe.tokenizer.decode(example.row.ids[start : end + 1]) for start, end in zip(label.starts, label.ends, strict=True)
    }


def test_labels_point_at_the_answers_and_nowhere_else(recipe):
    examples = [example for epoch in range(6) for example in recipe.examples(epoch)]
    spans = [example for example in examples if SPAN in example.label.kinds]
    assert set().union(*(said(recipe, example) for example in spans)) == {
        "gustave eiffel",
        "1889",
        "330 metres",
        "frank crowe",
        "dijon",
    }
    assert {KINDS[kind] for example in examples for kind in example.label.kinds} == set(KINDS)
    assert all(not example.label.starts for example in examples if example.label.kinds != [SPAN])


def test_a_statement_is_a_question_of_yes_and_no(recipe):
    claims = [example for epoch in range(6) for example in recipe.claims(epoch)]
    told = {tuple(KINDS[kind] for kind in example.label.kinds) for example in claims}
    assert ("yes",) in told
    assert told <= {("yes",), ("no",), ("none",), ("no", "none")}
    assert all(not example.label.starts for example in claims)
    kinds = torch.full((1, len(KINDS)), -20.0)
    kinds[0, NONE] = 20.0
    denied = next(example for example in claims if len(example.label.kinds) == 2)
    assert recipe.loss(torch.zeros(1, len(denied.row), 2), kinds, [denied]) < 1e-3


def test_a_twisted_question_has_no_answer_in_its_window(recipe, towers):
    case = reading(towers, "reading/squad2_a.jsonl.gz", "train")[0]
    twisted = [recipe.twisted(case, random.Random(seed)) for seed in range(20)]
    asked = {recipe.tokenizer.decode(example.row.ids).split("?")[0] for example in twisted if example}
    assert asked <= {"who built the tower in 1890", "who built the tower in 1896"}
    assert asked
    assert [example.label.kinds for example in twisted if example] == [[NONE]] * sum(map(bool, twisted))


def test_without_the_passage_that_answers_there_is_no_answer(recipe, towers):
    case = multi_hop(towers, "hotpotqa")[0]
    examples = [recipe.joint(case, random.Random(seed)) for seed in range(60)]
    without = [example for example in examples if "dijon" not in recipe.tokenizer.decode(example.row.ids)]
    assert 0 < len(without) < 30
    assert all(example.label.kinds == [NONE] for example in without)


def test_a_window_has_the_answer_and_a_stretch_elsewhere_does_not(base):
    [piece] = pieces(base.tokenizer, [Passage("p", "word " * 100 + TOWER + " word" * 100, "Tower")])
    span = (0, BUILT[0] + 500, BUILT[1] + 500)
    for seed in range(20):
        cut = window(piece, [span], 40, random.Random(seed))
        assert len(cut.ids) == 40
        assert cut.offsets[0][0] <= span[1] < span[2] <= cut.offsets[-1][1]
        other = elsewhere(piece, [span], random.Random(seed))
        assert other.offsets[-1][1] <= span[1] or other.offsets[0][0] >= span[2]


def test_the_loss_is_small_where_kind_and_span_are_right(recipe):
    example = next(one for one in recipe.examples(0) if SPAN in one.label.kinds)
    each, whole = torch.full((1, len(example.row), 2), -20.0), torch.full((1, len(KINDS)), -20.0)
    whole[0, SPAN] = 20.0
    each[0, example.label.starts, 0], each[0, example.label.ends, 1] = 20.0, 20.0
    assert recipe.loss(each, whole, [example]) < 1e-3
    assert recipe.loss(-each, -whole, [example]) > 10


def test_the_threshold_is_chosen_on_the_other_half():
    sure = [Judgement(5.0, "1889", ["1889"]), Judgement(4.0, "Eiffel", ["Eiffel"])]
    unsure = [Judgement(-3.0, "1890", []), Judgement(-2.0, "Crowe", [])]
    assert -2.0 < best_threshold(np.array([5.0, 4.0, -3.0, -2.0]), np.array([1.0, 1, 0, 0]), np.array([0.0, 0, 1, 1])) <= 4.0
    plain = [*sure, *unsure] * 10
    assert crossed(plain) == pytest.approx([1.0] * 40)
    bold = [Judgement(9.0, "Paris", [])] * 40
    assert crossed([*plain, *bold]).mean() == pytest.approx(0.75, abs=0.02)


def test_others_stand_among_the_passages_of_a_question():
    cases = [Answered(str(n), "Who?", [Passage(f"p{n}", f"text {n}")], answers=["x"]) for n in range(3)]
    shown = among_others(cases)
    assert [len(case.passages) for case in shown] == [2, 2, 2]
    assert all(case.passages[0] in one.passages for case, one in zip(cases, shown, strict=True))


def test_a_trained_reader_is_judged_on_all_three_sets(base, recipe, tmp_path):
    fit(recipe, base, tmp_path, Settings(epochs=0.5, rank=2, batch=1024))
    (tmp_path / "card.json").write_text("{}")
    assert 0 <= recipe.score(Adapted(base, tmp_path)) <= 1
    judged = recipe.judge(Adapted(base, tmp_path))
    assert {"f1_squad2_a_dev", "f1_qed_dev", "f1_hotpotqa_dev_gold_passages", "ece_among_others"} <= set(judged.figures)
    assert set(judged.calibration) == {"slope", "offset"}
