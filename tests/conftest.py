"""No network, no model unless a test asks for `minilm`; everything else runs on doubles from `agentic_rag.testing`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.update(HF_HUB_OFFLINE="1", LANGSMITH_TRACING="false", LANGCHAIN_TRACING_V2="false")

from agentic_rag.encoder import MiniLM
from agentic_rag.store import Store
from agentic_rag.testing import PASSAGES, WordEncoder

settings.register_profile("busy machines", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machines")


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    """The real encoder, from the offline wheel."""
    return MiniLM()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Four passages in a real Qdrant Edge store, with an encoder that only knows words."""
    with Store.create(tmp_path / "store", WordEncoder()) as opened:
        opened.index(PASSAGES)
        yield opened
