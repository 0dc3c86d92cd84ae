"""The values that flow through a graph. All are frozen; lists rather than tuples, because checkpoints keep only lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Status = Literal["answered", "empty", "failed", "timed_out", "skipped"]
Outcome = Literal["pending", "answer", "abstain", "escalate"]
Combine = Literal["read", "last", "lowest", "highest", "lower", "higher", "same", "both", "common"]

PLACEHOLDER = re.compile(r"#(\d+)\b")
WHOLE = 0
"""The number of the line of a plan that is the question itself."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One retrievable unit of text. `id` is stable; `metadata` keeps where it came from (source, start, end, page, ...)."""

    id: str
    text: str
    title: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> str:
        """Title and text as one string: what is embedded, matched and read."""
        return f"{self.title}. {self.text}" if self.title else self.text


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage as one retriever ranked it; `rank` starts at 1, `score` is on that retriever's own scale.

    `grade` in [0, 1] is what the grader says of it, None if it was not asked; `via` is the id of the passage that led to it.
    """

    passage: Passage
    rank: int
    score: float
    retriever: str
    grade: float | None = None
    via: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rank", int(self.rank))  # as of `Reading`
        object.__setattr__(self, "score", float(self.score))

    def graded(self, grade: float, via: str = "") -> Hit:
        """The same hit with a grade, and with the passage that led to it if there is one."""
        return replace(self, grade=float(grade), via=via or self.via)


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact span quoted from a passage: `passage.text[start:end] == quote`, in characters."""

    passage_id: str
    start: int
    end: int
    quote: str

    @classmethod
    def of(cls, passage: Passage, start: int, end: int) -> Citation:
        return cls(passage.id, start, end, passage.text[start:end])


@dataclass(frozen=True, slots=True)
class Complexity:
    """What a router says of a question: how complex it is, in [0, 1], and of which type ("" if it does not say)."""

    score: float
    type: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """The decision that the graph made from a `Complexity`; `escalated` once the simple path was not enough."""

    label: Literal["simple", "complex"]
    score: float
    type: str = ""
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class SubQuestion:
    """One line of a plan. `#n` in `text` stands for the answer to sub-question n, counted from 1.

    `about` is what the line is about, when its answer will be compared with another's.
    """

    id: int
    text: str
    subagent: str
    about: str = ""

    @property
    def depends_on(self) -> list[int]:
        return sorted({int(number) for number in PLACEHOLDER.findall(self.text)})


@dataclass(frozen=True, slots=True)
class Plan:
    """Sub-questions as a DAG, and how their answers combine; `notes` say what had to be mended."""

    sub_questions: list[SubQuestion]
    combine: Combine = "read"
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found: an answer with the spans that say so, or `answer=None`. `confidence` in [0, 1].

    `others` are what else the answer may be, for a verifier to choose from.
    """

    answer: str | None = None
    confidence: float = 0.0
    citations: list[Citation] = field(default_factory=list)
    others: list[Reading] = field(default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "confidence", float(self.confidence))  # a numpy number cannot be written into a checkpoint


@dataclass(frozen=True, slots=True)
class Finding:
    """What one subagent brought back for one sub-question in one round (wave), including how it failed.

    `hits` are its best ones, best grade first; `read` are the ids of the passages that its reader was shown.
    """

    sub_question: SubQuestion
    status: Status
    reading: Reading = field(default_factory=Reading)
    hits: list[Hit] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0
    round: int = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement: `answer` is what is claimed of `question`. `support` in [0, 1]; None when it was not verified."""

    question: str
    answer: str
    citations: list[Citation]
    support: float | None = None

    def cited(self, known: Mapping[str, Passage]) -> list[Passage]:
        """The passages that it cites, each once, of those known by their ids."""
        return [known[name] for name in dict.fromkeys(citation.passage_id for citation in self.citations) if name in known]


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as synthesized, and with its outcome once it is verified. `answer=None` means that nothing was found.

    `others` are what else was answered on the way, of which the verifier may find one better supported.
    """

    answer: str | None
    confidence: float = 0.0
    claims: list[Claim] = field(default_factory=list)
    outcome: Outcome = "pending"
    reason: str = ""
    others: list[Draft] = field(default_factory=list)

    @property
    def citations(self) -> list[Citation]:
        return list({(c.passage_id, c.start, c.end): c for claim in self.claims for c in claim.citations}.values())


@dataclass(frozen=True, slots=True)
class Reply:
    """What a generative model wrote, without its thinking; `finish` is "length" if it was cut off at the allowed tokens.

    `seconds` run from the dispatch: waiting for a free slot of the server is not in them. `logprob` is the natural logarithm of
    the whole text's probability, None where the server does not tell.
    """

    text: str
    finish: Literal["stop", "length"] = "stop"
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    logprob: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What one model did in one role. Tokens of the embedded encoder are those that it read."""

    role: str
    model: str
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step as it ran: wall seconds and role calls."""

    step: str
    seconds: float
    calls: int


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of one run, subagents included. None means unlimited.

    `calls` counts role calls (a batch is one), `tokens` what models read and wrote, `seconds` wall time of the steps,
    `rounds` waves of subagents.
    """

    calls: int | None = 64
    tokens: int | None = None
    seconds: float | None = 120.0
    rounds: int | None = 4


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has used of its budget so far."""

    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class SubAnswer:
    """A finding as the result object shows it."""

    text: str
    subagent: str
    status: Status
    answer: str | None
    error: str


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """The limits, what was spent, and which limits stopped something."""

    limit: Budget
    spent: Spent
    exhausted: list[str]


@dataclass(frozen=True, slots=True)
class Result:
    """What `ask` returns, and with `--json` prints. An abstention has `answer=None` and says why in `reason`."""

    question: str
    answer: str | None
    abstained: bool
    reason: str
    confidence: float
    citations: list[Citation]
    claims: list[Claim]
    route: Route | None
    sub_questions: list[SubAnswer]
    contexts: list[Hit]
    usage: list[Usage]
    budget: BudgetReport
    seconds: float
    trace_id: str
    config_hash: str
