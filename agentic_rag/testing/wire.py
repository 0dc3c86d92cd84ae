"""What goes over the wire to an Ollama server: requests, models and their tokens. Knows nothing about sockets or scripts.

Names, defaults and messages are those of ollama/ollama: api/types.go, server/routes.go, server/prompt.go, llm/llama_server.go.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

TOKEN = re.compile(r"\s*(?:\w+|[^\w\s])|\s+")
MESSAGE_TOKENS = 4
"""What the chat template of the double adds to every message."""

Overflow = Literal["half", "window", "error"]

KINDS = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object", type(None): "null"}
FIELDS: dict[str, tuple[type, str]] = {
    "model": (str, "string"),
    "messages": (list, "[]api.Message"),
    "prompt": (str, "string"),
    "system": (str, "string"),
    "stream": (bool, "bool"),
    "options": (dict, "map[string]interface {}"),
}
STRUCTS = {
    "/api/chat": "ChatRequest",
    "/api/generate": "GenerateRequest",
    "/api/embed": "EmbedRequest",
    "/api/show": "ShowRequest",
}
UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
NUMBER_AND_UNIT = r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)"
TOO_LONG = (
    "the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the context "
    "length in settings, or use a model with a longer context length"
)


class Refused(Exception):  # noqa: N818  an answer of the server, not a failure of ours
    """The server answers with an HTTP status and `{"error": message}`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def tokens(text: str) -> list[str]:
    """The tokens of the double, which joined are the text: one per word or other sign, with the white space before it."""
    return TOKEN.findall(text)


def count_tokens(text: str) -> int:
    """How many tokens the double sees in a text: one per word or other sign; white space counts only where it ends a text."""
    return len(tokens(text))


@dataclass(frozen=True)
class OllamaModel:
    """A model that the double has. `parameters` are those of its Modelfile: defaults for the options of a request.

    Capabilities as Ollama names them: completion, thinking, embedding, tools, vision, insert.
    """

    name: str
    capabilities: Sequence[str] = ("completion",)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    context_length: int = 131072
    embedding_length: int = 256
    family: str = "llama"
    parameter_size: str = "3.2B"
    quantization_level: str = "Q4_K_M"
    size: int = 2_019_393_189

    @property
    def full_name(self) -> str:
        return full_name(self.name)

    def listed(self) -> dict[str, Any]:
        """The entry of the model in /api/tags and, with more fields, in /api/ps."""
        digest = hashlib.sha256(self.full_name.encode()).hexdigest()
        names = {"name": self.full_name, "model": self.full_name}
        return names | {"digest": digest, "size": self.size, "details": self.details()}

    def details(self) -> dict[str, Any]:
        sizes = {"parameter_size": self.parameter_size, "quantization_level": self.quantization_level}
        return {"parent_model": "", "format": "gguf", "family": self.family, "families": [self.family], **sizes}

    def shown(self) -> dict[str, Any]:
        """The body of /api/show."""
        parameters = "\n".join(f"{name:<30} {json.dumps(value)}" for name, value in self.parameters.items())
        return ({"parameters": parameters} if parameters else {}) | {
            "modelfile": f"FROM {self.full_name}\n",
            "template": "{{ .Prompt }}",
            "details": self.details(),
            "model_info": {
                "general.architecture": self.family,
                f"{self.family}.context_length": self.context_length,
                f"{self.family}.embedding_length": self.embedding_length,
            },
            "capabilities": list(self.capabilities),
            "modified_at": "2025-01-01T00:00:00Z",
        }


@dataclass(frozen=True)
class OllamaRequest:
    """What a client asked: the endpoint and the body as it came, with Ollama's defaults for what is missing."""

    endpoint: str
    body: Mapping[str, Any]

    @property
    def model(self) -> str:
        return self.body.get("model") or ""

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages of a chat; for a generate its system and its prompt, unless it has no prompt."""
        if self.endpoint == "/api/chat":
            return self.body.get("messages") or []
        said = [("system", self.body.get("system")), ("user", self.prompt)]
        return [{"role": role, "content": content} for role, content in said if content] if self.prompt else []

    @property
    def prompt(self) -> str:
        return self.body.get("prompt") or ""

    @property
    def text(self) -> str:
        """All that a model is told, for scripts that look for a word in it."""
        return "\n".join(message.get("content") or "" for message in self.messages)

    @property
    def inputs(self) -> list[str]:
        """The texts of an embed."""
        given = self.body.get("input") or []
        return [given] if isinstance(given, str) else list(given)

    @property
    def options(self) -> dict[str, Any]:
        return self.body.get("options") or {}

    @property
    def format(self) -> str | dict[str, Any] | None:
        return self.body.get("format") or None

    @property
    def stream(self) -> bool:
        return bool(self.body.get("stream", True)) and self.endpoint in {"/api/chat", "/api/generate"}

    @property
    def think(self) -> bool | str | None:
        return self.body.get("think")

    @property
    def keep_alive(self) -> float | None:
        """Seconds that the model stays loaded afterwards, infinity for a negative duration; `None` when not said."""
        return None if self.body.get("keep_alive") is None else duration(self.body["keep_alive"])

    def check(self) -> None:
        """Refuse a body that Ollama could not decode."""
        for name, (kind, go_type) in FIELDS.items():
            self._decode(self.body.get(name), kind, name, go_type)
        for message in self.messages:
            self._decode(message, dict, "messages", "api.Message")
            self._decode(message.get("content"), str, "messages.content", "string")
        if isinstance(self.think, str) and self.think not in {"high", "medium", "low", "max"}:
            raise Refused(400, f'invalid think value: "{self.think}" (must be "high", "medium", "low", "max", true, or false)')
        if not all(isinstance(text, str) for text in self.inputs):
            raise Refused(400, "invalid input type")
        if not self.model:
            raise Refused(400, "model is required")
        _ = self.keep_alive

    def _decode(self, value: object, kind: type, name: str, go_type: str) -> None:
        if value is not None and not isinstance(value, kind):
            place = f"Go struct field {STRUCTS[self.endpoint]}.{name} of type {go_type}"
            raise Refused(400, f"json: cannot unmarshal {KINDS[type(value)]} into {place}")


def option(name: str, default: int, *sources: Mapping[str, Any]) -> int:
    """An integer option from the last source that has it."""
    value = next((source[name] for source in reversed(sources) if source.get(name) is not None), default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(500, f'option "{name}" must be of type integer')
    return int(value)


def kept_prompt(request: OllamaRequest, num_ctx: int, num_keep: int, overflow: Overflow) -> tuple[int, int]:
    """How many tokens a prompt has, and how many of them the model gets to see in a window of `num_ctx`.

    First the oldest messages go, but for system messages and the last one. What is still too long is cut: by "half" of what is
    not `num_keep`, as servers with llama-server do; to the "window", as older ones did; or refused with an "error".
    """
    per_message = 0 if request.body.get("raw") else MESSAGE_TOKENS
    costs = [(count_tokens(message.get("content") or "") + per_message, message.get("role")) for message in request.messages]
    sent = sum(cost for cost, _ in costs)
    refuse = overflow == "error" or any(request.body.get(name) is False for name in ("truncate", "shift"))
    if sent >= num_ctx and refuse:
        raise Refused(400, TOO_LONG)
    kept = sent
    for cost, role in costs[:-1]:
        if kept > num_ctx and role != "system":
            kept -= cost
    if overflow == "window":
        return sent, min(kept, num_ctx)
    return sent, kept if kept < num_ctx else num_ctx - max((num_ctx - min(max(num_keep, 0), num_ctx - 1)) // 2, 1)


def full_name(name: str) -> str:
    return name.lower() if ":" in name.rsplit("/", 1)[-1] else f"{name.lower()}:latest"


def duration(value: object) -> float:
    """Seconds of a number, or of a duration as Go writes it: "5m", "1h30m", "300ms", "-1s"."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str) and re.fullmatch(r"[+-]?0", value):
        seconds = 0.0
    elif isinstance(value, str) and re.fullmatch(rf"[+-]?(?:{NUMBER_AND_UNIT})+", value):
        seconds = sum(float(number) * UNITS[unit] for number, unit in re.findall(NUMBER_AND_UNIT, value))
        seconds = -seconds if value.startswith("-") else seconds
    else:
        wrong = "missing unit in duration" if re.fullmatch(r"[+-]?\d+\.?\d*", str(value)) else "invalid duration"
        raise Refused(400, f'time: {wrong} "{value}"')
    return math.inf if seconds < 0 else seconds


def timestamp(seconds_from_now: float = 0.0) -> str:
    """A moment as Go writes it; what never comes is 292 years away."""
    moment = datetime.now(UTC) + timedelta(seconds=min(seconds_from_now, 2**63 / 1e9))
    return moment.isoformat().replace("+00:00", "Z")
