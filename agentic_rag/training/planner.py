"""The planner's recipe: where in a question its written decomposition stands, and which kind of plan it is.

Spans come from MuSiQue, 2WikiMultihopQA and BREAK by `alignment`; every state of a chain is an example, so that the tagger is
asked again about what is left. Other questions say only their kind. Two things that HotpotQA compares are found by grammar.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from agentic_rag.baselines.pairs import find_pair
from agentic_rag.evaluation.statistics import Estimate, bootstrap, bootstrap_of
from agentic_rag.pairs import trimmed
from agentic_rag.phrasing import spelled_kinship
from agentic_rag.specialists.grader import CrossEncoderGrader
from agentic_rag.specialists.network import Adapted, Heads
from agentic_rag.specialists.planner import HEADS, KINDS, SpanPlanner, row_of
from agentic_rag.specialists.reader import SpanReader
from agentic_rag.specialists.rows import Row
from agentic_rag.text import lowered
from agentic_rag.training.alignment import Aligned, content, sides, unfolded
from agentic_rag.training.data import hashed, lines
from agentic_rag.training.judging import Judged
from agentic_rag.training.loop import Example
from agentic_rag.training.reaching import SETS, Reach, Reached, headroom
from agentic_rag.training.relations import SOURCES as RELATION_SOURCES
from agentic_rag.training.relations import Question, compared_pairs, relation_questions
from agentic_rag.training.settings import Settings

CHAINS = frozenset(["select-project", "select-project-project"])
BOTH = frozenset(["select-filter", "select-select-intersection", "select-project-filter"])
SPARSE = 0.15
"""Share of the questions that come in lower case, as people type them."""
DRAWN = {"single": 4500, "chain": 2500, "comparison": 2500, "intersection": 1200}
"""At most so many questions of a kind whose spans are not known from a decomposition come in an epoch."""
RELATIONS, PAIRS = 2500, 1500
"""Questions about what passages say in a set form, and such that compare two things, that an epoch takes."""
THRESHOLDS = [0.0, 0.02, 0.1]
"""Those that `judge` tries."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A text, its kind of plan, and where its spans stand; none when only the kind is known."""

    text: str
    kind: str
    spans: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Marks:
    """What the heads should say: the kind, and the tokens at which the spans begin and end."""

    kind: int
    places: list[int]


@dataclass(frozen=True)
class PlannerRecipe:
    """`stores` is a folder with stores of the dev sets; with it, `judge` runs the searches of at most `questions` plans of each.

    `reader` fills in what earlier sub-questions found, from what `grader` puts first; without a reader, the answers of the
    written decomposition are taken.
    """

    data: Path
    tokenizer: Tokenizer
    seed: int = 0
    heads: Heads = HEADS
    stores: Path | None = None
    reader: SpanReader | None = None
    grader: CrossEncoderGrader | None = None
    questions: int = 150
    start: ClassVar[str] = "base"
    defaults: ClassVar[Settings] = Settings(epochs=2.5, rank=16, rate=1e-3, heads_rate=5e-3, batch=1024)
    sources: ClassVar[dict[str, str]] = {
        "musique/train": "CC BY 4.0",
        "musique/decompositions": "CC BY 4.0",
        "decomposition/2wiki_qa_pairs": "Apache-2.0",
        "decomposition/break_hl": "MIT",
        "decomposition/break_qdmr": "MIT",
        "hotpotqa/train": "CC BY-SA 4.0",
        "routing/questions": "CC BY-SA 3.0, CC BY-SA 4.0, CC BY 4.0, MIT, Apache-2.0, by source",
        **RELATION_SOURCES,
    }
    known_failures: ClassVar[list[str]] = [
        "relations that no word of the question names (the district of the place where someone was born) are not unfolded",
        "two conditions on one thing get a second look, not a question each",
        "chains whose links stand in two sentences, or around the question word, are seldom found",
        "English only: in other languages the question gets a second look",
    ]

    @cached_property
    def decomposed(self) -> list[Planned]:
        """Examples whose spans were found in the question."""
        return [planned for row in self._rows() for planned in labelled(row)]

    @cached_property
    def held(self) -> set[str]:
        """The questions on which kinds are measured."""
        return {hashed(row["question"]) for row in lines(self.data, "routing/questions.jsonl.gz") if row["split"] == "dev"}

    def _rows(self) -> Iterator[dict[str, Any]]:
        """Those with written steps."""
        yield from (row for row in self._decompositions() if hashed(row["question"]) not in self.held)

    def _decompositions(self) -> Iterator[dict[str, Any]]:
        for name in (
            "musique/decompositions",
            "decomposition/2wiki_qa_pairs",
            "decomposition/break_hl",
            "decomposition/break_qdmr",
        ):
            yield from lines(self.data, f"{name}.jsonl.gz")
        for row in lines(self.data, "musique/train.jsonl.gz"):
            yield {**row, "steps": [step["question"] for step in row["decomposition"]], "source": "musique"}

    @cached_property
    def sorted_by_kind(self) -> dict[str, list[Planned]]:
        """Questions of which only the kind is known, or what grammar finds."""
        found: dict[str, list[Planned]] = {kind: [] for kind in KINDS}
        for row in lines(self.data, "routing/questions.jsonl.gz"):
            if row["split"] == "train" and (planned := by_kind(row)):
                found[planned.kind].append(planned)
        for row in lines(self.data, "hotpotqa/train.jsonl.gz"):
            if row["type"] == "comparison" and hashed(row["question"]) not in self.held and (planned := by_kind(row)):
                found[planned.kind].append(planned)
        return found

    def examples(self, epoch: int) -> list[Example[Marks]]:
        chance = random.Random(f"planner {self.seed} {epoch}")
        chosen = list(self.decomposed)
        for kind, several in self.sorted_by_kind.items():
            chosen += chance.sample(several, min(DRAWN[kind], len(several)))
        chosen += [state for one in relation_questions(self.data, RELATIONS, chance) for state in states(one)]
        chosen += [planned for text, pair in compared_pairs(self.data, PAIRS, chance) if (planned := paired(text, pair))]
        made = (self.example(planned, lower=chance.random() < SPARSE) for planned in chosen)
        return [example for example in made if example is not None]

    def example(self, planned: Planned, *, lower: bool = False) -> Example[Marks] | None:
        text = lowered(planned.text) if lower else planned.text
        row = row_of(self.tokenizer, text)
        if row is None:
            return None
        places = [at for span in planned.spans for at in placed(row, span)]
        return Example(row, Marks(KINDS.index(planned.kind), places)) if len(places) == 2 * len(planned.spans) else None

    def loss(self, tokens: Tensor, pooled: Tensor, examples: Sequence[Example[Marks]]) -> Tensor:
        """Cross-entropy of the kind, and of each end of each span that is known, over the tokens of the text."""
        kinds = torch.tensor([example.label.kind for example in examples], device=pooled.device)
        loss = torch.nn.functional.cross_entropy(pooled, kinds)
        outside = torch.full(tokens.shape[:2], -1e4)
        for index, example in enumerate(examples):
            outside[index, 1 : len(example.row) - 1] = 0.0
        scores = tokens + outside.to(tokens.device).unsqueeze(-1)
        for head in range(tokens.shape[2]):
            known = [index for index, example in enumerate(examples) if len(example.label.places) > head]
            right = torch.tensor([examples[index].label.places[head] for index in known], device=tokens.device)
            if known:
                loss = loss + torch.nn.functional.cross_entropy(scores[known, :, head], right, reduction="sum") / len(examples)
        return loss

    def score(self, adapted: Adapted) -> float:
        """How often the first span of MuSiQue's dev questions is right."""
        return self._spans(SpanPlanner(adapted)).mean

    def judge(self, adapted: Adapted) -> Judged:
        """Kinds and first spans on dev questions; with `stores`, the share of the headroom that the plans' searches gain.

        The threshold is the best of three by that share, on the same questions that are reported.
        """
        planner = SpanPlanner(adapted)
        figures = {"kind_accuracy_routing_dev": self._kinds(planner), "first_span_exact_musique_dev": self._spans(planner)}
        if self.stores is None:
            return Judged(figures)
        follow = partial(Reach.open, data=self.data, questions=self.questions, reader=self.reader, grader=self.grader)
        reaching = [follow(self.stores / name, name=name) for name in SETS]
        best: tuple[float, float, list[list[Reached]]] | None = None
        for threshold in THRESHOLDS:
            tried = SpanPlanner(adapted, threshold=threshold)
            found = [reach(tried) for reach in reaching]
            gained = float(np.mean([headroom(np.array(reached)) for reached in found]))
            if best is None or gained > best[0]:
                best = gained, threshold, found
        assert best
        for name, reached in zip(SETS, best[2], strict=True):
            figures |= reach_figures(name, reached)
        return Judged(figures, {"threshold": best[1]})

    def _kinds(self, planner: SpanPlanner) -> Estimate:
        rows = [row for row in lines(self.data, "routing/questions.jsonl.gz") if row["split"] == "dev"]
        known = [planned for row in rows if (planned := by_kind(row))]
        some = random.Random(0).sample(known, min(len(known), 4 * self.questions))
        return bootstrap([planner.decide(planned.text).kind == planned.kind for planned in some])

    def _spans(self, planner: SpanPlanner) -> Estimate:
        right = []
        for row in lines(self.data, "musique/dev.jsonl.gz"):
            states = unfolded(row["question"], [step["question"] for step in row["decomposition"]])
            right += [planner.decide(state.text).spans == [state.span] for state in states[:1]]
        return bootstrap(right)


def states(made: Question) -> list[Planned]:
    """A question about two passages as it stands and with `#1` for its link; one about one passage as it stands."""
    text = spelled_kinship(made.case.question)
    if not made.link:
        return [Planned(text, "single", [])]
    at, link = lowered(text).rfind(lowered(made.link)), made.link
    if at < 0:
        return []
    return [Planned(text, "chain", [(at, at + len(link))]), Planned(f"{text[:at]}#1{text[at + len(link) :]}", "single", [])]


def paired(text: str, pair: Sequence[str]) -> Planned | None:
    """A comparison with its two things; None if one is a part of the other or of the rest."""
    places = [(at, at + len(side)) for side in pair if (at := text.find(side)) >= 0 and text.count(side) == 1]
    return Planned(text, "comparison", places) if len(places) == 2 and places[0][1] < places[1][0] else None


def reach_figures(name: str, reached: Sequence[Reached]) -> dict[str, Estimate]:
    """Each way to search, and the share of what a written decomposition gains over one search that the plan gains."""
    rows = np.array(reached, float)
    figures = {f"reached_{way}_{name}_dev": bootstrap(rows[:, at]) for at, way in enumerate(Reached._fields)}
    return figures | {f"headroom_{name}_dev": bootstrap_of(rows, headroom)}


def labelled(row: dict[str, Any]) -> list[Planned]:
    """The examples of a decomposition, as far as its steps can be found in the question."""
    question, steps = " ".join(row["question"].split()), list(row["steps"])
    operators = "-".join(row.get("operators", []))
    if "DROP" in row["source"] or len(steps) < 2:
        return []
    if pair := compared_in(row, question, steps, operators):
        return [Planned(question, "comparison", pair)]
    if operators in BOTH and "COMQA" not in row["source"]:
        return [Planned(question, "intersection", [])]
    if "COMQA" in row["source"]:
        return [Planned(question, "single", [])] if operators == "select-project" else []
    if operators and operators not in CHAINS:
        return []
    if row["source"] == "break_qdmr/CWQ":
        steps = merged(steps)
    return [planned_of(state) for state in unfolded(spelled_kinship(question), steps)]


def compared_in(row: dict[str, Any], question: str, steps: Sequence[str], operators: str) -> list[tuple[int, int]]:
    """The two things that a question compares, if its first two steps ask the same of each."""
    by_type = row.get("type") in ("comparison", "bridge_comparison")
    by_steps = row["source"] == "break_hl/HOTPOT" and operators.startswith(("select-select", "boolean-boolean"))
    if not (by_type or by_steps) or "#" in steps[0] + steps[1]:
        return []
    pair = sides(question, steps[0], steps[1])
    named = all(not question[start].islower() for start, _ in pair)
    return pair if named else []


def planned_of(state: Aligned) -> Planned:
    return Planned(state.text, "chain", [state.span]) if state.span else Planned(state.text, "single", [])


def merged(steps: Sequence[str]) -> list[str]:
    """Without a first step that only names a thing: "Dune", "author of #1" -> "author of Dune"."""
    rest = [step.replace("#1", steps[0]) for step in steps[1:2]] + list(steps[2:])
    return [step.replace("#2", "#1").replace("#3", "#2") for step in rest] if len(content(steps[1])) > 1 else list(steps)


def by_kind(row: dict[str, Any]) -> Planned | None:
    """What is known of a question from the set it comes from: its kind, and the two things it compares if grammar finds them."""
    text, kind, source = " ".join(row["question"].split()), row.get("type"), row.get("source", "hotpotqa")
    if kind == "comparison" and source != "cwq":
        pair = find_pair(text)
        spans = [(at, at + len(side)) for side in (pair.left, pair.right) if (at := text.find(side)) >= 0] if pair else []
        whole = len(spans) == 2 and spans[0][1] < spans[1][0]
        spans = list(trimmed(text, *spans)) if whole else []
        return Planned(text, "comparison", spans) if whole or "hotpotqa" in source else None
    known = {"single": "single", "intersection": "intersection", "bridge": "chain" if source == "musique_train" else ""}
    return Planned(text, named, []) if (named := known.get(str(kind))) else None


def placed(row: Row, span: tuple[int, int]) -> list[int]:
    """The tokens at which a span of characters begins and ends; none if the row does not have it."""
    inside = [at for at, here in enumerate(row.spans) if here and here[1] < span[1] and here[2] > span[0]]
    return [inside[0], inside[-1]] if inside else []
