"""The reader's recipe: spans in one passage or in several read together, yes and no, and passages that do not say.

A second task from the start is the verifier's: whether passages support a claim.

The head of SQuAD systems (Devlin et al. 2019, section 4.2-4.3) with the "none" of SQuAD 2.0 as a class beside yes and no
(as in the HotpotQA baseline, Yang et al. 2018, section 4). Where an answer stands in several places, their probability is summed
(Clark and Gardner 2018, section 3.3).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from agentic_rag.evaluation.metrics import ece, overlap
from agentic_rag.evaluation.statistics import bootstrap, bootstrap_of
from agentic_rag.specialists.network import Adapted, Heads
from agentic_rag.specialists.reader import HEADS, KINDS, SpanReader
from agentic_rag.specialists.rows import Piece, pieces, row, tokens
from agentic_rag.training.answering import among_others, crossed, dev_sets, exact, judged
from agentic_rag.training.claims import another
from agentic_rag.training.cloze import linked_questions
from agentic_rag.training.data import Answered, every_multi_hop, located, qed, reading, sub_questions
from agentic_rag.training.judging import Judged, cross_fitted, fit_platt
from agentic_rag.training.loop import Example, lacking
from agentic_rag.training.relations import relation_questions
from agentic_rag.training.settings import Settings
from agentic_rag.training.stretches import CROPPED, elsewhere, placed, window
from agentic_rag.training.verifier import VerifierRecipe

SPAN, NONE = KINDS.index("span"), KINDS.index("none")
OF_CLAIMS = [KINDS.index("yes"), KINDS.index("no"), NONE]
"""What the verifier's kinds are to a reader: a statement is a question of yes and no."""
WHOLE = 320
JOINT = 440
"""Tokens of passages that are read together."""
TWISTED = 0.4
"""Share of the answerable questions tried to come again with a name, date or number of the passage in the place of another, or
with a word turned into its opposite: the passage no longer answers them, as with many of SQuAD 2.0's (Rajpurkar et al. 2018,
section 4)."""
REPEATED = {"squad2": 3, "qed": 2}
"""How often an epoch takes the questions of a set, if not once."""
LINKED = 4000
"""Questions made of two linked passages that an epoch takes."""
RELATIONS = 6000
"""Questions about what passages say in a set form that an epoch takes."""
ABSENT, ABSENT_RELATION = 0.12, 0.25
"""Share of the questions over several passages without the one that answers; more of those where others say the same."""
USER_TEXTS = 0.2
"""Share of the questions on product reviews and forum posts that an epoch takes."""
CLAIMS = 0.3
"""Share of the verifier's statements and claims that an epoch takes: what supports a claim tells what answers a question."""
SCORED = 100
"""Dev questions of each set that a score is of."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the heads should say: the kind of answer, and tokens at which a right span may start and end.

    There are several kinds where the data do not tell them apart.
    """

    kinds: list[int]
    starts: list[int]
    ends: list[int]


@dataclass(frozen=True)
class ReaderRecipe:
    """Examples from SQuADShifts, QED, SQuAD 2.0, HotpotQA, 2WikiMultihopQA and MuSiQue, made of passages, and the verifier's."""

    data: Path
    tokenizer: Tokenizer
    seed: int = 0
    heads: Heads = HEADS
    start: ClassVar[str] = "base"
    defaults: ClassVar[Settings] = Settings(epochs=2.92, rank=64, rate=8e-4, batch=2048, descents=3)
    sources: ClassVar[dict[str, str]] = {
        "reading/squadshifts.jsonl.gz": "CC BY 4.0 (annotations)",
        **VerifierRecipe.sources,
    }
    known_failures: ClassVar[list[str]] = [
        "Answers that must be counted or computed are not in any passage as a span.",
        "Bridge questions are often answered from the passage that shares their words, not from the end of the chain.",
        "Lists are answered by one of their items.",
        "English only.",
    ]

    @cached_property
    def single(self) -> list[Answered]:
        found = reading(self.data, "reading/squadshifts.jsonl.gz") + qed(self.data)
        return found + reading(self.data, "reading/squad2_a.jsonl.gz", "train") + sub_questions(self.data)

    @cached_property
    def several(self) -> list[Answered]:
        return every_multi_hop(self.data)

    @cached_property
    def verifier(self) -> VerifierRecipe:
        return VerifierRecipe(self.data, self.tokenizer, self.seed, share=CLAIMS)

    def examples(self, epoch: int) -> list[Example[Truth]]:
        """Windows differ from epoch to epoch; the questions that need several passages come three times."""
        chance = random.Random(f"reader {self.seed} {epoch}")
        made = []
        for index, case in enumerate(self.single):
            user_text = "amazon" in case.source or "reddit" in case.source
            if user_text and chance.random() > USER_TEXTS:
                continue
            times = REPEATED.get(case.source, 1)
            made += [self.one_passage(case, self.neighbour(index, chance), chance) for _ in range(times)]
            if case.spans and not user_text and chance.random() < TWISTED:
                made.append(self.twisted(case, chance))
        made += [self.joint(case, chance) for case in self.several for _ in range(3)]
        made += [self.joint(case, chance) for case in linked_questions(self.data, LINKED, chance)]
        made += [self.joint(one.case, chance, ABSENT_RELATION) for one in relation_questions(self.data, RELATIONS, chance)]
        made += self.claims(epoch)
        return [example for example in made if example is not None]

    def claims(self, epoch: int) -> Iterator[Example[Truth]]:
        """Statements, and answers to questions: yes where the passages support them, else no or none."""
        for example in self.verifier.examples(epoch):
            yield Example(example.row, Truth([OF_CLAIMS[kind] for kind in example.label], [], []))

    def neighbour(self, index: int, chance: random.Random) -> Answered:
        """One of the forty questions before: often on the same article."""
        return self.single[(index - 1 - chance.randrange(40)) % len(self.single)]

    def one_passage(self, case: Answered, other: Answered, chance: random.Random) -> Example[Truth] | None:
        """The passage or a window of it; sometimes one without the answer, sometimes beside a passage of another question."""
        [whole] = pieces(self.tokenizer, case.passages)
        longest = CROPPED if chance.random() < 0.7 else WHOLE
        if case.spans and chance.random() < 0.12:
            apart = elsewhere(whole, [*case.spans, *located(case.answers, case.passages)], chance)
            if apart or other.passages[0].text != case.passages[0].text:
                return self.labelled(case, [apart or pieces(self.tokenizer, other.passages)[0].cut(0, CROPPED)], [], chance)
        chosen = window(whole, case.spans, longest, chance)
        texts = [chosen]
        if chance.random() < 0.25 and other.passages[0].text != case.passages[0].text:
            [beside] = pieces(self.tokenizer, other.passages)
            texts.append(Piece(1, beside.title, beside.ids[:120], beside.offsets[:120]))
        return self.labelled(case, texts, case.spans, chance)

    def twisted(self, case: Answered, chance: random.Random) -> Example[Truth] | None:
        """Another question about the same window, which does not answer it; None if nothing can be changed."""
        question = another(case.question, case.passages[0].text, chance)
        if question is None or any(overlap(question, answer) for answer in case.answers):
            return None
        [whole] = pieces(self.tokenizer, case.passages)
        return self.labelled(replace(case, question=question), [window(whole, case.spans, CROPPED, chance)], [], chance)

    def joint(self, case: Answered, chance: random.Random, absent: float = ABSENT) -> Example[Truth] | None:
        """The gold passages among others, shuffled; sometimes without the one that answers, so that there is none."""
        gold = pieces(self.tokenizer, case.passages)
        spans = case.spans
        if spans and chance.random() < absent:
            kept = [piece for piece in gold if piece.part not in {part for part, _, _ in spans}]
            gold, spans, polar = kept, [], ""
        else:
            polar = case.polar
            if not spans and not polar:
                return None
        texts = [window(piece, [span for span in spans if span[0] == piece.part], 200, chance) for piece in gold]
        others = chance.sample(case.others, min(len(case.others), chance.randrange(4)))
        room = JOINT - sum(map(len, texts))
        for index, piece in enumerate(pieces(self.tokenizer, others), len(case.passages)):
            if len(piece) < room:
                texts.append(Piece(index, piece.title, piece.ids, piece.offsets))
                room -= len(piece)
        return self.labelled(case, texts, spans, chance, polar) if texts else None

    def labelled(
        self, case: Answered, texts: list[Piece], spans: Sequence[tuple[int, int, int]], chance: random.Random, polar: str = ""
    ) -> Example[Truth] | None:
        chance.shuffle(texts)
        made = row(tokens(self.tokenizer, case.question)[0], texts)
        if polar:
            return Example(made, Truth([KINDS.index(polar)], [], []))
        found = [place for span in spans if (place := placed(made, span))]
        if spans and not found:
            return None
        starts, ends = [start for start, _ in found], [end for _, end in found]
        return Example(made, Truth([SPAN if found else NONE], starts, ends))

    def loss(self, tokens: Tensor, pooled: Tensor, examples: Sequence[Example[Truth]]) -> Tensor:
        wrong = torch.full_like(pooled, -1e4)
        for index, example in enumerate(examples):
            wrong[index, example.label.kinds] = 0.0
        loss = lacking(pooled, wrong).mean()
        allowed = torch.full(tokens.shape[:2], -1e4)
        right = torch.full((2, *tokens.shape[:2]), -1e4)
        for index, example in enumerate(examples):
            allowed[index, [at for at, span in enumerate(example.row.spans) if span]] = 0.0
            for side, places in enumerate((example.label.starts, example.label.ends)):
                right[side, index, places] = 0.0
        spans = [index for index, example in enumerate(examples) if example.label.starts]
        if not spans:
            return loss
        allowed, right = allowed.to(tokens.device), right.to(tokens.device)
        for side in range(2):
            loss = loss + lacking((tokens[:, :, side] + allowed)[spans], right[side][spans]).sum() / len(examples)
        return loss

    def score(self, adapted: Adapted) -> float:
        """F1 on some questions of each dev set, answered where that is likelier than no answer."""
        some = [case for cases in dev_sets(self.data) for case in cases[:SCORED]]
        return bootstrap([one.f1(0.0) for one in judged(SpanReader(adapted), some)]).mean

    def judge(self, adapted: Adapted) -> Judged:
        """F1 on SQuAD 2.0 (half of the articles), QED and HotpotQA with gold passages only, and with two others among them.

        The lead from which SQuAD 2.0 is answered is chosen on one half of its questions and measured on the other (`crossed`).
        The calibration of the card is fitted on all three sets with the others among them, which is what a graph shows.
        """
        reader = SpanReader(adapted)
        alone, shown = ([judged(reader, way(cases)) for cases in dev_sets(self.data)] for way in (list, among_others))
        squad, qed, hotpot = alone
        figures = {
            "f1_squad2_a_dev": bootstrap(crossed(squad)),
            "f1_squad2_a_dev_answerable": bootstrap([one.f1(-np.inf) for one in squad if one.answers]),
            "f1_qed_dev": bootstrap([one.f1(-np.inf) for one in qed]),
            "f1_hotpotqa_dev_gold_passages": bootstrap([one.f1(-np.inf) for one in hotpot]),
            "em_hotpotqa_dev_gold_passages": bootstrap([exact(one) for one in hotpot]),
            "f1_squad2_a_dev_among_others": bootstrap(crossed(shown[0])),
            "f1_qed_dev_among_others": bootstrap([one.f1(-np.inf) for one in shown[1]]),
            "f1_hotpotqa_dev_among_others": bootstrap([one.f1(-np.inf) for one in shown[2]]),
        }
        every = [one for of_set in shown for one in of_set]
        margins, right = [one.margin for one in every], [one.right for one in every]
        figures["ece_among_others"] = bootstrap_of(cross_fitted(margins, right), ece)
        fitted = fit_platt(margins, right)
        return Judged(figures, {"slope": fitted.slope, "offset": fitted.offset})
