"""Unfolds descriptions nested in a question: "the architect of X", "X's father", "the river that flows under X"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentic_rag.grammar import AUXILIARIES, LONGEST_QUESTION, RELATIONS, is_person, is_verb, tidy
from agentic_rag.phrasing import asked_clause, spelled_kinship, who_or_what
from agentic_rag.text import STOPWORDS, names, table

DEPTH = 4
"""At most so many sub-questions are unfolded."""
TRIVIAL = re.compile(
    r"(?:(?:who|whom|what|which|where)\b)?\s*(?:(?:is|was|are|were)\b)?\s*"
    r"(?:the (?:full |real |first )?(?:name|identity)s? of )?#\d+(?:['’]s? name)?",
    re.IGNORECASE,
)
THING = re.compile(r"#\d+|\"[^\"]+\"")
OWNER = re.compile(r"(?:(?<=s)['’]|['’][sS])\s+")
OF = re.compile(
    r"(?:\b(?:the|a|an)\s+)?(?P<head>(?:[a-z][\w-]*\s+){0,3}?[a-z][\w-]*)\s+(?:of|behind)"
    r"\s+(?:the\s+)?(?:(?!of\b|the\b)(?P<kind>[a-z][\w-]*)\s+){0,2}$"
)
RELATIVE = re.compile(
    r"\b[Tt]he\s+(?P<noun>(?:[\w-]+\s+){0,2}?[a-z][\w-]*),?\s+"
    r"(?P<link>who|that|which|where|in which|for which|from which|whose)\s+(?=[a-zA-Z#])"
)
REDUCED = re.compile(
    r"\b[Tt]he\s+(?P<noun>(?:[a-z][\w-]*\s+){0,2}?[a-z][\w-]*)\s+(?P<link>)"
    r"(?=(?:[a-z]+ed|[a-z]+ing|written|built|made|known|born|won|led|held|sung|shown)"
    r"\s+(?:by|in|at|under|from|on|with|to|for|near|after|as|through|over)\s+|(?:containing|bordering|featuring|starring)\s+)"
)
VAGUE = frozenset(table("time way reason year day month date season name number amount type kind same first last only fact part"))


@dataclass(frozen=True, slots=True)
class Description:
    """Words that stand for something not named, where they are, and the question that finds it."""

    start: int
    end: int
    question: str


def unfold(question: str) -> list[str]:
    """The questions of a chain, innermost first, later ones with `#n` for an earlier answer; one if there is no chain."""
    rest = tidy(question)
    if len(rest) > LONGEST_QUESTION:
        return [f"{rest}?"]
    rest = spelled_kinship(rest)
    chain: list[str] = []
    while len(chain) < DEPTH - 1:
        found = next((d for d in _descriptions(rest) if not TRIVIAL.fullmatch(_replaced(rest, d, len(chain) + 1))), None)
        if found is None:
            break
        chain.append(found.question)
        rest = _replaced(rest, found, len(chain))
    return [*chain, f"{rest}?"]


def _replaced(text: str, found: Description, number: int) -> str:
    return f"{text[: found.start]}#{number}{text[found.end :]}"


def _descriptions(text: str) -> list[Description]:
    """Those that contain no other, the last in the text first."""
    things = sorted({_extended(text, start, end) for start, end in names(text)} | {m.span() for m in THING.finditer(text)})
    found = [d for start, end in things for d in (_owned(text, start, end), _of(text, start, end)) if d]
    for pattern in (RELATIVE, REDUCED):
        found += [d for match in pattern.finditer(text) if (d := _clause(text, match, things))]
    inner = [d for d in found if not any(d.start <= o.start and o.end <= d.end and o.question != d.question for o in found)]
    return sorted(inner, key=lambda d: -d.start)


def _extended(text: str, start: int, end: int) -> tuple[int, int]:
    """A name with the capitalised small words before it, and the bracket behind it: "The Visit (1964 Film)"."""
    small = re.search(r"(?<=\s)(?:[A-Z]\w*\s+)+$", text[:start])
    bracket = re.match(r"\s*\([^()]*\)", text[end:])
    return small.start() if small else start, end + (bracket.end() if bracket else 0)


def _owned(text: str, start: int, end: int) -> Description | None:
    """As in "X's father", "X's first wife"."""
    owner = OWNER.match(text, end)
    if owner is None:
        return None
    stop = owner.end()
    for word in re.findall(r"\S+\s*", text[owner.end() :])[:3]:
        bare = OWNER.sub("", word.strip(" ,") + " ").strip()
        stop += len(word)
        if not bare[:1].islower() or bare in STOPWORDS:
            return None
        if _leads(bare):
            stop = owner.end() + text[owner.end() :].index(bare) + len(bare)
            more = re.match(r" of [a-z]+", text[stop:])
            stop += more.end() if more else 0
            article = re.search(r"\bthe $", text[:start])
            begin = article.start() if article else start
            return Description(begin, stop, who_or_what(bare, text[begin:stop]))
    return None


def _of(text: str, start: int, end: int) -> Description | None:
    """As in "the architect of X", "the director of film X"."""
    match = OF.search(text[:start])
    if match is None or (match["kind"] or "") in STOPWORDS:
        return None
    head = match["head"].split()
    while any(_breaks(word) for word in head):
        head = head[1:]
    if not head or not _leads(head[-1]):
        return None
    begin = match.end("head") - len(" ".join(head))
    if re.search(r"\b(?:and|or)\s+$", text[:begin]):
        return None
    article = re.search(r"\b(?:the|a|an)\s+$", text[:begin])
    begin = article.start() if article else begin
    return Description(begin, end, who_or_what(head[-1], text[begin:end]))


def _clause(text: str, match: re.Match[str], things: list[tuple[int, int]]) -> Description | None:
    """As in "the river that flows under X", "the company founded by X", "the country where X was born"."""
    noun = match["noun"].split()[-1]
    end = next((end for start, end in things if start >= match.end()), None)
    if noun in VAGUE or _breaks(noun) or end is None:
        return None
    owned = re.match(r"['’]s\s+\w+", text[end:])
    end += owned.end() if owned else 0
    end += _belonging(text[: match.start()], text[end:], place=match["link"] not in ("who", "that", "which", ""))
    clause = text[match.end() : end]
    if re.search(r"\b(?:what|which|whom|how)\b", clause):
        return None
    return Description(match.start(), end, asked_clause(match["noun"], match["link"], clause))


def _belonging(before: str, tail: str, *, place: bool) -> int:
    """How much of the words behind the name still belongs to the description, rather than to the question around it."""
    tokens = [(token.start(), token[0].strip(",").lower()) for token in re.finditer(r"\S+", tail)]
    verbs = [start for start, token in tokens if is_verb(token)]
    if place:
        verbs = [start for start, _ in tokens[_own_verbs(tokens) :] if start in verbs]
    inverted = re.search(r"\b(did|does|do|was|were|is|are|has|have|had|will|can)\s*$", before)
    if inverted and re.search(r"\b(?:how \w+|who|what) (?:is|was|are|were)\s*$", before, re.IGNORECASE):
        return len(tail)
    if inverted and not verbs and tokens and inverted[1] in ("did", "does", "do"):
        verbs = [tokens[min(_own_verbs(tokens) or 1, len(tokens) - 1)][0]] if place else [tokens[-1][0]]
    if before.strip() and not inverted:
        verbs = [
            start
            for at, (start, token) in enumerate(tokens)
            if start in verbs and token in AUXILIARIES and not _continues(tokens, at)
        ]
    return len(tail[: verbs[0]].rstrip()) if verbs else len(tail)


def _continues(tokens: list[tuple[int, str]], at: int) -> bool:
    return at > 0 and tokens[at - 1][1] in ("who", "that", "which", "and", "where", "it", "he", "she", "they")


def _own_verbs(tokens: list[tuple[int, str]]) -> int:
    """How many words the clause's own verb takes with what stands before it: 2 for "was born", 0 if there is none."""
    first = next((at for at, (_, token) in enumerate(tokens) if is_verb(token)), None)
    if first is None:
        return 0
    helped = tokens[first][1] in AUXILIARIES and first + 1 < len(tokens) and is_verb(tokens[first + 1][1])
    return first + 2 if helped else first + 1


def _breaks(word: str) -> bool:
    return word in STOPWORDS or word in AUXILIARIES or is_verb(word)


def _leads(noun: str) -> bool:
    return noun in RELATIONS or is_person(noun)
