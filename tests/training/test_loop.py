from dataclasses import dataclass, field, replace

import pytest
import torch
from safetensors.torch import load_file

from agentic_rag.specialists.network import Adapted, Base, Heads
from agentic_rag.specialists.rows import pieces, row, tokens
from agentic_rag.training import loop
from agentic_rag.training.data import TrainingError
from agentic_rag.training.descents import AGAIN, Mean, descents, rate_at
from agentic_rag.training.loop import Example, average_with, batched, fit, packed
from agentic_rag.training.settings import Settings
from agentic_rag.types import Passage

SETTINGS = Settings(epochs=3, rank=4, rate=5e-3, heads_rate=1e-2, batch=512)


@dataclass(frozen=True)
class RiverOrTower:
    """Tells texts about rivers from texts about towers."""

    base: Base
    heads: Heads = field(default_factory=lambda: Heads(tokens=0, pooled=1))

    def examples(self, epoch):
        texts = [(f"the {word} number {n}", word == "river") for n in range(24) for word in ("river", "tower")]
        question = tokens(self.base.tokenizer, "what is it?")[0]
        return [Example(row(question, pieces(self.base.tokenizer, [Passage("p", text)])), float(label)) for text, label in texts]

    def loss(self, tokens, pooled, examples):
        labels = torch.tensor([example.label for example in examples])
        return torch.nn.functional.binary_cross_entropy_with_logits(pooled[:, 0], labels)


class Empty(RiverOrTower):
    def examples(self, epoch):
        return []


@pytest.fixture(scope="module")
def recipe(base):
    return RiverOrTower(base)


@pytest.mark.parametrize("settings", [SETTINGS, replace(SETTINGS, rank=0, rate=1e-4)], ids=["adapter", "whole base"])
def test_an_adapter_learns_and_is_read_back_as_it_was(recipe, tmp_path, settings):
    seen = []
    fit(recipe, recipe.base, tmp_path, settings, on_progress=seen.append)
    assert {path.name for path in tmp_path.iterdir()} == {"adapter_config.json", "adapter_model.safetensors", "heads.safetensors"}
    assert seen[-1].step == seen[-1].steps == len(seen)
    assert seen[-1].examples == 3 * 48
    assert seen[-1].loss < seen[0].loss
    examples = recipe.examples(0)
    (tmp_path / "card.json").write_text("{}")
    outputs = Adapted(recipe.base, tmp_path)([example.row for example in examples])
    right = [(whole[0] > 0) == (example.label == 1) for example, (_, whole) in zip(examples, outputs, strict=True)]
    assert sum(right) == len(right)


@pytest.mark.parametrize("settings", [SETTINGS, replace(SETTINGS, descents=3)], ids=["one descent", "mean of three"])
def test_a_run_that_was_cut_off_goes_on_and_ends_with_the_same_weights(recipe, tmp_path, monkeypatch, settings):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    fit(recipe, recipe.base, whole, settings)
    monkeypatch.setattr(loop, "SAVED_EVERY", 0.0)

    def kill(progress):
        if progress.step == progress.steps - 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(recipe, recipe.base, cut, settings, on_progress=kill)
    steps = []
    fit(recipe, recipe.base, cut, settings, on_progress=lambda progress: steps.append((progress.step, progress.steps)))
    assert steps[0][0] == steps[0][1] - 1
    for folder in (whole, cut):
        (folder / "card.json").write_text("{}")
    outputs = [Adapted(recipe.base, folder)([recipe.examples(0)[0].row])[0][1] for folder in (whole, cut)]
    assert outputs[0] == pytest.approx(outputs[1], abs=0.02)


@pytest.mark.parametrize("other", ["settings", "beginning"])
def test_a_checkpoint_of_another_run_is_not_taken_up(recipe, tmp_path, monkeypatch, other):
    fit(recipe, recipe.base, tmp_path / "first", replace(SETTINGS, epochs=0.1))
    monkeypatch.setattr(loop, "SAVED_EVERY", 0.0)

    def kill(progress):
        if progress.step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(recipe, recipe.base, tmp_path, SETTINGS, on_progress=kill)
    steps = []
    settings, start = (replace(SETTINGS, rate=1e-3), None) if other == "settings" else (SETTINGS, tmp_path / "first")
    fit(recipe, recipe.base, tmp_path, settings, start=start, on_progress=lambda now: steps.append(now.step))
    assert steps[0] == 1


@pytest.mark.parametrize("settings", [SETTINGS, replace(SETTINGS, rank=0, rate=1e-4)], ids=["adapter", "whole base"])
def test_training_can_begin_from_another_adapter(recipe, tmp_path, settings):
    first, then, losses = tmp_path / "first", tmp_path / "next", []
    fit(recipe, recipe.base, first, settings)
    fit(recipe, recipe.base, then, settings, start=first, on_progress=lambda now: losses.append(now.loss))
    assert losses[0] < 0.3


def test_what_comes_of_a_run_is_scored_on_the_way_and_makes_no_difference_to_it(recipe, tmp_path):
    seen, scored = [], []

    def score(folder):
        scored.append({path.name for path in folder.iterdir()})
        (folder / "card.json").write_text("{}")
        Adapted(recipe.base, folder)([recipe.examples(0)[0].row])
        return len(scored) / 10

    for name, measure in (("plain", None), ("scored", score)):
        fit(recipe, recipe.base, tmp_path / name, SETTINGS, score=measure, on_progress=seen.append)
    plain, other = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("plain", "scored"))
    assert all(torch.equal(plain[name], other[name]) for name in plain)
    assert len(scored) > 1
    assert (seen[0].dev, seen[-1].dev) == (None, len(scored) / 10)
    assert {path.name for path in (tmp_path / "plain").iterdir()} in scored


def test_a_run_that_goes_astray_stops_and_writes_nothing(recipe, tmp_path):
    with pytest.raises(TrainingError, match=r"the loss is nan after \d+ of \d+ steps: it went astray; give a lower --rate"):
        fit(recipe, recipe.base, tmp_path, replace(SETTINGS, rate=1e30, heads_rate=1e30))
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_nothing_to_train_what_is_there_stays(recipe, tmp_path):
    fit(recipe, recipe.base, tmp_path, replace(SETTINGS, epochs=0.1))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(TrainingError, match="nothing to train: it takes epochs, or an adapter to begin with"):
        fit(recipe, recipe.base, tmp_path, replace(SETTINGS, epochs=0))
    with pytest.raises(TrainingError, match="nothing to train: the training files give no example"):
        fit(Empty(recipe.base), recipe.base, tmp_path, SETTINGS)
    assert before == {file.name: file.read_bytes() for file in tmp_path.iterdir()}


def test_batches_hold_every_example_once_and_stay_within_the_budget(recipe):
    examples = recipe.examples(0)
    made = batched(examples, SETTINGS, 0)
    assert sorted(id(example) for batch in made for example in batch) == sorted(map(id, examples))
    assert all(len(batch) * max(len(example.row) for example in batch) <= 512 for batch in made)
    assert [len(batch) for batch in packed(examples[:1], 1)] == [1]


def test_the_rate_rises_and_then_falls_nearly_to_zero_in_every_descent():
    assert [rate_at(step, [100], 0.1) for step in (0, 5, 10, 55, 99)] == pytest.approx([0.0, 0.5, 1.0, 0.5, 0.01], abs=0.01)
    assert descents(120, 4) == [60, 80, 100, 120]
    assert descents(180, 7) == [60, 80, 100, 120, 140, 160, 180]
    assert descents(120, 1) == [120]
    rates = [rate_at(step, [60, 80, 100, 120], 0.1) for step in range(120)]
    assert [step for step in range(1, 119) if rates[step] > max(rates[step - 1], rates[step + 1])] == [6, 62, 82, 102]
    assert [rates[step] for step in (6, 62, 102)] == pytest.approx([1.0, AGAIN, AGAIN])


def test_the_ends_of_all_descents_are_averaged(recipe, tmp_path, monkeypatch):
    ends, add = [], Mean.add

    def note(mean, weights):
        ends.append(weights["pooled.weight"].clone())
        add(mean, weights)

    monkeypatch.setattr(Mean, "add", note)
    network = fit(recipe, recipe.base, tmp_path, replace(SETTINGS, epochs=6, descents=3))
    assert len(ends) == 3
    assert not torch.equal(ends[0], ends[2])
    assert torch.allclose(network.pooled.weight, torch.stack(ends).mean(0), atol=1e-6)


def test_weights_are_averaged_with_those_of_other_adapters_of_the_same_rank(recipe, tmp_path):
    for name, rank in (("mean", 2), ("other", 2), ("larger", 4)):
        fit(recipe, recipe.base, tmp_path / name, replace(SETTINGS, epochs=0.3, rank=rank, seed=len(name)))
    one, other = (load_file(tmp_path / name / "heads.safetensors")["pooled.weight"].float() for name in ("mean", "other"))
    average_with(tmp_path / "mean", {tmp_path / "other": 0.5})
    mean = load_file(tmp_path / "mean" / "heads.safetensors")["pooled.weight"].float()
    assert not torch.equal(one, other)
    assert torch.allclose(mean, (2 * one + other) / 3, atol=1e-3)
    with pytest.raises(TrainingError, match=r"larger' has weights of other shapes"):
        average_with(tmp_path / "mean", {tmp_path / "larger": 1})


def test_of_an_adapter_of_another_role_the_layers_are_averaged_in_and_the_heads_are_not(recipe, tmp_path):
    fit(recipe, recipe.base, tmp_path / "own", replace(SETTINGS, epochs=0.3, rank=2))
    fit(recipe, recipe.base, tmp_path / "other", replace(SETTINGS, epochs=0.3, rank=2, seed=1))
    before = {name: load_file(tmp_path / "own" / name) for name in ("adapter_model.safetensors", "heads.safetensors")}
    average_with(tmp_path / "own", {tmp_path / "other": 1}, foreign=[tmp_path / "other"])
    layers, heads = (load_file(tmp_path / "own" / name) for name in before)
    assert any(not torch.equal(layers[key], value) for key, value in before["adapter_model.safetensors"].items())
    assert all(torch.equal(heads[key], value) for key, value in before["heads.safetensors"].items())
