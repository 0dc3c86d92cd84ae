"""Words, sentences and names in plain text, with character offsets. Knows nothing about retrieval or models."""

from __future__ import annotations

import re
import unicodedata


def table(entries: str) -> list[str]:
    """The entries of a literal table of words, which reads better than a list of quoted ones."""
    return entries.split()


UPPER = "".join(chr(code) for code in (*range(0x250), *range(0x370, 0x530)) if chr(code).isupper())
"""Capital letters of the Latin, Greek and Cyrillic scripts, for character classes."""
SENTENCE_END = re.compile(rf"""[.!?…]["'”’)\]]*(?=\s+["'“‘(\[]?[{UPPER}0-9])|[。！？।؟۔]|\n\s*\n""")
BETWEEN_ITEMS = re.compile(r"[,;]\s+|\s+(?:and|or)\s+(?=[A-Z])")
LISTED, SHORT = 8, 40
"""A sentence of at least so many items that have fewer characters than this on average is a list."""
ABBREVIATIONS = frozenset(
    table("""
    mr mrs ms dr prof st sr jr vs no inc ltd co corp bros gen col capt lt sgt rev hon fig al ca cf fl
    jan feb mar apr jun jul aug sep sept oct nov dec mt vol op gov sen rep maj pvt messrs""")
)
LETTER = re.compile(r"[^\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")
"""A letter or digit of a script with spaces around words, unlike Thai, Burmese, Khmer, Chinese, Japanese and Korean."""
MARKS = "".join(
    chr(code)
    for code in (*range(0x300, 0xE00), *range(0xF00, 0x1000), *range(0x10A0, 0x1780), *range(0x1800, 0xFE00))
    if unicodedata.category(chr(code)) in ("Mn", "Mc")
)
"""Vowels and other signs that stand on a letter, as in Hindi; those of scripts without spaces part what would be one word."""
WORD = re.compile(rf"\w[\w{MARKS}]*(?:['’]\w[\w{MARKS}]*)*", re.UNICODE)
_TITLED = "".join(rf"|(?<=\b{title})" for title in ("St", "Mr", "Mrs", "Ms", "Dr", "Jr", "Sr", "Prof"))
_CAPITALISED = rf"(?:[\w&-]|['’.](?=\w))*(?:(?:(?<=\b[{UPPER}]){_TITLED})\.)?"
_PARTICLE = "of|the|and|de|del|von|van|der|den|la|le|du|da|di|el|al|bin|ibn"
NAME = re.compile(rf"\b[{UPPER}]{_CAPITALISED}(?:\s+(?:(?:{_PARTICLE})\s+)*[{UPPER}0-9]{_CAPITALISED})*", re.UNICODE)

STOPWORDS = frozenset(
    table("""
    a about after again all also am an and any are as at be because been before being between both but by can could did do
    does doing during each few for from further had has have having he her here hers him his how i if in into is it its itself
    just me more most my no nor not now of off on once only or other our out over own s same she should so some such t than
    that the their them then there these they this those through to too under until up very was we were what when where which
    while who whom whose why will with would you your""")
)


def normalise(text: str) -> str:
    """Unicode compatibility form, lower case (that of "İ" without its dot): what two spellings of one word share."""
    return unicodedata.normalize("NFKC", text).lower().replace("\u0307", "")


def without_login(address: str) -> str:
    """A URL, or NAME@URL, as it is shown and kept: a user's name and password are nobody else's business."""
    return re.sub(r"(//|@)[^/\s]*@", r"\1", address)


def lowered(text: str) -> str:
    """Lower case with every character where it was: one that has no lower case of one character, like "İ", stays."""
    found = text.lower()
    return found if len(found) == len(text) else "".join(low if len(low := one.lower()) == 1 else one for one in text)


def stands_whole(text: str, start: int, end: int) -> bool:
    """Whether no word goes on beyond a stretch of a text; scripts without spaces have no such bounds."""
    begins, ends = start and LETTER.match(text, start), LETTER.match(text, end - 1)
    return not (begins and LETTER.match(text, start - 1)) and not (ends and LETTER.match(text, end))


def words(text: str) -> list[str]:
    """Lower-case words in order, without possessive endings and the underscores of emphasis."""
    found = (re.sub(r"['’]s?$", "", word.strip("_")) for word in WORD.findall(normalise(text)))
    return [word for word in found if word]


def bare_title(title: str) -> str:
    """A title without what Wikipedia adds in brackets to tell it from others."""
    return re.sub(r"\s*\([^)]*\)$", "", title).strip()


def content_words(text: str) -> list[str]:
    """The words that carry meaning, in order; all words when there are none that do."""
    everything = words(text)
    return [word for word in everything if word not in STOPWORDS] or everything


def sentences(text: str) -> list[tuple[int, int]]:
    """Character spans of the sentences, trimmed of white space, in order."""
    spans: list[tuple[int, int]] = []
    start = 0
    for end in [*(match.end() for match in SENTENCE_END.finditer(text) if not _abbreviated(text, match.start())), len(text)]:
        piece = text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = left + len(piece.strip())
        if right > left:
            spans.append((left, right))
        start = end
    return spans


def parts(text: str) -> list[str]:
    """What a text consists of: its sentences, and of one that lists many short things each of them."""
    found: list[str] = []
    for start, end in sentences(text):
        items = [item.strip() for item in BETWEEN_ITEMS.split(text[start:end]) if item.strip()]
        is_list = len(items) >= LISTED and end - start < SHORT * len(items)
        found += items if is_list else [text[start:end]]
    return found


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence (or sentences) in which a span stands."""
    around = [(left, right) for left, right in sentences(text) if left < end and right > start]
    return (around[0][0], max(around[-1][1], end)) if around else (start, end)


def names(text: str) -> list[tuple[int, int]]:
    """Character spans of the capitalised names, without a leading word that is only capitalised for starting a sentence."""
    spans = []
    for match in NAME.finditer(text):
        start, end = match.span()
        while (first := WORD.match(text, start)) and text[first.end() : end][:1].isspace() and first[0].lower() in STOPWORDS:
            start = first.end() + len(text[first.end() : end]) - len(text[first.end() : end].lstrip())
        piece = re.sub(r"['’]s$", "", text[start:end].rstrip("'’&-"))
        if piece and normalise(piece) not in STOPWORDS:
            spans.append((start, start + len(piece)))
    return spans


def _abbreviated(text: str, dot: int) -> bool:
    before = re.search(r"(\w+)$", text[max(0, dot - 12) : dot])
    return bool(before and text[dot] == "." and (before[1].lower() in ABBREVIATIONS or re.fullmatch(r"[^\W\d_]", before[1])))
