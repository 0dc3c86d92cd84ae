"""The published formats by name, and which of them a file is in."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from agentic_rag.errors import CorpusError
from agentic_rag.evaluation.data import beir, hotpotqa, limit, musique, nq_open, squad, two_wiki
from agentic_rag.evaluation.data.dataset import Dataset
from agentic_rag.evaluation.data.files import file_name, opened

FORMATS: dict[str, Callable[[Path], Dataset]] = {
    "2wiki": two_wiki.read,
    "beir": beir.read,
    "hotpotqa": hotpotqa.read,
    "limit": limit.read,
    "musique": musique.read,
    "nq_open": nq_open.read,
    "squad": squad.read,
}

SIGNS: list[tuple[str, set[str]]] = [
    ("squad", {"data", "paragraphs", "context", "qas"}),
    ("musique", {"paragraphs", "paragraph_text", "question"}),
    ("2wiki", {"_id", "question", "context", "entity_ids"}),
    ("2wiki", {"_id", "question", "context", "evidences"}),
    ("hotpotqa", {"_id", "question", "context"}),
]
"""Fields that all occur at the start of a file in the format, the most telling first."""

NQ_OPEN = {"question", "answer", "def_correct_predictions", "poss_correct_predictions", "answer_and_def_correct_predictions"}
FIELD = re.compile(rb'"(\w+)"\s*:')
START = 1 << 20


def read_dataset(path: Path, format: str | None = None) -> Dataset:  # noqa: A002  the word that users know
    """A published file or folder, in the format that is named or else recognised from the content."""
    name = format or _recognised(path)
    if name not in FORMATS:
        raise CorpusError(f"{name!r} is no known format; expected one of {', '.join(FORMATS)}")
    return FORMATS[name](path)


def _recognised(path: Path) -> str:
    if path.is_dir():
        return _recognised_folder(path)
    if path.parent.name == "qrels" and path.name.removesuffix(".gz") in beir.SPLITS:
        return "beir"
    with opened(path) as file:
        fields = {field.decode() for field in FIELD.findall(file.read(START))}
    for name, signs in SIGNS:
        if signs <= fields:
            return name
    if "question" in fields and fields <= NQ_OPEN:
        return "nq_open"
    raise _unrecognised(path, sorted(fields)[:10])


def _recognised_folder(folder: Path) -> str:
    names = {entry.name.removesuffix(".gz") for entry in folder.iterdir()}
    if names & set(limit.QRELS):
        return "limit"
    if "qrels" in names:
        return "beir"
    raise _unrecognised(folder, sorted(names)[:10])


def _unrecognised(path: Path, found: list[str]) -> CorpusError:
    return CorpusError(
        f"{file_name(path)} is in none of the formats {', '.join(FORMATS)} (found in it: {', '.join(found) or 'nothing'}); "
        "name it with --format; if it is native, give its passages with --corpus, in Python read it with read_questions"
    )
