"""What a perfect model would say to each of the three frameworks: it knows every plan, and an answer if its evidence is shown.

So the frameworks differ in what they ask and in what they show, not in luck. It answers a question only if, for each of its
steps, the sentence that says so stands in the prompt (or an earlier answer to that step).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from agentic_rag.demo import demo_passages, demo_questions
from agentic_rag.testing.ollama import Behaviour, OllamaRequest, count_tokens
from agentic_rag.text import sentences

READ, WRITTEN = 4000.0, 100.0
"""Tokens a second that the server reads and writes, as a model of some billion parameters does on a small GPU."""
UNKNOWN = "I don't know."
PLANS: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "demo-13": (
        "last",
        [
            ("Who was the architect of Saltgate Bridge?", "Maren Tolquist", "saltgate-bridge"),
            ("In which year was #1 born?", "1748", "maren-tolquist"),
        ],
    ),
    "demo-14": (
        "last",
        [
            ("Which engineer designed Loomgate Bridge?", "Corvin Hadlesey", "loomgate-bridge"),
            ("Where was #1 born?", "Tuvel Hythe", "corvin-hadlesey"),
        ],
    ),
    "demo-15": (
        "last",
        [
            ("Who designed Corrow Viaduct?", "Isaura Pennick", "corrow-viaduct"),
            ("Under which engineer did #1 serve an apprenticeship?", "Corvin Hadlesey", "isaura-pennick"),
        ],
    ),
    "demo-16": (
        "last",
        [
            ("Who wrote the words of the Song of the Ninth Lantern?", "Ondra Veskin", "song-of-the-ninth-lantern"),
            ("What did the father of #1 do for a living?", "netmaker", "ondra-veskin"),
        ],
    ),
    "demo-17": (
        "last",
        [
            ("Which company built the Star of Drevanny?", "Tollard and Finch", "star-of-drevanny"),
            ("When was #1 founded?", "1839", "tollard-and-finch"),
        ],
    ),
    "demo-18": (
        "last",
        [
            ("Who founded Teskel Distillery?", "Ruan Sollow", "teskel-distillery"),
            ("What job did #1 have before he went into business?", "peat cutter", "ruan-sollow"),
        ],
    ),
    "demo-19": (
        "last",
        [
            ("Which building houses the Drevanny Museum?", "Orlisk Customs House", "drevanny-museum"),
            ("In what year was #1 completed?", "1803", "orlisk-customs-house"),
        ],
    ),
    "demo-20": (
        "last",
        [
            ("Which botanist first described the Drevanny sunwort?", "Nairne Callowby", "drevanny-sunwort"),
            ("Whom did #1 marry?", "Ottokar Prenn", "nairne-callowby"),
        ],
    ),
    "demo-21": (
        "last",
        [
            ("Who designed Garrel Light?", "Anselm Dray", "garrel-light"),
            ("Of what illness did #1 die?", "marsh fever", "anselm-dray"),
        ],
    ),
    "demo-22": (
        "last",
        [
            ("Which river flows under Loomgate Bridge?", "River Tavrin", "loomgate-bridge"),
            ("How long is #1?", "27 kilometres", "river-tavrin"),
        ],
    ),
    "demo-23": (
        "last",
        [
            ("Who painted the Veskin Library murals?", "Benedek Rowle", "veskin-library"),
            ("Who was the teacher of #1?", "Hesper Lunt", "benedek-rowle"),
        ],
    ),
    "demo-24": (
        "highest",
        [
            ("How long is Saltgate Bridge?", "142 metres", "saltgate-bridge"),
            ("How long is Loomgate Bridge?", "96 metres", "loomgate-bridge"),
        ],
    ),
    "demo-25": (
        "lowest",
        [
            ("When was Ondra Veskin born?", "1862", "ondra-veskin"),
            ("When was Teodor Marrick born?", "1858", "teodor-marrick"),
        ],
    ),
    "demo-26": (
        "highest",
        [
            ("How long was the Star of Drevanny?", "61 metres", "star-of-drevanny"),
            ("How long was the Star of Orlisk?", "54 metres", "star-of-orlisk"),
        ],
    ),
    "demo-27": (
        "highest",
        [
            ("For how many years did Dorrit Arkwyn keep Garrel Light?", "34 years", "dorrit-arkwyn"),
            ("For how many years did Emeric Sollow keep Garrel Light?", "39 years", "emeric-sollow"),
        ],
    ),
    "demo-28": (
        "lowest",
        [
            ("When was the Hulvergarth Slate Works founded?", "1833", "hulvergarth-slate-works"),
            ("When was the Hallick Salt Company founded?", "1764", "hallick-salt-company"),
        ],
    ),
    "demo-29": (
        "highest",
        [
            ("How many people died in the Ropewalk Fire?", "4 people", "ropewalk-fire"),
            ("How many people died in the Tavrin Flood?", "31 people", "tavrin-flood"),
        ],
    ),
    "demo-30": (
        "highest",
        [
            ("When did the Veskin Library open?", "1936", "veskin-library"),
            ("When was Teskel Observatory founded?", "1926", "teskel-observatory"),
        ],
    ),
}
"""How the complex questions of the demo are worked out: how the answers combine, and each step with its answer and passage."""


@dataclass(frozen=True)
class Step:
    """A question that one sentence answers."""

    text: str
    answer: str
    evidence: str


@dataclass(frozen=True)
class Known:
    """A question of the benchmark with the steps that lead to its answer."""

    id: str
    text: str
    answers: list[str]
    combine: str
    steps: list[Step]

    @property
    def simple(self) -> bool:
        return len(self.steps) == 1

    @property
    def worked_out(self) -> list[str]:
        """The steps as written in a plan: an earlier answer is #1."""
        return [text for text, _, _ in PLANS[self.id][1]] if not self.simple else [self.text]

    @property
    def side_by_side(self) -> list[str]:
        """The steps for a planner that knows no order: what needs an earlier answer is asked as the whole question."""
        return [text if "#" not in text else self.text for text in self.worked_out]

    def answer(self, asked: str, shown: str) -> str:
        """To the question, or to one of its steps: what can be said from what is shown."""
        known = [step.evidence in shown or f"Response: {step.answer}" in shown for step in self.steps]
        if asked == self.text:
            return self.answers[0] if all(known) else UNKNOWN
        return next(
            (step.answer if there else UNKNOWN for step, there in zip(self.steps, known, strict=True) if step.text == asked),
            UNKNOWN,
        )


def sentence_with(text: str, answer: str) -> str:
    return next(" ".join(text[a:b].split()) for a, b in sentences(text) if answer in text[a:b])


def questions() -> list[Known]:
    """The demo's simple, bridge and comparison questions."""
    texts, found = {one.id: one.text for one in demo_passages()}, []
    for row in demo_questions():
        if row["type"] == "single":
            said = next(answer for answer in row["answers"] if answer in texts[row["gold"][0]])
            steps, combine = [(row["question"], said, row["gold"][0])], "read"
        elif row["id"] in PLANS:
            combine, steps = PLANS[row["id"]]
        else:
            continue
        filled = [text.replace("#1", steps[0][1]) for text, _, _ in steps]
        known = [
            Step(text, answer, sentence_with(texts[passage], answer))
            for text, (_, answer, passage) in zip(filled, steps, strict=True)
        ]
        found.append(Known(row["id"], row["question"], row["answers"], combine, known))
    return found


class Oracle:
    """A script for the double of an Ollama server. A call takes as long as its tokens."""

    def __init__(self, known: list[Known]) -> None:
        self.by_text = {text: one for one in known for text in [step.text for step in one.steps]} | {
            one.text: one for one in known
        }
        self.written = 0

    def __call__(self, request: OllamaRequest) -> Behaviour:
        shown = " ".join(request.text.split())
        wanted = request.format if isinstance(request.format, dict) else {}
        said = self.fields(wanted["properties"], shown) if wanted else self.prose(request.text, shown)
        self.written += count_tokens(said)
        return replace(Behaviour.says(said), seconds=count_tokens(request.text) / READ + count_tokens(said) / WRITTEN)

    def asked(self, shown: str) -> str:
        """The question that comes last in the prompt."""
        places = {text: shown.rfind(text) for text in self.by_text}
        last = max(places.values())
        return max((text for text, place in places.items() if place == last), key=len)

    def fields(self, wanted: dict[str, Any], shown: str) -> str:
        """A reply under a schema: our roles, and the graders of the tutorial's flow."""
        asked = self.asked(shown)
        known = self.by_text[asked]
        told = [step.evidence for step in known.steps if step.evidence in shown]
        answer, unknown = known.answer(asked, shown), UNKNOWN in shown
        parts = re.split(r"\[\d+\] ", shown.partition("Question: ")[0])[1:]
        right = [*known.answers, *(step.answer for step in known.steps)]
        replies: dict[str, dict[str, Any]] = {
            "label": {"label": "simple" if known.simple else "complex"},
            "sub_questions": {
                "sub_questions": [{"text": text, "subagent": "hybrid"} for text in known.worked_out],
                "combine": known.combine,
            },
            "helps": {"helps": ["yes" if any(step.evidence in one for step in known.steps) else "no" for one in parts]},
            "answer": {"answer": "", "quotes": []} if answer == UNKNOWN else {"answer": answer, "quotes": told},
            "verdict": {"verdict": "supported" if any(f"Proposed answer: {one}" in shown for one in right) else "unclear"},
            "datasource": {"datasource": "vectorstore"},
            "relevant": {"relevant": "yes" if told else "no"},
            "grounded": {"grounded": "no" if unknown else "yes"},
            "useful": {"useful": "no" if unknown else "yes"},
        }
        return json.dumps(next(reply for name, reply in replies.items() if name in wanted))

    def prose(self, text: str, shown: str) -> str:
        """A reply in free words: LlamaIndex, and the tutorial's generation and rewriting."""
        asked = self.asked(shown)
        known = self.by_text[asked]
        if "Some choices are given below" in text:
            return json.dumps([{"choice": 1 if known.simple else 2, "reason": "It fits the question best."}])
        if "output a list of relevant sub-questions" in text:
            items = [{"sub_question": one, "tool_name": "passages"} for one in known.side_by_side]
            return f"```json\n{json.dumps({'items': items}, indent=4)}\n```"
        if "Rewrite the question" in text:
            return asked
        return known.answer(asked, shown)
