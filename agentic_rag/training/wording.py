"""Other ways to put a question in plain words, so that a router learns what is asked and not how.

The ways in `TRAINED` and `UNSEEN` share nothing: whether a router minds a wording can only be seen with one that is new to it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """Other ways to put the same question: patterns with what may stand instead, words before and after it, talk in front."""

    instead: Sequence[tuple[str, list[str]]]
    before: list[str]
    after: list[str]
    openings: list[str]
    turns: list[str]

    def rephrased(self, text: str, chance: random.Random) -> str:
        """By the first pattern that fits; else as it is."""
        for pattern, choices in self.instead:
            if re.search(pattern, text):
                return re.sub(pattern, chance.choice(choices), text, count=1)
        return text

    def addressed(self, text: str, chance: random.Random) -> str:
        return f"{chance.choice(self.before)} {text}" if chance.random() < 0.7 else f"{text} {chance.choice(self.after)}"

    def surrounded(self, text: str, chance: random.Random) -> str:
        return f"{chance.choice(self.openings)} {chance.choice(self.turns)} {text}"


TRAINED = Wording(
    instead=[
        (r"^who (?=is |was |are |were )", ["which person ", "what person ", "tell me who "]),
        (r"^who ", ["which person ", "what is the name of the person who ", "who is it that "]),
        (r"^when (?=did |was |is |were |does )", ["in what year ", "on which date ", "in which year "]),
        (r"^where (?=did |was |is |were |does )", ["in which place ", "at what place ", "whereabouts "]),
        (r"^how many ", ["what number of "]),
        (r"^what (?:is|was|are|were) the name of ", ["name ", "what is the exact name of ", "what do people call "]),
        (r"^what (?:is|was) the ", ["name the ", "give me the ", "what's the ", "the "]),
        (r"^which (?=\w+ (?:is|was|are|were|did|does|do|has) )", ["what "]),
        (r"^what (?=\w+ (?:is|was|are|were|did|does|do|has) )", ["which "]),
        (r"^(in|on|at|from) which ", [r"\1 what "]),
        (r"^(in|on|at|from) what ", [r"\1 which "]),
    ],
    before=[
        *("do you know", "tell me", "please tell me", "can you tell me", "could you tell me", "i would like to know", "please"),
        *("i want to know", "any idea", "just wondering", "so", "hello", "my question is", "find out", "i need to know"),
    ],
    after=[
        *("please", "thanks", "thank you", "do you know", "if you know", "according to the documents", "as far as you know"),
        *("exactly", "i forgot", "tell me", "in short", "to the best of your knowledge"),
    ],
    openings=[
        *("i am writing a short text for school", "my friend and i were talking last night", "this came up in a quiz"),
        *("i read about it a while ago", "we are preparing a trip", "my teacher mentioned it today", "i am new to this"),
        *("sorry to bother you again", "this may be an easy one", "it has been on my mind since this morning"),
    ],
    turns=[
        *("and one thing is missing", "but nobody could remember", "and i did not get the answer", "so i thought i would ask"),
        *("and i cannot stop thinking about it", "and i would be glad to have it right", "and i have a bet on it", "so"),
    ],
)
UNSEEN = Wording(
    instead=[
        (r"^who (?=is |was |are |were )", ["can you name who "]),
        (r"^who ", ["what was the person called who "]),
        (r"^when ", ["at which point in time "]),
        (r"^where ", ["in what location "]),
        (r"^how many ", ["what is the total number of "]),
        (r"^what (?:is|was) the ", ["identify the "]),
        (r"^which ", ["what exact "]),
        (r"^what ", ["what exact "]),
        (r"^", ["we wonder about this "]),
    ],
    before=["would you happen to know", "let me know", "i wonder", "kindly say", "we are trying to work out", "hi there"],
    after=["many thanks in advance", "if you happen to remember", "could you look that up", "that is what i ask myself"],
    openings=["there was a programme about it on television", "before the meeting starts i have to fill a gap", "good evening"],
    turns=["and people gave me three different answers", "but my notes are incomplete", "here is what puzzles me"],
)
"""For judging only: none of these is ever trained on."""
