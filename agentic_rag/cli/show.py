"""What a person sees: steps as they happen on stderr, results on stdout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from textwrap import shorten
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.text import Text

from agentic_rag.state import State
from agentic_rag.types import Draft, Finding, Hit, Plan, Result

from agentic_rag.cli.doctor import Check  # isort: skip

err, out = Console(stderr=True, highlight=False), Console(highlight=False)
SHOWN_HITS = 3
LONGEST_QUERY = 120
"""Characters of a query that a trace shows: a follow-up may be a whole passage."""


class Steps:
    """An `on_step` for `ask`: a line a step on a terminal, every detail with `detailed`, nothing when piped without it."""

    def __init__(self, *, detailed: bool = False) -> None:
        self.detailed, self.live = detailed, err.is_terminal
        self.status = Status("thinking ...", console=err) if self.live else None

    def __enter__(self) -> Self:
        if self.status:
            self.status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.status:
            self.status.stop()

    def __call__(self, step: str, written: State) -> None:
        if not (self.live or self.detailed):
            return
        for record in written.get("steps", []):
            cost = f"{record.seconds * 1000:.0f} ms, {record.calls} call{'' if record.calls == 1 else 's'}"
            err.print(f"[bold cyan]{escape(record.step):>12}[/]  {escape(summary(step, written))}  [dim]{cost}[/]")
        if self.detailed:
            for line in details(step, written):
                err.print(Text(f"{'':>14}{line}"), soft_wrap=True)


def summary(step: str, written: State) -> str:
    """One step in a few words; nothing for a step that we do not know, or that only has the name of one."""
    try:
        return SUMMARIES[step](written)
    except (KeyError, ValueError):
        return ""


def _route(written: State) -> str:
    route = written["route"]
    return f"{route.label} ({route.type or 'type unknown'}, score {route.score:.2f})"


def _delegate(written: State) -> str:
    [finding] = written["findings"]
    found = finding.reading.answer or finding.error or "nothing found"
    return f"#{finding.sub_question.id} by {finding.sub_question.subagent}, {finding.status}: {found}"


def _verify(written: State) -> str:
    draft = written["draft"]
    return f"{draft.outcome} (confidence {draft.confidence:.2f}{'; ' + draft.reason if draft.reason else ''})"


SUMMARIES: dict[str, Callable[[State], str]] = {
    "route": _route,
    "retrieve": lambda written: f"{len(written['hits'])} passages",
    "plan": lambda written: f"{len(written['plan'].sub_questions)} sub-questions, combined by {written['plan'].combine!r}",
    "delegate": _delegate,
    "gather": lambda _written: "the wave has come back",
    "synthesize": lambda written: f"draft: {written['draft'].answer or written['draft'].reason}",
    "verify": _verify,
}


def details(step: str, written: State) -> Iterator[str]:
    """Everything that a step found out, a line each."""
    yield from (f"note: {note}" for note in written.get("notes", []))
    if step == "retrieve":
        yield from _hit_lines(written.get("hits", []))
    if step == "plan":
        yield from (f"#{line.id} -> {line.subagent}: {line.text}" for line in written.get("plan", Plan([])).sub_questions)
    if step == "delegate":
        for finding in written.get("findings", []):
            yield from _finding_lines(finding)
    if step == "synthesize":
        yield from _hit_lines(written.get("contexts", []))
    if step == "verify":
        for claim in written.get("draft", Draft(None)).claims:
            support = "not verified" if claim.support is None else f"support {claim.support:.2f}"
            yield f"claim: {claim.question} -> {claim.answer} ({support})"


def show_question(question: str) -> None:
    err.print(f"\n[bold]Q: {escape(question)}[/]")


def show_result(result: Result) -> None:
    """The answer with its quotes, or the abstention with its reason."""
    out.print(Text(result.answer or f"I do not know: {result.reason}", style="bold green" if result.answer else "bold yellow"))
    by_id = {hit.passage.id: hit.passage for hit in result.contexts}
    for number, citation in enumerate(result.citations, 1):
        passage = by_id[citation.passage_id]
        source = passage.metadata.get("source", "")
        span = f"characters {citation.start}-{citation.end}"
        place = f"{passage.title} ({citation.passage_id}, {span}{f', {source}' if source else ''})"
        out.print(Text(f"  [{number}] “{citation.quote}”"), soft_wrap=True)
        out.print(Text(f"      {place}", style="dim"), soft_wrap=True)
    if result.answer and result.reason:
        out.print(Text(f"  note: {result.reason}", style="yellow"), soft_wrap=True)
    calls = result.budget.spent.calls
    err.print(f"[dim]confidence {result.confidence:.2f}, {result.seconds:.2f} s, {calls} role calls[/]")


def show_hits(hits: Sequence[Hit]) -> None:
    for hit in hits:
        out.print(
            Text.assemble((f"{hit.rank:>3}  {hit.score:8.4f}  ", "dim"), (hit.passage.title, "bold"), f"  {hit.passage.id}")
        )
        out.print(Text(f"     {hit.passage.text[:200]}", style="dim"), soft_wrap=True)
    if not hits:
        err.print("no passage found")


def show_checks(checks: Sequence[Check]) -> None:
    for check in checks:
        mark = "[green]ok[/]     " if check.ok else "[red]missing[/]" if check.needed else "[yellow]without[/]"
        out.print(f"{mark}  [bold]{escape(check.name)}[/]  {escape(check.found)}", soft_wrap=True)
        if check.cure and not check.ok:
            out.print(Text(f"         {check.cure}"), soft_wrap=True)


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield f"asked: {finding.sub_question.text}"
    yield from (f"query: {shorten(query, LONGEST_QUERY, placeholder=' ...')}" for query in finding.queries)
    yield from _hit_lines(finding.hits)
    yield from (f"quote: “{citation.quote}” ({citation.passage_id})" for citation in finding.reading.citations)


def _hit_lines(hits: Sequence[Hit]) -> Iterator[str]:
    for hit in hits[:SHOWN_HITS]:
        graded = "" if hit.grade is None else f", grade {hit.grade:.2f}"
        led = f", led to by {hit.via}" if hit.via else ""
        yield f"hit: {hit.passage.title or hit.passage.id} ({hit.retriever} {hit.score:.3f}, rank {hit.rank}{graded}{led})"
    if len(hits) > SHOWN_HITS:
        yield f"     and {len(hits) - SHOWN_HITS} more"
