from __future__ import annotations

import pytest

from agentic_rag.baselines import training_free
from agentic_rag.interfaces import Roles
from agentic_rag.testing import WordEncoder
from agentic_rag.types import Passage


@pytest.fixture(scope="session")
def roles() -> Roles:
    """All five roles over an encoder that only knows words."""
    return training_free(WordEncoder())


@pytest.fixture(scope="session")
def passages() -> list[Passage]:
    return [
        Passage(
            "mill",
            "Brook Mill is a water mill. It was designed by Ada Penrose and opened in 1791. It is 142 metres long.",
            "Brook Mill",
        ),
        Passage(
            "ada",
            "Ada Penrose (1748–1819) was an architect. She was born in North Hythe, the daughter of a baker.",
            "Ada Penrose",
        ),
        Passage("fair", "The Fair is held every Friday. About 1,200 people came in 1950, and 29 people were hurt.", "The Fair"),
    ]
