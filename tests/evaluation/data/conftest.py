import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentic_rag.errors import CorpusError

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Make a file below the temporary folder, gzipped if its name says so."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


@pytest.fixture
def jsonl(write: Write) -> Write:
    """Make a file of JSON lines."""
    return lambda name, *rows: write(name, "".join(f"{json.dumps(row)}\n" for row in rows))


@pytest.fixture
def document(write: Write) -> Write:
    """Make a file of one JSON value."""
    return lambda name, value: write(name, json.dumps(value))


@pytest.fixture
def complaint(tmp_path: Path) -> Callable[[Callable[[Path], Any], Path], str]:
    """What a reader says of a bad file, in one line and without the temporary folder."""

    def complaint(read: Callable[[Path], Any], path: Path) -> str:
        with pytest.raises(CorpusError) as error:
            read(path)
        assert "\n" not in str(error.value)
        return str(error.value).replace(f"{tmp_path}/", "")

    return complaint
