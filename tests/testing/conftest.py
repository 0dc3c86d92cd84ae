"""The real client, connected to a double of an Ollama server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import ollama
import pytest

from agentic_rag.testing.ollama import OllamaDouble

Connect = Callable[..., ollama.Client]


@pytest.fixture
def connected() -> Connect:
    """A client that reads no certificates, which would take longer than all the rest."""
    return lambda server, timeout=None: ollama.Client(host=server.url, timeout=timeout, verify=False)


@pytest.fixture
def served(connected: Connect) -> Callable[..., AbstractContextManager[tuple[OllamaDouble, ollama.Client]]]:
    """`with served(script, **settings) as (server, client)`."""

    @contextmanager
    def serve(script: Any = None, **settings: Any) -> Iterator[tuple[OllamaDouble, ollama.Client]]:
        with OllamaDouble(script=script, **settings) as server, connected(server) as client:
            yield server, client

    return serve


@pytest.fixture
def error_of() -> Callable[..., tuple[int, str]]:
    """The status and the message of the error that a call of the client raises."""

    def raised_by(call: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[int, str]:
        with pytest.raises(ollama.ResponseError) as raised:
            call(*args, **kwargs)
        return raised.value.status_code, raised.value.error

    return raised_by
