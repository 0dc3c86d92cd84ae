"""What encyclopedic passages say of their subject in a set form, and how that is asked for.

When someone was born and where, who directed a film, in which country a village lies: relations as in distant supervision (Mintz
et al. 2009), with questions by templates as in zero-shot relation extraction (Levy et al. 2017, arXiv 1706.04115).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agentic_rag.comparison import COUNTRIES
from agentic_rag.grammar import PLACES, is_person
from agentic_rag.quantities import MONTHS, Spotted, moments
from agentic_rag.specialists.links import named
from agentic_rag.text import NAME, sentences, table
from agentic_rag.training.cloze import ENDS, IS, KIND, SUBJECT, Entry


@dataclass(frozen=True, slots=True)
class Relation:
    """How it is said, with the value in a group of that name, and how it is asked for; `{}` stands for the subject.

    `noun` is what the value is to the subject, so that a question may go on from there.
    """

    said: re.Pattern[str]
    asked: tuple[str, ...]
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a passage says of its subject: the value's place, and how it is asked for."""

    relation: str
    start: int
    end: int
    asked: tuple[str, ...]
    noun: str = ""


BOUNDARY = r"\b"
MONTH = "|".join(month.capitalize() for month in MONTHS)


def said(pattern: str) -> re.Pattern[str]:
    """With NAME for a name that is no month, which is the value."""
    return re.compile(pattern.replace("NAME", rf"(?P<value>(?!(?:{MONTH})\b){NAME.pattern.removeprefix(BOUNDARY)})"))


THE = r"(?:the )?(?:(?!(?:and|in|at|of|from|on|near|by|to|with|for)\b)[a-z]+ ){0,3}"
WOMAN = r"(?:the )?(?:[a-z-]+ ){0,3}?(?:[a-z]+ess|Queen|Princess|Lady|Empress|Countess|Duchess)\b"
BY = r"(?:the )?(?:(?:[A-Z][a-z-]+ )?(?:[a-z-]+ )+)?"
"""Who someone is, before the name: "by the American singer"."""
PERSON = {
    "birthplace": Relation(
        said(r"\bborn (?:[^.;()]{0,40}? )??(?:in|at) NAME"),
        ("Where was {} born?", "What is the place of birth of {}?", "In which city was {} born?", "{} was born in what place?"),
    ),
    "death place": Relation(
        said(r"\bdied (?:[^.;()]{0,40}? )??(?:in|at) (?:the )?NAME"),
        (
            "Where did {} die?",
            "What is the place of death of {}?",
            "Where was the place of death of {}?",
            "{} died in what place?",
        ),
    ),
    "burial": Relation(
        said(r"\b(?:buried|interred) (?:in|at) (?:the )?NAME"),
        ("Where is {} buried?", "What is the place of burial of {}?", "Where was the place of burial of {}?"),
    ),
    "father": Relation(
        said(rf"\b(?:son|daughter|child) of (?!{WOMAN}){THE}NAME"),
        ("Who is {}'s father?", "Who was the father of {}?", "Who is the father of {}?", "{} is the child of whom?"),
        "father",
    ),
    "mother": Relation(
        said(rf"\b(?:son|daughter|child) of (?!{WOMAN})[^,.;()]{{3,60}}? and (?:his (?:\w+ )?wife,? )?NAME"),
        ("Who is {}'s mother?", "Who was the mother of {}?", "Who is the mother of {}?"),
        "mother",
    ),
    "husband": Relation(
        said(rf"\b(?:wife|widow) of {THE}NAME"),
        ("Who is {}'s husband?", "Who was the husband of {}?", "Who is the spouse of {}?"),
        "husband",
    ),
    "spouse": Relation(
        said(rf"\b(?:married(?: to)?|husband of) {THE}NAME"),
        ("Who is {}'s spouse?", "Who was the wife of {}?", "Who was {} married to?", "Who did {} marry?"),
        "spouse",
    ),
    "education": Relation(
        said(
            r"\b(?:(?:studied|educated|education)(?: [a-z]+){0,3} at|graduated from|attended|degree (?:[a-z]+ )*from) "
            r"(?:the )?NAME"
        ),
        ("Where did {} study?", "Where was {} educated?", "Where did {} graduate from?", "Which school did {} attend?"),
    ),
    "employer": Relation(
        said(r"\b(?:work(?:s|ed)(?: as [a-z ]+)?|professor(?: of [a-z ]+)?) (?:at|for) (?:the )?NAME"),
        ("Where does {} work?", "Where did {} work at?", "Who is the employer of {}?"),
    ),
    "award": Relation(
        said(r"\b(?:won|received|awarded|recipient of|winner of) (?:the |an? )(?:[0-9]{4} )?NAME"),
        ("Which award did {} win?", "What award did {} receive?", "Which award {} earned?", "What did {} win?"),
    ),
    "cause of death": Relation(
        said(
            r"\b(?:died|death) (?:of|from) (?:an? |the )?(?P<value>(?!(?:the|his|her|their|its)\b)[a-z]+(?: [a-z]+)?)"
            r"(?=[,.;]| in\b| on\b| at\b)"
        ),
        ("What was the cause of death of {}?", "What did {} die of?", "Why did {} die?"),
    ),
    "team": Relation(
        said(r"\b(?:plays|played|playing)(?: [a-z-]+){0,4} (?:for|with) (?:the )?NAME"),
        ("Which team did {} play for?", "What team does {} play for?", "{} played for which team?"),
    ),
    "member": Relation(
        said(r"\b(?:member|leader|singer|guitarist|drummer|bassist|founder|co-founder) of (?:the )?(?:[a-z-]+ ){0,4}NAME"),
        ("What is {} a member of?", "Which group does {} belong to?", "Which band is {} in?"),
    ),
}
WORK = {
    "director": Relation(
        said(r"\bdirected(?:,? (?:and )?[a-z-]+){0,3} by NAME"),
        ("Who directed {}?", "Who is the director of {}?", "Who was the director of film {}?", "{} was directed by whom?"),
        "director",
    ),
    "writer": Relation(
        said(rf"\bwritten(?:,? (?:and )?[a-z-]+){{0,3}} by {BY}NAME"),
        ("Who wrote {}?", "Who is the author of {}?", "Who was the writer of {}?", "{} was written by whom?"),
        "writer",
    ),
    "producer": Relation(
        said(r"\bproduced(?:,? (?:and )?[a-z-]+){0,3} by NAME"),
        ("Who produced {}?", "Who is the producer of {}?", "{} was produced by whom?"),
        "producer",
    ),
    "composer": Relation(
        said(r"\b(?:(?:[Mm]usic|score|soundtrack)(?: [a-z]+){0,3} by|composed by|scored by) NAME"),
        ("Who composed the music of {}?", "Who is the composer of {}?", "Who was the composer of film {}?"),
        "composer",
    ),
    "performer": Relation(
        said(rf"\b(?:song|single|album|EP|mixtape|record)(?: (?:recorded|performed|released|written and recorded))? by {BY}NAME"),
        ("Who performed {}?", "Who is the performer of song {}?", "Who is the performer of {}?", "Which artist recorded {}?"),
        "performer",
    ),
    "star": Relation(
        said(r"\b(?:starring|stars) NAME"),
        ("Who stars in {}?", "Who is the star of {}?", "Which actor plays in {}?"),
        "star",
    ),
    "publisher": Relation(
        said(r"\bpublished (?:[a-z]+ )?by (?:the )?NAME"),
        ("Who published {}?", "Who is the publisher of {}?", "Which company published {}?"),
        "publisher",
    ),
}
OTHER = {
    "place": Relation(
        said(
            r"\b(?!based on)(?:located|situated|based|headquartered|village|town|city|municipality|district|lies) "
            r"(?:in|at|on|near) (?:the )?NAME"
        ),
        ("Where is {}?", "Where is {} located?", "In which place is {}?", "What is the location of {}?", "{} is in what place?"),
    ),
    "founder": Relation(
        said(r"\b(?:founded|established|created|started)(?: in [0-9]{4})? by (?:the )?(?:[a-z]+ ){0,3}NAME"),
        ("Who founded {}?", "Who is the founder of {}?", "Who was {} founded by?"),
        "founder",
    ),
    "owner": Relation(
        said(r"\b(?:owned|operated|run)(?: and [a-z]+)? by (?:the )?NAME"),
        ("Who owns {}?", "Who is the owner of {}?", "Which company owns {}?"),
        "owner",
    ),
    "namesake": Relation(
        said(r"\bnamed (?:after|for|in honou?r of) (?:the )?(?:[a-z]+ ){0,2}NAME"),
        ("Who is {} named after?", "What is {} named after?", "After whom was {} named?"),
        "namesake",
    ),
    "population": Relation(
        said(r"\bpopulation (?:of |was |is )(?:about |around |approximately )?(?P<value>\d[\d,.]*\d)"),
        ("What is the population of {}?", "How many people live in {}?", "What was the population of {}?"),
    ),
}
RELEASED = (
    "When was {} released?",
    "When did {} come out?",
    "What is the publication date of {}?",
    "In which year was {} released?",
)
ORIGIN = ("Which country is {} from?", "What is the country of origin of {}?", "Where is {} from?")
NATIONALITY = (
    "What nationality is {}?",
    "What is the nationality of {}?",
    "Which country is {} from?",
    "What is {}'s nationality?",
)
BORN = ("When was {} born?", "What is the date of birth of {}?", "What is {}'s birthday?", "What is {}'s date of birth?")
DIED = ("When did {} die?", "What is the date of death of {}?", "What was {}'s date of death?", "{} died on what date?")
LIVED = ("How long did {} live?", "From when to when did {} live?", "What were the dates of {}'s life?")
WAS_BEGUN = ("When was {} VERB?", "In which year was {} VERB?", "What is the date on which {} was VERB?")
DOES = ("What is the occupation of {}?", "What is {}'s profession?", "What did {} do for a living?", "What was {}'s job?")
COUNTRY = (
    "Which country is {} in?",
    "In which country is {}?",
    "Which country is {} located in?",
    "What country does {} lie in?",
)
BEGUN = re.compile(r"\b(founded|established|opened|built|formed|created|launched|completed|inaugurated)\b (?:in|on) ")
OUT = re.compile(r"\breleased (?:[a-z]+ ){0,3}?(?:on|in) ")
LISTED = re.compile(rf"\b(?:in|of) (?:the )?(?:{NAME.pattern}, )+(?:in )?(?:the )?(?P<value>{NAME.pattern})\s*(?:\.|$)")
STATES = re.compile(
    r"(?:(?:New|North|South|West|British|Nova|Western|Northern|Prince) )?(?:York|Jersey|Hampshire|Mexico|Carolina|Dakota|Virginia"
    r"|Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas"
    r"|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|Ohio|Oklahoma"
    r"|Oregon|Pennsylvania|Tennessee|Texas|Utah|Vermont|Washington|Wisconsin|Wyoming|Ontario|Quebec|Alberta|Manitoba|Columbia"
    r"|Brunswick|Scotia|Saskatchewan|Queensland|Victoria|South Wales|Tasmania|Territory|County)(?: State| County)?"
    r"|(?:South|Western) Australia"
)
"""What stands where a country would, and is none."""
OF_KIN = re.compile(r"\b(?:married|wife|husband|whom|student|grand\w+|mother|father|brother|sister)\b(?!.* and )", re.DOTALL)
"""Somebody else, whose parents are told next: "he married Ada, the daughter of"."""
PART = re.compile(r"\b(?:United|North|South|East|West|New|Northern) $")
"""Of the name of a country."""
KIN = frozenset(table("son daughter brother sister wife husband mother father child widow member one cousin nephew niece"))


def facts(entry: Entry) -> Iterator[Fact]:
    """What a passage says of its subject in its first sentence, and in those that begin with the subject or stand for it."""
    text, head = entry.passage.text, entry.kind.split()[-1]
    own = re.compile(re.escape(entry.name))
    places = [
        place for at, place in enumerate(sentences(text)) if not at or SUBJECT.match(text, place[0]) or own.match(text, place[0])
    ]
    person = is_person(head)
    yield from of_kind(entry, person)
    if person:
        yield from of_life(text[: places[0][1]] if places else "")
    relations = PERSON if person else {**WORK, **OTHER}
    for name, relation in relations.items():
        for begin, end in places:
            match = relation.said.search(text, begin, end)
            if match and name in ("father", "mother") and OF_KIN.search(text, begin, match.start()):
                break
            if match:
                start, stop = match.start("value"), match.start("value") + len(match["value"].split(" and ")[0])
                if text[start:stop].lower() not in named(entry.passage) and ENDS.match(text, match.end("value")):
                    yield Fact(name, start, stop, relation.asked, relation.noun)
                break
    if not person:
        yield from of_times(entry, places)


def of_kind(entry: Entry, person: bool) -> Iterator[Fact]:
    """From what its first sentence says that the subject is: "an Irish-born judge", "a 1915 Swedish drama film"."""
    text = entry.passage.text
    start = IS.search(text, 0, 300)
    found = KIND.match(text, start.end()) if start else None
    if not found:
        return
    at = found.start(1)
    for match in re.finditer(r"[^\s]+", found[1]):
        word, begin = match[0], at + match.start()
        if re.fullmatch(r"\d{4}", word) and not person:
            yield Fact("release", begin, begin + 4, RELEASED)
        elif word[0].isupper():
            if word.lower() in COUNTRIES:
                part = PART.search(found[1], 0, match.start())
                whole = begin - len(part[0]) if part else begin
                end = begin + len(word)
                if not STATES.fullmatch(text[whole:end]) and not re.match(r"\s+Americans?\b", text[end:]):
                    yield Fact("country", whole, end, NATIONALITY if person else ORIGIN)
        else:
            job = re.match(r"(?:(?!who)[\w-]+ ?)+", text[begin : found.end(1)])
            if person and job and job[0].split()[-1] not in KIN:
                yield Fact("occupation", begin, begin + len(job[0].rstrip()), DOES)
            return


def of_life(sentence: str) -> Iterator[Fact]:
    """The dates in the first brackets: born, died, both."""
    brackets = re.search(r"\(([^()]*)\)", sentence)
    if not brackets:
        return
    dates = [Spotted(one.start + brackets.start(1), one.end + brackets.start(1), one.value) for one in moments(brackets[1])]
    if dates and (len(dates) == 2 or re.search(r"\bborn\b|\bb\.", brackets[1])):
        yield Fact("birth", dates[0].start, dates[0].end, BORN)
    if len(dates) == 2 and re.search(r"[–—-]", sentence[dates[0].end : dates[1].start]):
        yield Fact("death", dates[1].start, dates[1].end, DIED)
        yield Fact("life", dates[0].start, dates[1].end, LIVED)


def of_times(entry: Entry, places: Sequence[tuple[int, int]]) -> Iterator[Fact]:
    """When a thing began or came out, and in which country a place lies."""
    text = entry.passage.text
    for begin, end in places:
        for relation, pattern in (("beginning", BEGUN), ("release", OUT)):
            match = pattern.search(text, begin, end)
            dates = [one for one in moments(text[match.end() : end]) if not one.start] if match else []
            if match and dates:
                asked = RELEASED if pattern is OUT else tuple(one.replace("VERB", match[1]) for one in WAS_BEGUN)
                yield Fact(relation, match.end(), match.end() + dates[0].end, asked)
    is_place = set(entry.kind.split()) & PLACES
    match = LISTED.search(text, *places[0]) if is_place and places else None
    if match and not STATES.fullmatch(match["value"]) and match["value"].split()[-1].lower() in COUNTRIES:
        yield Fact("land", *match.span("value"), COUNTRY)
