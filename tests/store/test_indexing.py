"""What `agentic-rag index` keeps and removes of files that were edited, emptied, or could not be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentic_rag.cli.indexing import Indexed, run_index
from agentic_rag.encoder import MiniLM
from agentic_rag.errors import EncoderError
from agentic_rag.store import Store

pytestmark = pytest.mark.usefixtures("minilm")


def indexed(path: Path, store: Path) -> Indexed:
    return run_index([path], str(store), 200, 32, None)


def texts(store: Path, encoder: MiniLM) -> list[str]:
    with Store.open(store, encoder) as opened:
        return [passage.text for passage in opened.passages()]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "prices.csv").write_text("text\nA pie costs 5 crowns.\n")
    (folder / "pier.txt").write_text("The pier is closed.")
    return folder


def test_a_file_with_a_blank_record_loses_its_old_text(docs: Path, tmp_path: Path, minilm: MiniLM) -> None:
    indexed(docs, tmp_path / "store")
    (docs / "prices.csv").write_text('text\nA pie costs 7 crowns.\n" "\n')
    assert indexed(docs, tmp_path / "store").report.removed == 1
    assert texts(tmp_path / "store", minilm) == ["The pier is closed.", "A pie costs 7 crowns."]


def test_a_file_that_was_emptied_loses_its_text_and_one_that_cannot_be_read_keeps_it(
    docs: Path, tmp_path: Path, minilm: MiniLM
) -> None:
    (docs / "mill.txt").write_text("The mill is open.")
    indexed(docs, tmp_path / "store")
    (docs / "pier.txt").write_text("")
    (docs / "mill.txt").write_bytes(b"\0")
    assert indexed(docs, tmp_path / "store").report.removed == 1
    assert texts(tmp_path / "store", minilm) == ["The mill is open.", "A pie costs 5 crowns."]


def test_what_left_a_folder_that_is_named_from_below_is_removed(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    indexed(Path("../docs"), tmp_path / "store")
    (docs / "pier.txt").unlink()
    assert indexed(Path("../docs"), tmp_path / "store").report.removed == 1


def test_a_folder_with_a_manifest_of_something_else_is_no_store(docs: Path, tmp_path: Path) -> None:
    (docs / "manifest.json").write_text('{"name": "a web application"}')
    assert indexed(docs, tmp_path / "store").passages == 2


@pytest.mark.parametrize("tokenizer", [None, "{}"])
def test_an_encoder_without_its_tokenizer_is_one_sentence(
    docs: Path, tmp_path: Path, minilm: MiniLM, tokenizer: str | None
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").symlink_to(minilm.folder / "model.safetensors")
    if tokenizer:
        (folder / "tokenizer.json").write_text(tokenizer)
    with pytest.raises(EncoderError, match=r"^the encoder's '.*tokenizer.json' cannot be read: .*; get the model again$"):
        run_index([docs], str(tmp_path / "store"), 200, 32, folder)


def test_half_a_character_is_embedded_as_a_question_mark(minilm: MiniLM) -> None:
    assert (minilm.encode(["so \ud83d"]) == minilm.encode(["so ?"])).all()
