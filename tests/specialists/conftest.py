import pytest

from agentic_rag.encoder import MiniLM
from agentic_rag.specialists.network import Base


@pytest.fixture(scope="session")
def base() -> Base:
    return Base(MiniLM())
