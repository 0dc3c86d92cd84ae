"""How a double of an Ollama server behaves: one `Behaviour` per call, from a script. Knows nothing about HTTP."""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agentic_rag.testing.schemas import fill_schema
from agentic_rag.testing.wire import OllamaRequest, tokens

REPLY = "This is a reply of a test double."
REFUSAL = "I'm sorry, but I can't help with that."
FOREIGN = "Das geht aus den vorliegenden Texten leider nicht hervor."
RUNNER_FAILED = "an error was encountered while running the model"
RUNNER_STOPPED = (
    "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, "
    "check ollama server logs for details"
)
LOOPING = "prediction aborted, token repeat limit reached"


@dataclass(frozen=True)
class Behaviour:
    """How one call goes. As it stands: the default reply, which is the schema of the request filled, `{}`, or a sentence.

    Make one with the methods below and change it with `dataclasses.replace`: `replace(Behaviour.says("42"), seconds=0.5)`.
    """

    text: str | None = None
    """What the reply says; `None` for the default reply."""
    before: str = ""
    after: str = ""
    share: float = 1.0
    """The part of the characters that is said, from the front."""
    thinking: str = ""
    """What a thinking model thinks first, unless it is told not to; other models ignore it."""
    endless: bool = False
    """Says the text over and over, until `num_predict`, ten windows, or the client has gone."""
    status: int = 200
    error: str = ""
    ending: Literal["done", "error", "close"] = "done"
    """After `tokens` tokens, or all: the reply is done, an error comes, or the connection is closed."""
    tokens: int = 0
    stall: float = 0.0
    """Seconds without a sign of life, before anything else."""
    seconds: float | None = None
    """How long reading the prompt (a tenth of it) and replying take; `None` for what the server is set to."""
    pace: float | None = None
    """Seconds for each token of the reply, in place of a share of `seconds`."""

    @classmethod
    def says(cls, text: str) -> Behaviour:
        return cls(text)

    @classmethod
    def fills_schema(cls) -> Behaviour:
        """The simplest valid reply to a request with a format, and a sentence to one without: the default reply."""
        return cls()

    @classmethod
    def thinks(cls, thinking: str, text: str | None = None) -> Behaviour:
        """Reasoning in the field `thinking`, then the reply. `num_predict` counts both."""
        return cls(text, thinking=thinking)

    @classmethod
    def tags_thinking(cls, thinking: str, text: str | None = None) -> Behaviour:
        """Reasoning in the content, in a `<think>` block: what a template does that Ollama does not know."""
        return cls(text, before=f"<think>\n{thinking}\n</think>\n\n")

    @classmethod
    def wraps_in_prose(cls, before: str = "Sure! Here it is:\n\n", after: str = "\n\nHope this helps!") -> Behaviour:
        return cls(before=before, after=after)

    @classmethod
    def fences(cls) -> Behaviour:
        """The reply in a Markdown code fence."""
        return cls(before="```json\n", after="\n```")

    @classmethod
    def truncates(cls, share: float = 0.5) -> Behaviour:
        """Only the first part of the reply, yet done for the reason `stop`."""
        return cls(share=share)

    @classmethod
    def whitespace(cls, pace: float = 0.001) -> Behaviour:
        """White space without end, the known failure of JSON mode."""
        return cls("\n", endless=True, pace=pace)

    @classmethod
    def loops(cls) -> Behaviour:
        """The same failure on a server that notices: after 31 times the same token, an error."""
        return cls("\n", endless=True, ending="error", tokens=31, error=LOOPING)

    @classmethod
    def says_nothing(cls) -> Behaviour:
        return cls("")

    @classmethod
    def refuses(cls) -> Behaviour:
        return cls(REFUSAL)

    @classmethod
    def speaks_another_language(cls) -> Behaviour:
        return cls(FOREIGN)

    @classmethod
    def fails(cls, status: int = 500, error: str = RUNNER_STOPPED) -> Behaviour:
        """An HTTP error in place of a reply."""
        return cls(status=status, error=error)

    @classmethod
    def breaks(cls, tokens: int = 3, error: str = RUNNER_FAILED) -> Behaviour:
        """An error after some tokens: a line in a stream, status 500 where nothing was streamed."""
        return cls(ending="error", tokens=tokens, error=error)

    @classmethod
    def hangs_up(cls, tokens: int = 0) -> Behaviour:
        """The connection is closed before any byte, or after some tokens, in the middle of the body."""
        return cls(ending="close", tokens=tokens)

    @classmethod
    def stalls(cls, seconds: float) -> Behaviour:
        """Silence for some seconds, then the default reply."""
        return cls(stall=seconds)

    @classmethod
    def dawdles(cls, pace: float) -> Behaviour:
        """The default reply, slowly: so many seconds for each token."""
        return cls(pace=pace)

    def content(self, request: OllamaRequest) -> str:
        """What is said to a request; once, where it is said without end."""
        said = self.before + (default_reply(request) if self.text is None else self.text) + self.after
        return said[: round(len(said) * self.share)]

    def pieces(self, request: OllamaRequest, thinks: bool) -> Iterator[tuple[str, str]]:
        """The tokens of the reply, each as (thinking, content), where one of the two is empty."""
        content = tokens(self.content(request))
        thought = tokens(self.thinking) if thinks else []
        said = itertools.cycle(content) if self.endless else iter(content)
        return itertools.chain(((token, "") for token in thought), (("", token) for token in said))


Decide = Callable[[OllamaRequest], Behaviour]
Script = Decide | Behaviour | Sequence[Behaviour] | None


def default_reply(request: OllamaRequest) -> str:
    """A valid reply to any request: its schema filled, `{}` for "json", else a sentence."""
    if isinstance(request.format, dict):
        return json.dumps(fill_schema(request.format))
    return "{}" if request.format == "json" else REPLY


def decider(script: Script) -> Decide:
    """A script as a function: a list is gone through call by call, and its last behaviour stays; `None` is the default reply."""
    if callable(script):
        return script
    behaviours = [script or Behaviour()] if isinstance(script, Behaviour | None) else list(script)
    if not behaviours:
        raise ValueError("the script is an empty list; give at least one Behaviour, or None for the default reply")
    calls, lock = itertools.count(), threading.Lock()

    def decide(_request: OllamaRequest) -> Behaviour:
        with lock:
            return behaviours[min(next(calls), len(behaviours) - 1)]

    return decide


def faults(rate: float, seed: int, among: Sequence[Behaviour], base: Script = None) -> Decide:
    """A script that goes wrong in each of the ways `among` with probability `rate`, and else does what `base` says.

    What happens to a request depends on the seed, on its content and on how often this content came before: not on the order
    in which threads come. The base is asked only where nothing goes wrong.
    """
    if rate < 0 or rate * len(among) > 1:
        raise ValueError(f"{len(among)} faults at a rate of {rate!r} each; a rate is at least 0, and together at most 1")
    healthy, came, lock = decider(base), Counter[str](), threading.Lock()

    def decide(request: OllamaRequest) -> Behaviour:
        content = json.dumps([request.endpoint, request.body], sort_keys=True)
        with lock:
            came[content] += 1
            times = came[content]
        digest = hashlib.sha256(f"{seed} {times} {content}".encode()).digest()
        drawn = int.from_bytes(digest[:8], "big") / 2**64
        return among[min(int(drawn / rate), len(among) - 1)] if drawn < rate * len(among) else healthy(request)

    return decide
