"""Closed tables and small tests of English that several roles share. General words only, no names."""

from __future__ import annotations

import re

from agentic_rag.text import table, words

LONGEST_QUESTION = 2000
"""Characters; the grammar of a longer text is not looked at."""
MODALS = frozenset(table("can could will would should may might"))
AUXILIARIES = MODALS | frozenset(table("is are was were do does did has have had"))
SINGULAR = {"are": "is", "were": "was", "do": "does", "have": "has"}
WH = frozenset(table("who whom whose what which when where why how"))
PERSONS = frozenset(
    table("""
    person man woman boy girl people father mother son daughter wife husband spouse brother sister uncle aunt nephew niece cousin
    grandfather grandmother grandson granddaughter stepfather stepmother king queen prince princess duke duchess emperor empress
    pope bishop saint architect poet captain chef monarch athlete president politician artist student pilot knight priest
    widow actress heiress countess baroness
    ancestor heir coach guitarist drummer star spy mathematician child parent sibling pupil apprentice curator chief
    predecessor successor god goddess who whom whose""")
)
PERSON_SUFFIXES = ("er", "or", "ist", "ian", "eer", "smith", "wright", "woman", "man", "star")
NOT_PERSONS = frozenset(
    table("""
    river tower number water power paper letter chapter border order summer winter theater theatre center quarter computer
    newspaper manor harbor harbour motor color colour floor door error major minor former latter other another after over under
    ever never whether either neither later earlier older younger larger longer shorter taller higher lower greater smaller
    fewer better faster slower wider narrower heavier lighter stronger weaker warmer colder cooler hotter newer nearer richer
    poorer cheaper shallower thicker thinner steeper denser
    bigger deeper closer further farther gender character chamber layer corner offer answer matter weather feather leather
    cover silver copper parameter diameter kilometer meter disaster poster for master cluster member sponsor factor sector
    vector calendar cancer fever manner dinner wonder danger finger flower shower december november october september
    hunger corridor interior exterior mirror horror terror humor humour armor armour labor labour""")
)
PLACES = frozenset(
    table("""
    place city town village country state province county region district island continent birthplace hometown street location
    nation capital municipality borough parish neighbourhood neighborhood suburb area valley kingdom""")
)
RELATIONS = frozenset(
    table("""
    capital birthplace hometown alma-mater headquarters label country state province county city continent currency
    successor predecessor employer club team band university school""")
)
"""Nouns that lead from one thing to another ("the capital of ..."); with the persons, they open a chain."""
IRREGULAR = dict(
    pair.split("=")
    for pair in table("""
    came=come began=begin won=win went=go made=make got=get became=become ran=run wrote=write kept=keep held=hold
    took=take built=build died=die sold=sell led=lead left=leave met=meet grew=grow fought=fight flew=fly rose=rise fell=fall
    lost=lose drew=draw sang=sing spent=spend gave=give bore=bear had=have has=have sank=sink stood=stand lived=live saw=see
    owned=own tied=tie used=use chose=choose broke=break spoke=speak""")
)
STEMS = dict(
    entry.split("=")
    for entry in table("""
    nam=name rul=rule complet=complete chang=change merg=merge vot=vote premier=premiere add=add author=author
    sponsor=sponsor honor=honor compet=compete contribut=contribute resid=reside presid=preside provid=provide promot=promote
    invit=invite includ=include""")
)
"""Verbs of which no rule tells what -ed was put behind."""
VERBS = (
    frozenset(IRREGULAR)
    | frozenset(IRREGULAR.values())
    | frozenset(
        table("""
    born marry serve work live play attend study die start end found direct join belong compete create write win move
        stop open close host rule govern located based known set situated headquartered found do have be is was are were does
        did has had come go stand lie hold represent receive graduate""")
    )
)


def asks_whether(question: str) -> bool:
    """May it be answered by yes or no? Not if it asks who, what or when, unless within another question."""
    asked = words(question)
    return not asked or asked[0] in AUXILIARIES or WH.isdisjoint(asked)


def is_person(noun: str) -> bool:
    """Whether a common noun names a person, by table and by ending."""
    noun = noun.lower()
    single = noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun
    if single in PERSONS or noun in PERSONS:
        return True
    return len(single) > 4 and single.endswith(PERSON_SUFFIXES) and single not in NOT_PERSONS


def is_verb(word: str) -> bool:
    """Whether a lower-case word looks like a verb: by table, or a past form in -ed."""
    return word in VERBS or (len(word) > 4 and word.endswith("ed"))


def may_be_verb(word: str) -> bool:
    """Where a verb is to be expected: also in the third person, and any lower-case word that ends like one ("shares")."""
    return is_verb(word) or is_verb(base(word)) or bool(re.fullmatch(r"[a-z]{2,}[^s\W]s", word))


def base(verb: str) -> str:
    """The form that follows "did": "opened" -> "open", "came" -> "come"; what is not recognised stays as it is."""
    if verb in IRREGULAR:
        return IRREGULAR[verb]
    if verb.endswith("ied"):
        return verb[:-3] + "y"
    if not verb.endswith("ed") or len(verb) < 5:
        return verb[:-2] if verb.endswith(("ches", "shes", "sses")) else verb[:-1] if re.search(r"[^su]s$", verb) else verb
    short = verb[:-2]
    if short in STEMS:
        return STEMS[short]
    if short[-1] == short[-2] and short[-1] not in "ls":
        return short[:-1]
    return short + "e" if re.search(r"([aeiou][scvzg]|[rln][svc]|dg|at|(?<![aeo])[aiou]r|u|bl|ys)$", short) else short


def tidy(question: str) -> str:
    """One line, single spaces, without the question mark."""
    return " ".join(question.split()).rstrip(" ?!.:")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
