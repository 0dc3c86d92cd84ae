"""The encoder: where it is found, what it refuses, and that company changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from agentic_rag import encoder as module
from agentic_rag.budget import Meter
from agentic_rag.encoder import MOST_TOKENS, MiniLM
from agentic_rag.errors import EncoderError
from agentic_rag.types import Budget

TEXTS = ["A cat sat.", "The harbour froze in 1891. " * 60, "", "Wer hat die Brücke gebaut?", "A cat sat."]


def test_vectors_have_unit_length_and_do_not_depend_on_their_neighbours(minilm: MiniLM) -> None:
    together = minilm.encode(TEXTS)
    alone = np.concatenate([minilm.encode([text]) for text in TEXTS])
    assert together.shape == (5, 384)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert (together * alone).sum(axis=1).min() > 0.999


def test_vectors_are_those_of_sentence_transformers(minilm: MiniLM) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(minilm.folder), device="cpu").encode(TEXTS)
    assert (minilm.encode(TEXTS) * reference).sum(axis=1).min() > 0.999


def test_token_vectors_are_those_of_sentence_transformers_without_the_special_tokens(minilm: MiniLM) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(minilm.folder), device="cpu")
    for text, found in zip(TEXTS, minilm.tokens(TEXTS), strict=True):
        expected = model.encode(text, output_value="token_embeddings").numpy()[1:-1]
        assert found.shape == (min(len(minilm.tokenizer.encode(text)), MOST_TOKENS) - 2, 384)
        assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
        assert ((found * expected).sum(axis=1) > 0.99 * np.linalg.norm(expected, axis=1)).all()


def test_full_precision_is_there_for_the_asking(minilm: MiniLM) -> None:
    exact = MiniLM(minilm.folder, dtype="float32")
    assert exact.precision == "float32"
    assert (exact.encode(TEXTS[:1]) @ minilm.encode(TEXTS[:1]).T).item() > 0.999
    assert exact.fingerprint == minilm.fingerprint


def test_tokens_are_reported_to_the_meter(minilm: MiniLM) -> None:
    meter = Meter(Budget())
    meter.attempt("grader", minilm.encode, ["A cat sat."], default=None)
    assert meter.usage[0].input_tokens == len(minilm.tokenizer.encode("A cat sat.").ids) == 6


def test_long_texts_are_cut(minilm: MiniLM) -> None:
    assert len(minilm.tokenizer.encode("word " * 5000).ids) == MOST_TOKENS


def test_weights_with_another_hash_are_refused(minilm: MiniLM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    shutil.copytree(minilm.folder, folder)
    (folder / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(module, "locate", lambda _path: folder)
    with pytest.raises(EncoderError, match=r"have sha256 .*, expected 53aa51172d142c89"):
        _ = MiniLM().fingerprint


def test_a_folder_without_a_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"it has no 'model.safetensors'"):
        _ = MiniLM(tmp_path).fingerprint
    with pytest.raises(EncoderError, match="it is not a folder"):
        _ = MiniLM(tmp_path / "nowhere").fingerprint


def test_no_encoder_anywhere_names_the_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(EncoderError, match=r"python -m pip install 'agentic_rag\[offline\]'"):
        _ = MiniLM().fingerprint
