"""Trains an adapter and its heads on examples: seeded, resumable, on a CPU or a GPU. Knows nothing about roles."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import random
import tempfile
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from agentic_rag.encoder import HUB_NAME
from agentic_rag.specialists.network import Base, Heads, Network
from agentic_rag.specialists.rows import Row
from agentic_rag.training.data import TrainingError
from agentic_rag.training.descents import Mean, descents, rate_at
from agentic_rag.training.settings import Settings

SAVED_EVERY = 120.0
"""Seconds between checkpoints."""
SCORED = 10
"""Parts of a run between which its dev score is taken."""
TARGETS = ["query", "key", "value", "dense"]
"""Every linear layer of the base."""
Label = TypeVar("Label")


@dataclass(frozen=True, slots=True)
class Example(Generic[Label]):
    """A row, and what the heads should say of it."""

    row: Row
    label: Label


class Recipe(Protocol[Label]):
    """What makes a role: its heads, its examples (drawn anew for every epoch) and its loss."""

    @property
    def heads(self) -> Heads: ...
    def examples(self, epoch: int) -> list[Example[Label]]: ...
    def loss(self, tokens: Tensor, pooled: Tensor, examples: Sequence[Example[Label]]) -> Tensor: ...


@dataclass(frozen=True)
class Progress:
    """Where a training run is; `dev` is its last dev score, once there is one."""

    step: int
    steps: int
    epoch: float
    loss: float
    seconds: float
    examples: int
    tokens: int
    dev: float | None = None


OnProgress = Callable[[Progress], None]


def fit(
    recipe: Recipe[Label],
    base: Base,
    out: Path,
    settings: Settings,
    *,
    start: Path | None = None,
    score: Callable[[Path], float] | None = None,
    on_progress: OnProgress | None = None,
) -> Network:
    """Train and write the adapter to `out`; a run that was cut off goes on from its last checkpoint there.

    `start` is an adapter of the same rank to begin with, `score` measures one on the way. The same seed gives the same batches.
    Raises `TrainingError` where there is nothing to train on, or where the loss is no number any more.
    """
    torch.manual_seed(settings.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = Network(adapted(base, settings), recipe.heads)
    network.to(device)
    if start is not None:
        load_adapter(network, start)
    optimizer = optimizer_of(network, settings)
    checkpoint, mean = out / "checkpoint.pt", Mean(trained(network))
    run = signature(base, recipe.heads, settings, start)
    done, spent, seen, read = restored(checkpoint, network, optimizer, run, mean) if checkpoint.is_file() else (0, 0.0, 0, 0)
    batches, drawn = batched(recipe.examples(0), settings, 0) if settings.epochs else [], 0
    per_epoch = len(batches)
    if not per_epoch and (settings.epochs or start is None):
        why = "the training files give no example" if settings.epochs else "it takes epochs, or an adapter to begin with"
        raise TrainingError(f"there is nothing to train: {why}; {str(out)!r} was left as it is")
    steps = math.ceil(per_epoch * settings.epochs)
    ends, scored = descents(steps, settings.descents), {round(steps * part / SCORED) for part in range(1, SCORED)}
    out.mkdir(parents=True, exist_ok=True)
    network.train()
    began, saved, smooth, dev = time.monotonic() - spent, time.monotonic(), 0.0, None
    for step in range(done, steps):
        epoch, at = divmod(step, per_epoch)
        if epoch != drawn:
            batches, drawn = batched(recipe.examples(epoch), settings, epoch), epoch
        batch = batches[at % len(batches)]
        factor = rate_at(step, ends, settings.warmup)
        loss = stepped(network, optimizer, recipe, batch, factor, device)
        if not math.isfinite(loss):
            raise TrainingError(f"the loss is {loss} after {step} of {steps} steps: it went astray; give a lower --rate")
        smooth = loss if not smooth else 0.98 * smooth + 0.02 * loss
        seen, read = seen + len(batch), read + sum(len(example.row) for example in batch)
        if score and step + 1 in scored:
            asked = time.monotonic()
            dev = score_of(network, settings, score)
            began += time.monotonic() - asked
        if on_progress:
            elapsed = time.monotonic() - began
            on_progress(Progress(step + 1, steps, step / per_epoch, smooth, elapsed, seen, read, dev))
        if step + 1 in ends:
            mean.add(trained(network))
        if time.monotonic() - saved > SAVED_EVERY:
            store(checkpoint, network, optimizer, run, (step + 1, time.monotonic() - began, seen, read), mean)
            saved = time.monotonic()
    mean.into(network)
    network.to("cpu").eval()
    save_adapter(network, out, settings)
    checkpoint.unlink(missing_ok=True)
    return network


def stepped(
    network: Network,
    optimizer: torch.optim.Optimizer,
    recipe: Recipe[Label],
    batch: Sequence[Example[Label]],
    factor: float,
    device: torch.device,
) -> float:
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor
    with torch.autocast(device.type, torch.bfloat16, enabled=network.base.dtype == torch.bfloat16):
        tokens, pooled = network([example.row for example in batch])
    loss = recipe.loss(pad_sequence(tokens, batch_first=True).float(), pooled.float(), batch)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_([p for g in optimizer.param_groups for p in g["params"]], 1.0)
    optimizer.step()
    return float(loss.item())


def score_of(network: Network, settings: Settings, score: Callable[[Path], float]) -> float:
    """Of the adapter as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        save_adapter(network, Path(folder), settings)
        return score(Path(folder))


def lacking(scores: Tensor, wrong: Tensor) -> Tensor:
    """What the right ones of each line of scores together lack of probability 1: `wrong` is 0 for them, else very low."""
    return scores.logsumexp(1) - (scores + wrong).logsumexp(1)


def adapted(base: Base, settings: Settings) -> Any:
    """The base in its precision with LoRA weights in fp32 beside it; or, with rank 0, its layers themselves in fp32.

    Without dropout: on a CPU its random numbers alone take a quarter of the time, and few passes over the data do without.
    """
    model = base.fresh()
    model.embeddings = copy.deepcopy(model.embeddings).requires_grad_(
        requires_grad=False
    )  # a GPU takes these, not the shared ones
    if not settings.rank:
        return model.float()
    from peft import LoraConfig, get_peft_model
    from peft.tuners.lora import Linear

    model.encoder.to(base.dtype)
    config = LoraConfig(r=settings.rank, lora_alpha=settings.rank, target_modules=TARGETS)
    with warnings.catch_warnings():  # peft asks transformers for an attribute by its old name
        warnings.simplefilter("ignore", FutureWarning)
        whole = get_peft_model(model, config, autocast_adapter_dtype=True)
    for layer in whole.modules():
        if isinstance(layer, Linear):
            layer.forward = partial(on_merged_weight, layer)
    return whole


def on_merged_weight(layer: Any, inputs: Tensor) -> Tensor:
    """What peft's layer computes, with W + B A made once per step instead of B (A x) for every token: 1.4 times as fast."""
    down, up = (part["default"].weight.to(inputs.dtype) for part in (layer.lora_A, layer.lora_B))
    weight = layer.base_layer.weight + layer.scaling["default"] * (up @ down)
    return torch.nn.functional.linear(inputs, weight, layer.base_layer.bias)


def optimizer_of(network: Network, settings: Settings) -> torch.optim.Optimizer:
    heads = [*network.pooled.parameters(), *(network.tokens.parameters() if network.tokens else [])]
    rest = [parameter for parameter in network.base.parameters() if parameter.requires_grad]
    groups = [
        {"params": rest, "peak": settings.rate, "weight_decay": settings.decay},
        {"params": heads, "peak": settings.heads_rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=0.0, fused=True)


def batched(examples: Sequence[Example[Label]], settings: Settings, epoch: int) -> list[list[Example[Label]]]:
    """Shuffled batches of rows of similar length, of at most `settings.batch` tokens with padding."""
    chance = random.Random(f"{settings.seed} {epoch}")
    order = list(examples)
    chance.shuffle(order)
    found = [batch for start in range(0, len(order), 2048) for batch in packed(order[start : start + 2048], settings.batch)]
    chance.shuffle(found)
    return found


def packed(examples: Sequence[Example[Label]], budget: int) -> Iterator[list[Example[Label]]]:
    batch: list[Example[Label]] = []
    for example in sorted(examples, key=lambda example: len(example.row)):
        if batch and len(example.row) * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(example)
    if batch:
        yield batch


def save_adapter(network: Network, out: Path, settings: Settings) -> None:
    """As `specialists.network` reads it: LoRA weights and heads in fp16; with rank 0, the whole layers."""
    if settings.rank:
        network.base.peft_config["default"].base_model_name_or_path = HUB_NAME
        network.base.save_pretrained(str(out), safe_serialization=True, save_embedding_layers=False)
        weights = network.base.state_dict()
        from peft import get_peft_model_state_dict

        half = {
            name: value.half().contiguous()
            for name, value in get_peft_model_state_dict(network.base, weights, save_embedding_layers=False).items()
        }
        save_file(half, out / "adapter_model.safetensors")
        (out / "README.md").unlink(missing_ok=True)
    else:
        (out / "adapter_config.json").write_text(json.dumps({"r": 0, "lora_alpha": 0}), encoding="utf-8")
        whole = {name: value.half().contiguous() for name, value in network.base.encoder.state_dict().items()}
        save_file(whole, out / "adapter_model.safetensors")
    heads = {name: weight.half().contiguous() for name, weight in network.head_weights().items()}
    save_file(heads, out / "heads.safetensors")


def average_with(folder: Path, others: Mapping[Path, float], foreign: Collection[Path] = ()) -> None:
    """Put the mean of the weights of all these adapters into `folder` (model soups: Wortsman et al. 2022, arXiv 2203.05482).

    Its own count once, those of each other one as much as is said. Of `foreign` ones, which are of another role, only the layers
    count (merging: Matena and Raffel 2021, arXiv 2111.09832).

    They must come from one another, as by `start`, or from one adapter, maybe of another role: means of unrelated ones mean
    nothing. A head that one of the others lacks, or has in another shape, stays as it is.
    """
    from safetensors.torch import load_file

    found = {}
    for name, counted in (
        ("adapter_model.safetensors", others),
        ("heads.safetensors", {one: share for one, share in others.items() if one not in foreign}),
    ):
        own, more = load_file(folder / name), {one: load_file(one / name) for one in counted}
        shared = [key for key in own if all(key in its and its[key].shape == own[key].shape for its in more.values())]
        if name.startswith("adapter") and (odd := [one for one, its in more.items() if its.keys() != set(shared)]):
            raise TrainingError(f"{str(odd[0])!r} has weights of other shapes; only adapters of one rank are averaged")
        shares = [(own, 1.0), *((more[one], share) for one, share in counted.items())]
        total = sum(share for _, share in shares)
        mean = {key: sum(share / total * weights[key].float() for weights, share in shares).half() for key in shared}
        found[folder / name] = {key: value.contiguous() for key, value in (own | mean).items()}
    for file, weights in found.items():
        save_file(weights, file)


def load_adapter(network: Network, folder: Path) -> None:
    """Start from an adapter of the same rank; heads of another shape start from nothing."""
    from peft import PeftModel, set_peft_model_state_dict
    from safetensors.torch import load_file

    layers = {name: weight.float() for name, weight in load_file(folder / "adapter_model.safetensors").items()}
    if isinstance(network.base, PeftModel):
        set_peft_model_state_dict(network.base, layers)
    else:
        network.base.encoder.load_state_dict(layers)
    own = network.head_weights()
    heads = {name: weight.float() for name, weight in load_file(folder / "heads.safetensors").items()}
    network.load_state_dict({n: w for n, w in heads.items() if n in own and own[n].shape == w.shape}, strict=False)


def trained(network: Network) -> dict[str, Tensor]:
    return {name: value.detach() for name, value in network.named_parameters() if value.requires_grad}


def store(
    path: Path,
    network: Network,
    optimizer: torch.optim.Optimizer,
    run: str,
    progress: tuple[int, float, int, int],
    mean: Mean,
) -> None:
    """One file, replaced whole, so that a kill leaves either the old or the new one."""
    state = {
        "run": run,
        "weights": trained(network),
        "mean": [mean.count, mean.weights],
        "optimizer": optimizer.state_dict(),
        "progress": list(progress),
        "chance": torch.get_rng_state(),
    }
    unfinished = path.with_suffix(".tmp")
    torch.save(state, unfinished)
    unfinished.replace(path)


def signature(base: Base, heads: Heads, settings: Settings, start: Path | None) -> str:
    """What a run must have in common with the one that it goes on."""
    begun = hashlib.sha256((start / "adapter_model.safetensors").read_bytes()).hexdigest() if start else ""
    return json.dumps({"base": base.encoder.fingerprint, "heads": asdict(heads), "settings": asdict(settings), "start": begun})


def restored(path: Path, network: Network, optimizer: torch.optim.Optimizer, run: str, mean: Mean) -> tuple[int, float, int, int]:
    """The steps done, seconds, examples and tokens of a checkpoint, which is loaded; nothing if it is another run's."""
    state = torch.load(path, weights_only=True, map_location=next(network.parameters()).device)
    if state.get("run") != run:
        return 0, 0.0, 0, 0
    network.load_state_dict(state["weights"], strict=False)
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["chance"].cpu())
    mean.count, mean.weights = state["mean"]
    step, seconds, seen, read = state["progress"]
    return int(step), float(seconds), int(seen), int(read)
