"""Generative models on servers: one `generate` for all, errors that name the cure, and time and tokens within the budget.

Knows nothing about roles or prompts.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from agentic_rag.errors import ModelError
from agentic_rag.interfaces import Model
from agentic_rag.models.cached import Cached
from agentic_rag.models.logged import Logged, UsageLog
from agentic_rag.models.ollama import LOCAL, PORT, OllamaModel, OllamaServer
from agentic_rag.models.openai import SLOTS, OpenAIModel, OpenAIServer
from agentic_rag.models.slots import Slots
from agentic_rag.text import without_login

__all__ = [
    "FAMILIES",
    "LOCAL",
    "Cached",
    "Logged",
    "Models",
    "OllamaModel",
    "OllamaServer",
    "OpenAIModel",
    "OpenAIServer",
    "Slots",
    "UsageLog",
    "address",
]

FAMILIES = ("ollama:", "openai:")
ADDRESSES = {"ollama": "OLLAMA_HOST", "openai": "OPENAI_BASE_URL"}
"""Where an address stands in the environment."""
SPEC = re.compile(r"(?P<family>ollama|openai):(?P<name>[^@\s]+)(?:@(?P<url>\S+))?")


@dataclass
class Models:
    """Models by what is written on a command line: `ollama:NAME[@URL]`, `openai:NAME@URL`. Those on one server share its slots.

    `slots` are the calls that a server works on at once; by default what OLLAMA_NUM_PARALLEL says, else 1, for Ollama. With a
    `cache`, replies are remembered in that file; with a `log`, calls are written to it.
    """

    slots: int | None = None
    cache: Path | None = None
    log: UsageLog | None = None
    _servers: dict[str, OllamaServer | OpenAIServer] = field(default_factory=dict, repr=False)

    def __call__(self, spec: str) -> Model:
        """Raises `ModelError` if the words cannot be read, or if the server or the model is not there."""
        model: Model = self.named(spec)
        _ = model.context
        if self.cache:
            model = Cached(model, self.cache)
            model.check()
        return self.log.of(model) if self.log else model

    def named(self, spec: str) -> OllamaModel | OpenAIModel:
        """Nothing is asked of a server yet."""
        found = SPEC.fullmatch(spec)
        if not found:
            raise ModelError(
                f"the model {without_login(spec)!r} cannot be read; write ollama:NAME, ollama:NAME@URL or openai:NAME@URL"
            )
        family, name, variable = found["family"], found["name"], ADDRESSES[found["family"]]
        url = found["url"] or os.environ.get(variable) or (LOCAL if family == "ollama" else "")
        if not url:
            raise ModelError(f"the model {spec!r} has no address; write openai:{name}@URL, or set {variable}")
        url = address(url, family)
        server = self._servers.setdefault(f"{family} {url}", self._server(family, url))
        return OllamaModel(name, server) if isinstance(server, OllamaServer) else OpenAIModel(name, server)

    def _server(self, family: str, url: str) -> OllamaServer | OpenAIServer:
        if family == "ollama":
            told = os.environ.get("OLLAMA_NUM_PARALLEL") or "1"
            if not told.isdecimal():
                raise ModelError(f"OLLAMA_NUM_PARALLEL is {told!r}; set it to the calls that the server works on at once")
            return OllamaServer(url, Slots(self.slots or int(told) or 1))
        return OpenAIServer(url, Slots(self.slots or SLOTS))


def address(url: str, family: str = "ollama") -> str:
    """With a scheme, and without the slash at its end; raises `ModelError`.

    An Ollama address without scheme and port has Ollama's own, one without a host means this machine, as in Ollama's client.
    """
    whole = url if "://" in url else f"http://{url}"
    if family == "ollama":
        whole = whole.replace("://:", "://127.0.0.1:")
    try:
        parts = urlsplit(whole)
        found = bool(parts.hostname) and parts.scheme in ("http", "https") and (parts.port is None or parts.port > 0)
    except ValueError:
        found = False
    if not found:
        raise ModelError(
            f"the address {without_login(whole)!r} of a model cannot be read; write http(s)://HOST:PORT, or HOST:PORT"
        )
    if family == "ollama" and "://" not in url and parts.port is None:
        parts = parts._replace(netloc=f"{parts.netloc.rstrip(':')}:{PORT}")
    return parts.geturl().rstrip("/")
