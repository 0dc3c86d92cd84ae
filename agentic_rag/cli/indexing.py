"""`agentic-rag index`: documents, or another store, into a store, with a progress bar on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from agentic_rag.corpus import Chunking, Skipped, read_corpus
from agentic_rag.corpus.decoding import printable
from agentic_rag.corpus.files import normal
from agentic_rag.encoder import MiniLM
from agentic_rag.errors import StoreError
from agentic_rag.store import IndexReport, Store
from agentic_rag.store.edge import MANIFEST, SHARD
from agentic_rag.store.manifest import agreed
from agentic_rag.store.opening import is_url
from agentic_rag.store.pooling import FACTOR
from agentic_rag.store.store import Progress as OnProgress
from agentic_rag.text import without_login
from agentic_rag.types import Passage

SHOWN_SKIPPED = 10
BYTES = 2
"""Of a number in a token vector."""


@dataclass(frozen=True)
class Indexed:
    """What the command did."""

    store: str
    passages: int
    report: IndexReport
    skipped: list[Skipped]

    def sentence(self) -> str:
        done = self.report
        rate = f", {done.embedded / done.seconds:.0f} passages a second" if done.embedded > 100 else ""
        return (
            f"{self.store}: {self.passages} passages ({done.added} added, {done.changed} changed, {done.moved} moved, "
            f"{done.removed} removed, {done.unchanged} unchanged) in {done.seconds:.1f} s{rate}"
        )


def run_index(
    paths: Sequence[str],
    location: str,
    tokens: int,
    overlap: int,
    encoder_path: Path | None,
    late: bool | None = None,
    parts: bool | None = None,
) -> Indexed:
    """With or without vectors of tokens as `late` says, and of `parts`; None is as the store was made.

    `paths` are documents, or one store (a folder or a URL), which is copied.
    """
    encoder, pooling = MiniLM(encoder_path), None if late is None else FACTOR * late
    if origins := [path for path in paths if _is_store(path)]:
        if len(paths) > 1:
            raise StoreError(f"{without_login(origins[0])!r} is a store; copy one store at a time, and documents separately")
        return _copy(origins[0], location, encoder, pooling, parts)
    chunking, files = Chunking(tokens, overlap), [Path(path) for path in paths]
    corpus = read_corpus(files, chunking, tokenizer=encoder.tokenizer)
    with progress_bar("reading") as advance:
        passages = []
        for passage in corpus:
            passages.append(passage)
            advance(len(passages), 0)
    _report(corpus.skipped)
    with Store.create(location, encoder, asdict(chunking), pooling, parts) as store:
        _tell_size(passages, encoder, store.manifest.pooling)
        sources = [printable(str(normal(path))) for path in files]
        spared = [skipped.source for skipped in corpus.skipped if not skipped.opened]
        with progress_bar("indexing") as advance:
            report = store.index(passages, sources, spared, progress=advance)
        _tell_taken(report)
        return Indexed(store.engine.location, len(store), report, corpus.skipped)


def _is_store(path: str) -> bool:
    return is_url(path) or ((Path(path) / MANIFEST).is_file() and (Path(path) / SHARD).is_dir())


def _copy(source: str, location: str, encoder: MiniLM, pooling: int | None, parts: bool | None) -> Indexed:
    with Store.open(source, encoder) as origin:
        made = agreed(origin.manifest, without_login(source), None, pooling, parts)
        target = Store.create(location, encoder, pooling=made.pooling, parts=made.parts)
        with target as store:
            with progress_bar("copying") as advance:
                report = store.copy_from(origin, progress=advance)
            if more := len(store) - len(origin):
                _note(f"{more} passages here are not in {without_login(source)}; copy into a new store to be without them")
            return Indexed(store.engine.location, len(store), report, [])


def _tell_size(passages: Sequence[Passage], encoder: MiniLM, pooling: int) -> None:
    """How large the token vectors of these passages are, before they are made."""
    if not pooling:
        return
    tokens = sum(len(encoding.ids) - 2 for encoding in encoder.tokenizer.encode_batch([one.content for one in passages]))
    late, dense = (count * encoder.dimension * size / 1e6 for count, size in ((tokens / pooling, BYTES), (len(passages), 4)))
    said = f"token vectors: about {late:.1f} MB for {len(passages)} passages, whose other vectors have {dense:.1f} MB"
    _note(said)


def _note(said: str) -> None:
    Console(stderr=True, highlight=False).print(Text(said), soft_wrap=True)


def _tell_taken(report: IndexReport) -> None:
    """Of a file that is still there; one that was moved has its passages elsewhere now."""
    for source, count in report.taken.items():
        if Path(source).is_file():
            _note(f"{count} passages of {source} are gone: others have their ids now; give each file ids of its own")


class Rate(ProgressColumn):
    """Passages a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f}/s" if task.speed else "", style="dim")


@contextmanager
def progress_bar(what: str) -> Iterator[OnProgress]:
    """A bar with rate and remaining time on a terminal, nothing when piped."""
    console = Console(stderr=True)
    columns = [TextColumn(f"{what:>8}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn()]
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def _report(skipped: Sequence[Skipped]) -> None:
    console = Console(stderr=True, highlight=False)
    for one in skipped[:SHOWN_SKIPPED]:
        console.print(Text(f"skipped {one}", style="yellow"), soft_wrap=True)
    if len(skipped) > SHOWN_SKIPPED:
        console.print(Text(f"skipped {len(skipped) - SHOWN_SKIPPED} more; --json lists all", style="yellow"), soft_wrap=True)
