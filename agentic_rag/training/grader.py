"""The grader's recipe: gold passages against those that BM25 takes for them, each alone and beside another passage.

Hard negatives as in dense passage retrieval (Karpukhin et al. 2020, section 3.2: BM25's best passages that are not gold); those
for chained rows are also searched for with a gold passage's title beside the question, as a graph's second round does.
Every row is right or wrong by itself (binary cross-entropy; Nogueira and Cho 2019, arXiv 1901.04085).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import torch
from tokenizers import Tokenizer
from torch import Tensor

from agentic_rag.specialists.grader import (
    ALONE,
    CHAINED,
    HEADS,
    STRIDE,
    TEXT,
    CrossEncoderGrader,
    chained_row,
)
from agentic_rag.specialists.network import Adapted, Heads
from agentic_rag.specialists.rows import Row, likeliest, pieces, row, tokens
from agentic_rag.store.lexical import Lexical
from agentic_rag.training.cloze import SOURCES, linked_questions
from agentic_rag.training.data import SETS, Answered, corpus, multi_hop, new_wikipedia, qed, reading, sub_questions
from agentic_rag.training.judging import Judged
from agentic_rag.training.loop import Example
from agentic_rag.training.ranking import LISTED, Graded, calibration_error, candidates, compared, fitted, hits, mean, sampled
from agentic_rag.training.settings import Settings
from agentic_rag.training.stretches import window
from agentic_rag.types import Passage

FOUND = 20
"""BM25's best passages among which hard negatives are drawn."""
WRONG = 5
"""Of a question over several passages, negatives alone."""
LINKED = 2500
"""Questions made of two linked passages that an epoch takes."""
CROPPED = (90, TEXT)
"""Tokens that a passage alone is cut to, between these."""
SHARES = {"squadshifts/new_wiki": 0.28, "qed": 0.32, "squad2": 0.8, "2wiki_steps": 0.6, "musique_steps": 1.0}
"""Share of a source's questions that an epoch takes."""
SIDEWAYS = 0.5
"""Share of questions over several passages with a row whose first passage is wrong, as when the first pass errs."""
SINGLE_CHAINED = 0.35
"""Share of questions on one paragraph with a chained row: where one passage is enough, no other helps."""
SCORED = 50
"""Dev questions that a score is of."""
SENTENCES = 0.7
"""What the loss of the tokens counts beside that of the passages."""

Told = list[tuple[int, int]] | None
"""The characters of the sentences of a passage on which the answer rests; None if they are not known."""
NOTHING: Told = []
"""Of a passage that does not help."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which head is asked, whether the graded passage helps, and of each token whether its sentence tells (-1 if not known)."""

    head: int
    value: float
    tells: list[int]


@dataclass(frozen=True)
class Corpus:
    """Passages with their word statistics, to draw hard negatives from."""

    passages: list[Passage]
    words: Lexical

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> Corpus:
        unique = list({passage.text: passage for passage in passages}.values())
        return cls(unique, Lexical.build([str(at) for at in range(len(unique))], [passage.content for passage in unique]))

    def mistaken(self, query: str, gold: Sequence[Passage], answers: Sequence[str] = ()) -> list[Passage]:
        """BM25's best ones for a query that are not gold and have none of the answers."""
        right = {passage.text for passage in gold}
        found = [self.passages[int(at)] for at, _ in self.words.top(query, FOUND + len(right))]
        said = [answer.lower() for answer in answers]
        return [one for one in found if one.text not in right and not any(answer in one.text.lower() for answer in said)]


@dataclass(frozen=True)
class GraderRecipe:
    """Examples from HotpotQA, 2WikiMultihopQA, MuSiQue, SQuADShifts, QED and SQuAD 2.0; see `examples`.

    `stores` is a folder with a store of each dev set, named like it; `questions` are judged of each.
    """

    data: Path
    tokenizer: Tokenizer
    seed: int = 0
    heads: Heads = HEADS
    stores: Path | None = None
    questions: int = 300
    start: ClassVar[str] = "reader"
    defaults: ClassVar[Settings] = Settings(epochs=1.0, rank=64, rate=6e-4, batch=2048, descents=3)
    sources: ClassVar[dict[str, str]] = {
        "hotpotqa/train.jsonl.gz": "CC BY-SA 4.0",
        "2wiki/train.jsonl.gz": "Apache-2.0",
        "musique/train.jsonl.gz": "CC BY 4.0",
        "reading/squadshifts.jsonl.gz (new Wikipedia)": "CC BY 4.0 (annotations)",
        "reading/qed_train.jsonl.gz": "CC BY-SA 3.0",
        "reading/squad2_a.jsonl.gz (train rows)": "CC BY-SA 4.0",
        **SOURCES,
    }
    known_failures: ClassVar[list[str]] = [
        "A third or fourth hop is found only if it also goes with the question or with one of the two best passages.",
        "When the first pass puts a wrong passage first, the chained pass is spent on what goes with that one.",
        "A passage on the right subject that does not answer is often graded high.",
        "Of a long passage only the windows that share most words with the question are read.",
        "English only.",
    ]

    @cached_property
    def several(self) -> list[tuple[Answered, Corpus]]:
        """Questions over several passages, each with its set's whole corpus."""
        return [(case, self.corpora[name]) for name in SETS for case in multi_hop(self.data, name) if case.passages]

    @cached_property
    def single(self) -> list[tuple[Answered, Corpus]]:
        """Questions that one passage answers; those that their own paragraph does not answer are left out."""
        squad = reading(self.data, "reading/squad2_a.jsonl.gz", "train")
        cases = new_wikipedia(self.data) + qed(self.data) + squad
        pooled = Corpus.of([passage for case in cases for passage in case.passages])
        steps = [(case, self.corpora[case.source.removesuffix("_steps")]) for case in sub_questions(self.data)]
        return [(case, pooled) for case in cases if case.spans] + steps

    @cached_property
    def corpora(self) -> dict[str, Corpus]:
        return {name: Corpus.of(list(corpus(self.data, name).values())) for name in SETS}

    def examples(self, epoch: int) -> list[Example[Target]]:
        """Every question over several passages, and some of those on one, with other negatives in every epoch."""
        chance = random.Random(f"grader {self.seed} {epoch}")
        made = [example for case, known in self.several for example in self.about_several(case, known, chance)]
        known = self.corpora["hotpotqa"]
        for case in linked_questions(self.data, LINKED, chance):
            made += self.about_several(case, known, chance)
        for case, known in self.single:
            if chance.random() < SHARES.get(case.source, 1.0):
                made += self.about_one(case, known, chance)
        return made

    def about_several(self, case: Answered, known: Corpus, chance: random.Random) -> Iterator[Example[Target]]:
        """All gold passages and some others alone; a gold one beside another, and others beside it."""
        gold = case.passages
        wrong = [*case.others, *known.mistaken(case.question, gold)]
        told = [sentences_told(case, part) for part in range(len(gold))]
        yield from (self.alone(case.question, passage, here, chance) for passage, here in zip(gold, told, strict=True))
        drawn = chance.sample(wrong, min(len(wrong), WRONG))
        yield from (self.alone(case.question, passage, NOTHING, chance) for passage in drawn)
        if len(gold) < 2 or not wrong:
            return
        first = chance.randrange(len(gold) - 1)
        bridge, onward = (gold[first], told[first]), (gold[first + 1], told[first + 1])
        if chance.random() < 0.4:
            bridge, onward = onward, bridge
        yield self.chained(case.question, bridge, onward)
        near = known.mistaken(f"{case.question} {bridge[0].title}", gold) if chance.random() < 0.5 else []
        yield self.chained(case.question, bridge, (chance.choice(near or wrong), NOTHING))
        if chance.random() < SIDEWAYS:
            right, other = [*zip(gold, told, strict=True)], [(one, NOTHING) for one in wrong]
            yield self.chained(case.question, (drawn[0], NOTHING), chance.choice(right if chance.random() < 0.5 else other))

    def about_one(self, case: Answered, known: Corpus, chance: random.Random) -> Iterator[Example[Target]]:
        """The passage that answers and another alone; sometimes one beside the other, in either order."""
        [right] = case.passages
        told = sentences_told(case, 0)
        yield self.alone(case.question, right, told, chance, case.spans)
        wrong = known.mistaken(case.question, [right], case.answers)
        if not wrong:
            return
        yield self.alone(case.question, chance.choice(wrong), NOTHING, chance)
        if chance.random() < SINGLE_CHAINED:
            pair = [(right, told), (chance.choice(wrong), NOTHING)]
            yield self.chained(case.question, *(pair[::-1] if chance.random() < 0.4 else pair))

    def alone(
        self,
        question: str,
        passage: Passage,
        told: Told,
        chance: random.Random,
        spans: Sequence[tuple[int, int, int]] = (),
    ) -> Example[Target]:
        """The window around the answer where that is known, else the one that would be read at run time."""
        asked = tokens(self.tokenizer, question)[0]
        [piece], longest = pieces(self.tokenizer, [passage]), chance.randint(*CROPPED)
        around = window(piece, spans, max(16, longest - len(piece.title) - 1), chance) if spans else None
        made = row(asked, [around or likeliest(piece, asked, longest, STRIDE)[0]])
        return Example(Row(made.ids, made.types), Target(ALONE, float(told != NOTHING), telling(made, [told])))

    def chained(self, question: str, bridge: tuple[Passage, Told], candidate: tuple[Passage, Told]) -> Example[Target]:
        """`candidate` helps beside `bridge` if anything of it tells."""
        texts, told = [bridge[0], candidate[0]], [bridge[1], candidate[1]]
        made = chained_row(tokens(self.tokenizer, question)[0], pieces(self.tokenizer, texts), (0, 1))
        return Example(Row(made.ids, made.types), Target(CHAINED, float(candidate[1] != NOTHING), telling(made, told)))

    def loss(self, tokens: Tensor, pooled: Tensor, examples: Sequence[Example[Target]]) -> Tensor:
        """Cross-entropy of the passages, and beside it that of the tokens whose sentences are known to tell or not."""
        heads = torch.tensor([example.label.head for example in examples], device=pooled.device)
        values = torch.tensor([example.label.value for example in examples], device=pooled.device)
        scores = pooled.gather(1, heads[:, None])[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, values)
        tells = torch.full(tokens.shape[:2], -1.0)
        for index, example in enumerate(examples):
            tells[index, : len(example.label.tells)] = torch.tensor(example.label.tells, dtype=torch.float32)
        known = (tells >= 0).to(tokens.device)
        if not known.any():
            return loss
        tells = tells.to(tokens.device)[known]
        return loss + SENTENCES * torch.nn.functional.binary_cross_entropy_with_logits(tokens[:, :, 0][known], tells)

    def score(self, adapted: Adapted) -> float:
        """How often all gold passages are the first two of HotpotQA's own candidates, of some dev questions."""
        cases = [case for case in sampled(multi_hop(self.data, "hotpotqa", "dev"), SCORED) if case.others]
        found = [Graded.of(CrossEncoderGrader(adapted), case, candidates(case)) for case in cases]
        return mean(found, 2, [fitted(found)] * 2).mean

    def judge(self, adapted: Adapted) -> Judged:
        """How often all gold passages are among the first k, of a question's own candidates and of the fused hits.

        Calibrated on lists of ten as a graph grades them; each half of the questions is measured with the calibration that is
        fitted on the other half, the card's is fitted on all.
        """
        grader = CrossEncoderGrader(adapted)
        cases = {name: sampled(multi_hop(self.data, name, "dev"), self.questions) for name in SETS}
        own = {name: [Graded.of(grader, case, candidates(case)) for case in cases[name] if case.others] for name in SETS}
        fused = {name: list(hits(self.stores / name, adapted, cases[name])) for name in SETS} if self.stores else {}
        lists = [graded for name in SETS for graded in own[name]]
        for name, found in fused.items():
            short = zip(cases[name], found, strict=True)
            lists += [Graded.of(grader, case, passages[:LISTED]) for case, passages in short]
        gradings = [fitted([one for one in lists if one.half != half]) for half in range(2)]
        figures = {f"all_gold@{k}_hotpotqa_dev_candidates": mean(own["hotpotqa"], k, gradings) for k in (2, 3)}
        figures["all_gold@2_hotpotqa_dev_candidates_one_pass"] = mean([one.one_pass for one in own["hotpotqa"]], 2, gradings)
        for name, found in fused.items():
            deep = zip(cases[name], found, strict=True)
            figures |= compared(f"{name}_dev", [Graded.of(grader, case, passages) for case, passages in deep], gradings)
        figures["ece"] = calibration_error(lists, gradings)
        grading = fitted(lists)
        parts = {"alone": grading.alone, "chained": grading.chained, "named": grading.named, "final": grading.final}
        slopes = {f"{part}_slope": calibration.slope for part, calibration in parts.items()}
        return Judged(figures, slopes | {f"{part}_offset": calibration.offset for part, calibration in parts.items()})


def sentences_told(case: Answered, part: int) -> Told:
    """Of a passage that helps."""
    return [(start, end) for at, start, end in case.telling if at == part] or None


def telling(made: Row, told: Sequence[Told]) -> list[int]:
    """For each token of a row whether it stands in one of its passage's sentences that tell; -1 if that is not known."""
    known = [None if span is None else told[span[0]] for span in made.spans]
    return [
        -1 if span is None or areas is None else int(any(start <= span[1] < end for start, end in areas))
        for span, areas in zip(made.spans, known, strict=True)
    ]
