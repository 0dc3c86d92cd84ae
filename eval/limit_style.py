"""LIMIT-style data: who likes what, where nearly every pair of 46 people is what one question asks for.

    python eval/limit_style.py OUT [--documents 50000] [--seed 0]

Made from the description of LIMIT's construction in Weller et al. 2025, "On the Theoretical Limitations of Embedding-Based
Retrieval" (arXiv 2508.21038); the names and the likes are our own, so this is LIMIT-style, not LIMIT, and so are its figures.
OUT gets corpus.jsonl and questions.jsonl in the native formats; the same seed and size give the same files.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

DATA = Path(__file__).parent / "data"
QUESTIONS = 1000
PAIRED = 46
"""The fewest people who have a pair for every question: C(45, 2) is 990, C(46, 2) is 1035."""
LIKES = 47
"""What each likes; one of the paired has 45 pairs at most. The same for all, so that a length tells nothing."""

Row = dict[str, Any]


def listed(name: str) -> dict[str, list[str]]:
    """A file of `group: one, another` lines."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return {group: items.split(", ") for group, items in (line.split(": ", 1) for line in lines)}


def full_names() -> list[str]:
    names = listed("names.txt")
    return [f"{first} {last}" for first in names["first"] for last in names["last"]]


def limit_style(documents: int, seed: int) -> tuple[list[Row], list[Row]]:
    """The rows of the corpus, in no order that tells anything, and of the questions."""
    draw, names = Random(seed), full_names()
    if not PAIRED <= documents <= len(names):
        raise ValueError(f"{documents} documents cannot be made; ask for {PAIRED} to {len(names)}")
    likes = [like for group in listed("likes.txt").values() for like in group]
    people, likes = draw.sample(names, documents), draw.sample(likes, len(likes))
    asked, unasked = likes[:QUESTIONS], likes[QUESTIONS:]
    pairs = dict(zip(asked, draw.sample(list(combinations(people[:PAIRED], 2)), QUESTIONS), strict=True))
    liked: dict[str, list[str]] = {name: [] for name in people}
    for like, pair in pairs.items():
        for name in pair:
            liked[name].append(like)
    corpus = [document(name, filled(liked[name], unasked, draw)) for name in draw.sample(people, documents)]
    return corpus, [question(at, like, list(pair)) for at, (like, pair) in enumerate(pairs.items())]


def filled(likes: list[str], unasked: list[str], draw: Random) -> list[str]:
    """As many likes as all have: those that questions ask for, anywhere among others that none asks for."""
    return draw.sample(likes + draw.sample(unasked, LIKES - len(likes)), LIKES)


def document(name: str, likes: list[str]) -> Row:
    return {"id": name, "title": "", "text": f"{name} likes {', '.join(likes[:-1])} and {likes[-1]}."}


def question(at: int, like: str, names: list[str]) -> Row:
    kind = {"type": "list", "hops": 1, "gold": names, "answerable": True}
    return {"id": f"query_{at}", "question": f"Who likes {like}?", "answers": names} | kind


def write(path: Path, rows: Iterable[Row]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the folder for the two files")
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    try:
        corpus, questions = limit_style(options.documents, options.seed)
    except ValueError as error:
        parser.error(str(error))
    options.out.mkdir(parents=True, exist_ok=True)
    write(options.out / "corpus.jsonl", corpus)
    write(options.out / "questions.jsonl", questions)
    print(f"{len(corpus)} documents, {len(questions)} questions in {options.out}")


if __name__ == "__main__":
    main()
