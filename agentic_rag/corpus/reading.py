"""Files into passages: ids, metadata, and the promise that no file, however bad, ends the reading of the others."""

from __future__ import annotations

import os
from collections import Counter, deque
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agentic_rag.budget import describe
from agentic_rag.corpus.chunking import Chunking, Splitter
from agentic_rag.corpus.decoding import printable
from agentic_rag.corpus.document import Document, Skipped, UnreadableError
from agentic_rag.corpus.files import File, find_files, nothing_in
from agentic_rag.corpus.readers import STREAMED, reader_for, suffix_of
from agentic_rag.errors import AgenticRAGError, CorpusError
from agentic_rag.types import Passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenizers import Tokenizer

DEFAULT = Chunking()
MOST_BYTES = 100_000_000
LONGEST_TITLE = 200
OURS = ("source", "line", "start", "end")
"""Where a passage comes from, in its metadata; what a file itself calls so is kept as `own_source` and so on."""


class Origin(NamedTuple):
    """Where an id was met first, and what it stood for."""

    content: int
    source: str
    line: int

    def __str__(self) -> str:
        return f"{self.source} line {self.line}" if self.line else self.source


@dataclass
class Corpus:
    """The passages of `files`, read anew by each iteration; `skipped` is complete when the iteration is.

    Iterating raises `CorpusError` for a bad line of a native file, an id with two meanings, and if there is no passage at all.
    """

    files: list[File]
    splitter: Splitter
    most_bytes: int = MOST_BYTES
    passed_over: list[Skipped] = field(default_factory=list)
    skipped: list[Skipped] = field(init=False)

    def __post_init__(self) -> None:
        self.skipped = list(self.passed_over)

    def __iter__(self) -> Iterator[Passage]:
        self.skipped[:] = self.passed_over
        known: dict[str, Origin] = {}
        for file in self.files:
            for document, passage in self._read(file):
                if _is_new(passage, document, known):
                    yield passage
        if not known:
            raise CorpusError(nothing_in([file.path for file in self.files], self.skipped))

    def _read(self, file: File) -> Iterator[tuple[Document, Passage]]:
        """The passages with the documents they are of; whatever goes wrong in the file becomes a `Skipped`."""
        repeats = Counter[str]()
        try:
            for document in self._filled(file):
                for passage in _passages(document, file, self.splitter, repeats):
                    yield document, passage
        except CorpusError:
            raise
        except AgenticRAGError as error:
            self._skip(file, str(error))
        except OSError as error:
            self._skip(file, f"it cannot be opened: {error.strerror or describe(error)}")
        except Exception as error:  # noqa: BLE001  parsers of foreign formats fail in any way on a bad file
            self._skip(file, f"it cannot be parsed: {describe(error)}")

    def _filled(self, file: File) -> Iterator[Document]:
        """The documents that hold text; the others are counted and reported."""
        size = file.path.stat().st_size
        if size > self.most_bytes and suffix_of(file.path) not in STREAMED:
            raise UnreadableError(f"it has {size:,} bytes, the limit is {self.most_bytes:,}: split it, or raise most_bytes")
        read = empty = 0
        for document in reader_for(file.path)(file.path):
            read += 1
            if document.gap:
                self._skip(file, document.gap, opened=True)
            if document.text.strip():
                yield document
            else:
                empty += 1
        if empty == read:
            self._skip(file, "it holds no text", opened=True)
        elif empty:
            self._skip(file, f"{empty} of {read} records hold no text", opened=True)

    def _skip(self, file: File, reason: str, *, opened: bool = False) -> None:
        self.skipped.append(Skipped(file.source, printable(reason), opened))


def read_corpus(
    paths: str | Path | Iterable[str | Path],
    chunking: Chunking = DEFAULT,
    *,
    tokenizer: Tokenizer | None = None,
    most_bytes: int = MOST_BYTES,
) -> Corpus:
    """The passages of files and folders, ready to iterate. `tokenizer` is the encoder's; without it, four characters are a token.

    In the metadata, `start` and `end` count characters of the decoded file (txt, md, rst), of the row (csv, tsv), or of the
    extracted text (html, pdf, docx). Raises `CorpusError` at once for a path that does not exist and for a folder in which
    nothing is readable.
    """
    several = [paths] if isinstance(paths, str | Path) else list(paths)
    if not several:
        raise CorpusError("no path was given: name at least one file or folder")
    files, skipped = find_files(several)
    if not files:
        raise CorpusError(nothing_in(several, skipped))
    return Corpus(files, Splitter(chunking, tokenizer), most_bytes, skipped)


def read_jsonl(path: str | Path) -> Iterator[Passage]:
    """The passages of one native file, streamed as they are."""
    if suffix_of(Path(path)) not in STREAMED:
        raise CorpusError(f"{os.fspath(path)!r} is no native corpus: expected a name that ends in {' or '.join(STREAMED)}")
    return iter(read_corpus(path))


def _passages(document: Document, file: File, splitter: Splitter, repeats: Counter[str]) -> Iterator[Passage]:
    """A document with an id as it is, any other in pieces; `repeats` counts the ids given out in this file."""
    ours = OURS[:1] if document.id else OURS
    told = {f"own_{name}" if name in ours else name: value for name, value in document.metadata.items()}
    if document.id:
        yield Passage(document.id, document.text, document.title, {**told, "source": file.source})
        return
    title = " ".join((document.title or printable(file.path.stem)).split())[:LONGEST_TITLE]
    place: dict[str, int | str] = {"line": document.line} if document.line else {}
    marks = deque(document.marks)
    for start, text in splitter.split(document):
        while marks and marks[0].start <= start:
            mark = marks.popleft()
            place[mark.kind] = mark.value
        metadata = {**told, **place, "source": file.source, "start": start, "end": start + len(text)}
        yield Passage(_id(file, text, repeats), text, title, metadata)


def _id(file: File, text: str, repeats: Counter[str]) -> str:
    name = f"{file.name}#{sha256(text.encode()).hexdigest()[:10]}"
    repeats[name] += 1
    return name if repeats[name] == 1 else f"{name}-{repeats[name]}"


def _is_new(passage: Passage, document: Document, known: dict[str, Origin]) -> bool:
    """False for a passage met before; the id of a piece speaks of its text alone, a native one of its title too."""
    content = hash((passage.title, passage.text) if document.id else passage.text)
    origin = Origin(content, passage.metadata["source"], document.line)
    first = known.setdefault(passage.id, origin)
    if first is not origin and first.content != content:
        raise CorpusError(f"the id {passage.id!r} stands for two different passages: {first} and {origin}; give each its own id")
    return first is origin
