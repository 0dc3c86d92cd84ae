"""Opening, killing, damaging and filling stores: one clear sentence each, nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from qdrant_client import QdrantClient

from agentic_rag.encoder import MiniLM
from agentic_rag.errors import EncoderError, StoreBusyError, StoreError
from agentic_rag.store import Store
from agentic_rag.store.lexical import Lexical
from agentic_rag.store.server import ServerEngine
from agentic_rag.testing import PASSAGES, WordEncoder
from agentic_rag.types import Passage

MANY = [Passage(f"p{number:04}", f"Lamp {number} stands in street {number % 7}.") for number in range(1300)]

KILLED = """
import os, signal, sys
from agentic_rag.store import Store
from agentic_rag.testing import WordEncoder
from tests_store_many import MANY

def progress(done, total):
    if done >= 1024:
        os.kill(os.getpid(), signal.SIGKILL)

Store.create(sys.argv[1], WordEncoder()).index(MANY, progress=progress)
"""

OPENS = """
import sys
from agentic_rag.store import Store
from agentic_rag.testing import WordEncoder

Store.open(sys.argv[1], WordEncoder())
"""


class Counting(WordEncoder):
    """Counts the texts that it embeds."""

    embedded = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += len(texts)
        return super().encode(texts)


class Other(WordEncoder):
    fingerprint = "other-model"


def in_another_process(code: str, *arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(path)}
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, timeout=120)


def test_indexing_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "tests_store_many.py").write_text(f"from agentic_rag.types import Passage\nMANY = {MANY!r}\n")
    killed = in_another_process(KILLED, str(tmp_path / "store"), path=tmp_path)
    assert killed.returncode == -signal.SIGKILL
    with pytest.raises(StoreError, match="is not finished"):
        Store.open(tmp_path / "store", WordEncoder())
    encoder = Counting()
    with Store.create(tmp_path / "store", encoder) as store:
        report = store.index(MANY)
        assert (report.unchanged, report.added, encoder.embedded) == (1024, 276, 276)
        assert list(store.passages()) == MANY
        assert store.matching("street 3 lamp 1298", 1, {})[0][0] == MANY[1298]


def test_a_second_process_is_told_that_the_store_is_open(store: Store, tmp_path: Path) -> None:
    second = in_another_process(OPENS, store.engine.location, path=tmp_path)
    assert "StoreBusyError" in second.stderr
    assert "is open elsewhere" in second.stderr
    assert len(store.matching("bridge", 3, {})) == 2


def test_the_same_process_is_told_too(store: Store) -> None:
    with pytest.raises(StoreBusyError, match="open elsewhere"):
        Store.create(store.engine.location, WordEncoder())


def test_a_closed_store_can_be_opened_again(store: Store) -> None:
    store.close()
    with Store.open(store.engine.location, WordEncoder()) as again:
        assert list(again.passages()) == sorted(PASSAGES, key=lambda passage: passage.id)


def test_another_encoder_is_refused(store: Store) -> None:
    store.close()
    with pytest.raises(StoreError, match="was made with encoder 'words-256', not 'other-model'"):
        Store.open(store.engine.location, Other())


def test_another_chunking_is_refused(tmp_path: Path) -> None:
    with Store.create(tmp_path / "store", WordEncoder(), {"tokens": 200}) as store:
        store.index(PASSAGES)
    with pytest.raises(StoreError, match="was made with chunking"):
        Store.create(tmp_path / "store", WordEncoder(), {"tokens": 100})


@pytest.mark.parametrize(("made", "asked"), [(0, 2), (2, 0), (2, 3)])
def test_another_choice_of_token_vectors_is_refused_also_when_nothing_is_indexed_yet(
    tmp_path: Path, made: int, asked: int
) -> None:
    Store.create(tmp_path / "store", WordEncoder(), pooling=made).close()
    with pytest.raises(StoreError, match=r"was made with(out)? .*, not with(out)? .*; use the same, or index into a new store"):
        Store.create(tmp_path / "store", WordEncoder(), pooling=asked)
    with Store.create(tmp_path / "store", WordEncoder()) as store:
        assert store.manifest.pooling == made


def test_indexing_that_was_stopped_goes_on_with_token_vectors(tmp_path: Path) -> None:
    def stop(done: int, _total: int) -> None:
        raise InterruptedError(done)

    with Store.create(tmp_path / "store", WordEncoder(), pooling=1) as store, pytest.raises(InterruptedError):
        store.index(MANY[:100], progress=stop)
    with Store.create(tmp_path / "store", WordEncoder()) as store:
        assert (report := store.index(MANY[:100])).unchanged == 100 - report.added > 0
        assert len(store.late("lamp", 200, {})) == 100
        assert store.late("lamp 77 street", 1, {})[0] == (MANY[77], 3.0)


def test_a_store_from_before_token_vectors_opens(store: Store) -> None:
    store.close()
    path = Path(store.engine.location, "manifest.json")
    path.write_text(json.dumps({key: value for key, value in json.loads(path.read_text()).items() if key != "pooling"}))
    with Store.create(store.engine.location, WordEncoder(), pooling=0) as again:
        assert again.index(PASSAGES).unchanged == 4


def test_an_encoder_without_tokens_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    class Plain:
        fingerprint, dimension, encode = "plain", 256, WordEncoder().encode

    with pytest.raises(StoreError, match=r"gives no token vectors; give one with `tokens\(texts\)`"):
        Store.create(tmp_path / "store", Plain(), pooling=2)
    with Store.create(tmp_path / "store", Plain()) as store:
        assert store.index(PASSAGES).added == 4


def test_no_store_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="agentic-rag index PATH --store"):
        Store.open(tmp_path / "nothing", WordEncoder())


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StoreError, match="neither empty nor a store"):
        Store.create(tmp_path, WordEncoder())
    with pytest.raises(StoreError, match="is a file"):
        Store.create(tmp_path / "thesis.txt", WordEncoder())


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        ("{", "cannot be read"),
        ("[]", "holds no object"),
        ('{"format": 99}', "has format 99, expected 1"),
        ('{"format": 1, "colour": "red"}', "its manifest is not as expected"),
    ],
)
def test_a_damaged_manifest_is_one_sentence(store: Store, manifest: str, sentence: str) -> None:
    store.close()
    Path(store.engine.location, "manifest.json").write_text(manifest)
    with pytest.raises(StoreError, match=sentence):
        Store.open(store.engine.location, WordEncoder())


def test_a_damaged_shard_is_one_sentence(store: Store) -> None:
    store.close()
    shard = Path(store.engine.location, "shard")
    (shard / "edge_config.json").write_text("garbage")
    with pytest.raises(StoreError, match=r"^the store '.*' failed: [^\n]+$"):
        Store.open(store.engine.location, WordEncoder())
    shutil.rmtree(shard)
    with pytest.raises(StoreError, match="has no 'shard' folder"):
        Store.open(store.engine.location, WordEncoder())


def test_lost_word_statistics_are_counted_again(store: Store) -> None:
    store.close()
    [words] = Path(store.engine.location).glob("bm25-*")
    shutil.rmtree(words)
    with Store.open(store.engine.location, WordEncoder()) as again:
        assert again.matching("smoked char", 1, {})[0][0].id == "pie"
        assert words.is_dir()


def test_word_statistics_that_a_crash_left_empty_are_counted_again(store: Store) -> None:
    store.close()
    [words] = Path(store.engine.location).glob("bm25-*")
    (words / "rows.npy").write_bytes(b"")
    with Store.open(store.engine.location, WordEncoder()) as again:
        assert again.matching("smoked char", 1, {})[0][0].id == "pie"


def test_an_encoder_that_is_missing_leaves_nothing_open_and_nothing_half_made(store: Store, tmp_path: Path) -> None:
    store.close()
    for attempt in (partial(Store.open, store.engine.location), partial(Store.create, tmp_path / "new")):
        with pytest.raises(EncoderError, match="no encoder") as kept:
            attempt(MiniLM("/nowhere"))
        assert kept.traceback
    assert not (tmp_path / "new").exists()
    Store.open(store.engine.location, WordEncoder()).close()


def test_a_store_that_lost_its_manifest_is_not_given_another_encoder(store: Store) -> None:
    store.close()
    Path(store.engine.location, "manifest.json").unlink()
    with pytest.raises(StoreError, match="has points but no manifest"):
        Store.create(store.engine.location, Other())


def test_a_shard_that_was_half_made_when_it_was_killed_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "store" / "shard.partial" / "segments").mkdir(parents=True)
    with Store.create(tmp_path / "store", WordEncoder()) as store:
        assert store.index(PASSAGES).added == 4
    assert not (tmp_path / "store" / "shard.partial").exists()


def in_memory(cache: Path) -> Store:
    return Store.on(ServerEngine(QdrantClient(":memory:"), "passages", ":memory:", 256), WordEncoder(), cache=cache)


def test_a_store_on_a_server_works_where_its_cache_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("where a folder should be")
    with in_memory(tmp_path / "file" / "cache") as store:
        store.index(PASSAGES)
        assert store.manifest.state == "ready"
        assert store.matching("smoked char", 1, {})[0][0].id == "pie"


def test_a_cache_that_is_gone_is_made_again(tmp_path: Path) -> None:
    with in_memory(tmp_path / "cache") as store:
        store.index(PASSAGES)
        shutil.rmtree(tmp_path / "cache")
        store._lexical = store._titles = None
        assert [one.id for one, _ in store.titled("Saltgate Bridge", 1, {})] == ["saltgate"]
        assert len(list((tmp_path / "cache").iterdir())) == 2


def test_several_threads_may_save_into_one_cache(tmp_path: Path) -> None:
    stores = [in_memory(tmp_path / "cache") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda store: [store.index(MANY[number:300]) for number in (200, 0)], stores))
    assert {store.manifest.state for store in stores} == {"ready"}
    [statistics] = (tmp_path / "cache").glob("bm25-*")
    assert Lexical.load(statistics)


def test_what_another_is_writing_of_the_same_contents_is_left_to_it(tmp_path: Path) -> None:
    with in_memory(tmp_path / "cache") as store:
        store.index(PASSAGES)
        beside = [store._lexical_folder.with_name(f"{store._lexical_folder.name}.1-2.partial"), tmp_path / "cache" / "bm25-other"]
        for folder in beside:
            folder.mkdir()
        store._build_lexical()
    assert [folder.exists() for folder in beside] == [True, False]


def test_a_disk_that_fills_up_stops_indexing_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = [10**10, 10**10, 10**6]
    with Store.create(tmp_path / "store", WordEncoder()) as store:
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=free.pop(0)))
        with pytest.raises(StoreError, match="is full: 1 MB free"):
            store.index(MANY)
    monkeypatch.undo()
    encoder = Counting()
    with Store.create(tmp_path / "store", encoder) as store:
        assert (store.index(MANY).unchanged, encoder.embedded) == (256, 1044)


def test_the_manifest_says_what_made_the_store(store: Store) -> None:
    manifest = json.loads(Path(store.engine.location, "manifest.json").read_text())
    assert manifest | {"digest": ""} == {
        "encoder": "words-256",
        "dimension": 256,
        "chunking": {},
        "passages": 4,
        "digest": "",
        "state": "ready",
        "format": 1,
        "pooling": 0,
        "parts": False,
    }
