"""Which passages have which title: the light index of entities, without a model. Finds the titles that a text names."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from agentic_rag.store.lexical import partial_of
from agentic_rag.text import STOPWORDS, WORD, bare_title, words

Key = tuple[str, ...]


@dataclass(frozen=True)
class Titles:
    """`titles[i]` is the title of the passage `ids[i]`."""

    ids: list[str]
    titles: list[str]

    @cached_property
    def _known(self) -> dict[Key, list[str]]:
        known: dict[Key, list[str]] = {}
        for passage_id, title in zip(self.ids, self.titles, strict=True):
            for key in dict.fromkeys((key_of(title), key_of(bare_title(title)))):
                if tells(key):
                    known.setdefault(key, []).append(passage_id)
        return known

    @cached_property
    def _longest(self) -> dict[str, int]:
        longest: dict[str, int] = {}
        for first, *rest in self._known:
            longest[first] = max(longest.get(first, 0), 1 + len(rest))
        return longest

    def named(self, text: str) -> dict[Key, list[str]]:
        """The titles that stand in a text, in order, each with the passages that have it; of two in one place the longer.

        A title of one word counts only where it is written with a capital or a digit: half of all words are somebody's title.
        """
        return {key: self._known[key] for key in self._found(text)}

    def _found(self, text: str) -> Iterator[Key]:
        whole = unicodedata.normalize("NFKC", text)
        tokens = [(word, match[0]) for match in WORD.finditer(whole) for word in words(match[0])]
        at = 0
        while at < len(tokens):
            longest = min(self._longest.get(tokens[at][0], 0), len(tokens) - at)
            spans = (tuple(word for word, _ in tokens[at : at + length]) for length in range(longest, 0, -1))
            key = next((key for key in spans if key in self._known and (len(key) > 1 or is_marked(tokens[at][1]))), ())
            if key:
                yield key
            at += max(1, len(key))

    def save(self, path: Path) -> None:
        """Write to `path`, whole or not at all; raises `OSError`."""
        partial = partial_of(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps({"ids": self.ids, "titles": self.titles}, ensure_ascii=False), encoding="utf-8")
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Titles | None:
        """What `save` wrote; None if it is missing or unreadable, since it can always be built again."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str]]) -> Titles:
        """From pairs of a passage's id and its title; those without a title are left out."""
        titled = sorted((passage_id, title) for passage_id, title in rows if title)
        return cls([passage_id for passage_id, _ in titled], [title for _, title in titled])


def key_of(title: str) -> Key:
    return tuple(words(title))


def tells(key: Sequence[str]) -> bool:
    """Whether a title says anything: more than two letters, and not only words like "the"."""
    return len("".join(key)) > 2 and not all(word in STOPWORDS for word in key)


def is_marked(word: str) -> bool:
    return any(sign.isupper() or sign.isdigit() for sign in word)
