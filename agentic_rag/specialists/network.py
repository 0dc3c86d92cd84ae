"""The shared base with one role's adapter and heads: token ids in, numbers out.

An adapter is a folder: peft's `adapter_config.json` and `adapter_model.safetensors` (LoRA, Hu et al. 2021, arXiv 2106.09685),
`heads.safetensors`, and `card.json`. It is merged into a copy of the base's layers when first used: nothing is switched later,
so threads cannot disturb each other. Knows nothing about roles.
"""

from __future__ import annotations

import copy
import hashlib
import json
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from agentic_rag.budget import Call, current_call, describe
from agentic_rag.encoder import MiniLM
from agentic_rag.errors import EncoderError
from agentic_rag.packed import batches, read
from agentic_rag.specialists.rows import Row

TOKENS_PER_BATCH = 4096
KEPT = 2048
"""Rows whose outputs are remembered: subagents that work on one question read many a passage twice."""
FILES = ("card.json", "adapter_config.json", "adapter_model.safetensors", "heads.safetensors")
Output = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Of one row: numbers per token (tokens x heads), numbers of the whole."""
Key = tuple[tuple[int, ...], tuple[int, ...]]
"""A row's ids and types: all that the network sees of it."""


@dataclass(frozen=True)
class Heads:
    """How many numbers a role wants: for each token, and for the row as a whole."""

    tokens: int
    pooled: int


class Network(nn.Module):  # type: ignore[misc]  # torch is not followed
    """The base and two linear heads; the second sees the first token beside the mean of all."""

    def __init__(self, base: Any, heads: Heads) -> None:
        super().__init__()
        width = base.config.hidden_size
        self.base = base
        self.tokens = nn.Linear(width, heads.tokens) if heads.tokens else None
        self.pooled = nn.Linear(2 * width, heads.pooled)

    def forward(self, rows: Sequence[Row]) -> tuple[Sequence[Tensor], Tensor]:
        """Of each row, numbers per token (tokens x heads); of all, numbers of the whole (rows x heads)."""
        hidden = read(self.base, [row.ids for row in rows], [row.types for row in rows]).float()
        lengths = [len(row) for row in rows]
        pooled = self.pooled(torch.stack([torch.cat([row[0], row.mean(0)]) for row in hidden.split(lengths)]))
        # not hidden[:, :0]: a view of it would keep all of it in memory for as long as an output is remembered
        return (self.tokens(hidden) if self.tokens else hidden.new_empty(len(hidden), 0)).split(lengths), pooled

    def head_weights(self) -> dict[str, Tensor]:
        return {name: weight for name, weight in self.state_dict().items() if name.startswith(("tokens.", "pooled."))}


class Base:
    """The base model, read once for all roles. `folder` and weights are those of the encoder, checked by its hash."""

    def __init__(self, encoder: MiniLM) -> None:
        self.encoder = encoder
        self._lock = threading.Lock()

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """Neither cuts nor pads."""
        tokenizer: Tokenizer = Tokenizer.from_file(str(self.encoder.folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def fresh(self) -> Any:
        """A copy whose layers may be changed, in fp32; the embeddings are shared, in the encoder's precision."""
        with self._lock:
            model = self._model
        own = copy.copy(model)
        own._modules = dict(model._modules)  # noqa: SLF001  what copy.copy leaves shared
        own.encoder = copy.deepcopy(model.encoder)
        return own

    @cached_property
    def _model(self) -> Any:
        from transformers import BertModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()  # the base comes with a pooler that nothing here uses
        files = {"local_files_only": True, "add_pooling_layer": False, "use_safetensors": True}
        whole = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        model = BertModel.from_pretrained(str(self.encoder.folder), dtype=torch.float32, **files, **whole).eval()
        model.embeddings.to(self.dtype)
        return model

    @property
    def dtype(self) -> torch.dtype:
        found: torch.dtype = getattr(torch, self.encoder.precision)
        return found


@dataclass(frozen=True)
class Asked:
    """Rows that a thread waits for, and the call that it does."""

    rows: Sequence[Row]
    call: Call
    outputs: Future[list[Output]] = field(default_factory=Future)


class Adapted:
    """A network ready for use: `folder`'s adapter merged into the base, loaded when first asked; safe for threads.

    Rows of several threads that come while a batch runs form the next batch together. What was read lately is not read again.
    """

    def __init__(self, base: Base, folder: Path) -> None:
        self.base, self.folder = base, folder
        self._turn, self._busy = threading.Condition(), False
        self._pending: list[Asked] = []
        self._known: dict[Key, Output] = {}

    @property
    def card(self) -> dict[str, Any]:
        """What is known of the adapter: counts, figures, calibration; see `agentic_rag.training.card`."""
        return self._read[0]

    @cached_property
    def _read(self) -> tuple[dict[str, Any], str]:
        card, sha256 = read_adapter(self.folder)
        if card.get("base", self.base.encoder.fingerprint) != self.base.encoder.fingerprint:
            raise EncoderError(
                f"the specialist in {str(self.folder)!r} was trained on {card['base']}, but the encoder is "
                f"{self.base.encoder.fingerprint}; train it again on this encoder, or use the one it was trained on"
            )
        return card, sha256

    def __repr__(self) -> str:
        return f"Adapted({self.folder.name}, {self._read[1][:16]})"

    def __call__(self, rows: Sequence[Row]) -> list[Output]:
        keys = [(tuple(row.ids), tuple(row.types)) for row in rows]
        with self._turn:
            known = {key: self._known[key] for key in keys if key in self._known}
        if new := {key: row for key, row in zip(keys, rows, strict=True) if key not in known}:
            outputs = dict(zip(new, self._outputs(list(new.values())), strict=True))
            known |= outputs
            with self._turn:
                self._known |= outputs
                for key in list(islice(self._known, max(0, len(self._known) - KEPT))):
                    del self._known[key]
        return [known[key] for key in keys]

    def _outputs(self, rows: Sequence[Row]) -> list[Output]:
        """One thread at a time reads what all have asked for by then; whose rows are read does not wait for the next batch."""
        own, leads = Asked(rows, current_call()), False
        try:
            with self._turn:
                self._pending.append(own)
                self._turn.wait_for(lambda: own.outputs.done() or not self._busy)
                if not own.outputs.done():
                    self._busy = leads = True
                    taken, self._pending = self._pending, []
            if leads:
                self._serve(taken)
        finally:
            if leads:
                with self._turn:
                    self._busy = False
                    self._turn.notify_all()
        return own.outputs.result()

    def _serve(self, taken: Sequence[Asked]) -> None:
        """But for those whose time is up: nobody waits for them any more."""
        try:
            for asked in taken:
                if asked.call.seconds_left == 0:
                    asked.outputs.set_exception(TimeoutError("the deadline passed before its rows were read"))
            taken = [asked for asked in taken if not asked.outputs.done()]
            outputs = run(self._network, [row for asked in taken for row in asked.rows])
            for asked in taken:
                asked.call.input_tokens += sum(map(len, asked.rows))
                asked.outputs.set_result(outputs[: len(asked.rows)])
                outputs = outputs[len(asked.rows) :]
        except BaseException as error:  # noqa: BLE001  it is raised in every thread that waits
            for asked in taken:
                if not asked.outputs.done():
                    asked.outputs.set_exception(error)

    @cached_property
    def _network(self) -> Network:
        self._read  # noqa: B018  says clearly what is missing
        try:
            return self._loaded()
        except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
            raise EncoderError(f"the adapter in {str(self.folder)!r} is damaged ({describe(error)}); make it again") from error

    def _loaded(self) -> Network:
        heads = load_file(self.folder / "heads.safetensors")
        shape = Heads(len(heads["tokens.bias"]) if "tokens.bias" in heads else 0, len(heads["pooled.bias"]))
        network = Network(merged(self.base.fresh(), self.folder), shape)
        network.load_state_dict({name: weight.float() for name, weight in heads.items()}, strict=False)
        if not all(weight.isfinite().all() for weight in [*network.base.encoder.parameters(), *network.head_weights().values()]):
            raise ValueError("not all of its weights are numbers")
        network.base.encoder.to(self.base.dtype)
        network.eval()
        return network


def read_adapter(folder: Path) -> tuple[dict[str, Any], str]:
    """The card of an adapter and the sha256 of its weights; raises `EncoderError` if a file is missing or the card damaged."""
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        raise EncoderError(f"no specialist in {str(folder)!r}: it has no {missing[0]!r}; make one with agentic-rag train")
    try:
        card: dict[str, Any] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        if not isinstance(card, dict):
            raise ValueError("it is no JSON object")  # noqa: TRY004, TRY301  said like all else that is wrong with it
    except ValueError as error:
        raise EncoderError(f"the card in {str(folder)!r} cannot be read ({error}); make the adapter again") from error
    weights = b"".join((folder / name).read_bytes() for name in FILES if name.endswith(".safetensors"))
    return card, hashlib.sha256(weights).hexdigest()


def merged(model: Any, folder: Path) -> Any:
    """The adapter of `folder` added to the weights of `model`: W + alpha / r * B A; of rank 0, whole weights in their place."""
    settings = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    weights = load_file(folder / "adapter_model.safetensors")
    if not settings["r"]:
        model.encoder.load_state_dict({name: weight.float() for name, weight in weights.items()})
        return model
    scale = settings["lora_alpha"] / (settings["r"] ** 0.5 if settings.get("use_rslora") else settings["r"])
    modules = dict(model.named_modules())
    for name, down in weights.items():
        if not name.endswith("lora_A.weight"):
            continue
        module = name.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
        up = weights[name.replace("lora_A", "lora_B")]
        with torch.no_grad():
            modules[module].weight += scale * (up.float() @ down.float())
    return model


def run(network: Network, rows: Sequence[Row], tokens_per_batch: int = TOKENS_PER_BATCH) -> list[Output]:
    """The outputs of all rows, in their order."""
    outputs: list[Output] = []
    with torch.inference_mode():
        for batch in batches([len(row) for row in rows], tokens_per_batch):
            each, whole = network(rows[batch])
            outputs += [(one.float().numpy(), other.float().numpy()) for one, other in zip(each, whole, strict=True)]
    return outputs
