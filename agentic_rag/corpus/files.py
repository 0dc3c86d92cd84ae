"""Paths into files to read, in a fixed order, each once. Knows suffixes, not contents."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import TYPE_CHECKING

from agentic_rag.corpus.decoding import printable
from agentic_rag.corpus.document import Skipped
from agentic_rag.corpus.readers import FORMATS, suffix_of
from agentic_rag.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

READABLE = " ".join(FORMATS)


@dataclass(frozen=True, slots=True)
class File:
    """A file to read; `name` is its path from the parent of the path given, with /, and starts the ids of its passages, so
    folders of one name share ids: they are to be indexed from a parent that they have in common.

    `source` is the absolute path as passages and reports show it.
    """

    path: Path
    name: str
    source: str


def find_files(paths: Iterable[str | Path]) -> tuple[list[File], list[Skipped]]:
    """The readable files at and below `paths`, sorted within each path, and what was passed over.

    Hidden entries of folders are ignored. Links are followed; a file that is reached twice counts once.
    """
    found: dict[str, File] = {}
    skipped: list[Skipped] = []
    for given in paths:
        root = normal(given)
        if not _mode(root):
            raise CorpusError(f"{os.fspath(given)!r} does not exist: check the path, it stands for {str(root)!r}")
        files, passed_over = _below(root)
        if not files and S_ISDIR(_mode(root)):
            raise CorpusError(nothing_in([root], passed_over))
        for real, file in files:
            found.setdefault(real, file)
        skipped += passed_over
    return list(found.values()), list(dict.fromkeys(skipped))


def normal(path: str | Path) -> Path:
    """Absolute and without `..`, so that one file has one source, however its path was given."""
    return Path(os.path.normpath(Path(path).absolute()))


def nothing_in(paths: Iterable[str | Path], skipped: list[Skipped], shown: int = 3) -> str:
    """The message that says that nothing could be read, with the first reasons."""
    reasons = [str(one) for one in skipped[:shown]] or ["it holds no files"]
    more = [f"and {len(skipped) - shown} more"] if len(skipped) > shown else []
    places = ", ".join(repr(os.fspath(path)) for path in paths)
    return f"nothing in {places} can be read ({'; '.join(reasons + more)}); readable are {READABLE}"


def _below(root: Path) -> tuple[list[tuple[str, File]], list[Skipped]]:
    files: dict[str, File] = {}
    skipped: list[Skipped] = []
    for path in _walk(root, skipped) if S_ISDIR(_mode(root)) else [root]:
        real = os.path.realpath(path)
        file = File(path, printable(path.relative_to(root.parent).as_posix()), printable(str(path)))
        if reason := _objection(path):
            skipped.append(Skipped(file.source, reason))
        elif _is_link(path):
            files.setdefault(real, file)
        else:
            files[real] = file
    return sorted(files.items(), key=lambda found: found[1].name), sorted(skipped, key=str)


def _walk(root: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """Whatever is below `root` and no folder; each folder once and linked ones last, so that a loop of links ends."""
    folders, seen = deque([root]), set[str]()
    while folders:
        folder = folders.popleft()
        if (real := os.path.realpath(folder)) in seen:
            continue
        seen.add(real)
        for entry in _entries(folder, skipped):
            if not S_ISDIR(_mode(entry)):
                yield entry
            elif _is_link(entry):
                folders.append(entry)
            else:
                folders.appendleft(entry)


def _entries(folder: Path, skipped: list[Skipped]) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        skipped.append(Skipped(printable(str(folder)), f"the folder cannot be opened: {error.strerror}"))
        return []


def _objection(path: Path) -> str:
    """Why a file will not be read, as far as that can be told without opening it."""
    mode = _mode(path)
    if not mode and _is_link(path):
        return printable(f"it is a link to {str(path.readlink())!r}, which does not exist")
    if not S_ISREG(mode):
        return "it is not a regular file" if mode else "it cannot be reached"
    if not suffix_of(path):
        kind = f"{path.suffix} files are" if path.suffix else "files without a suffix are"
        return printable(f"{kind} not read; readable are {READABLE}")
    return ""


def _is_link(path: Path) -> bool:
    return S_ISLNK(_mode(path, follow=False))


def _mode(path: Path, *, follow: bool = True) -> int:
    """What kind of thing there is, or 0 if it cannot be reached: not there, not permitted, or a link to itself."""
    try:
        return path.stat(follow_symlinks=follow).st_mode
    except (OSError, ValueError):
        return 0
