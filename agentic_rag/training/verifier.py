"""The verifier's recipe: statements with evidence, and claims made of questions and answers, right and plausibly wrong.

Three kinds as in FEVER (Thorne et al. 2018); where data only say "not supported", the two negative kinds share the probability
that the loss asks for. Wrong claims are made as in SQuAD 2.0 (Rajpurkar et al. 2018, section 4.1: a plausible answer exists, but
the question asks for something else) and as in MuSiQue (Trivedi et al. 2022, section 5.4: one step of the chain is missing).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import torch
from tokenizers import Tokenizer
from torch import Tensor

from agentic_rag.evaluation.statistics import bootstrap
from agentic_rag.specialists.network import Adapted, Heads
from agentic_rag.specialists.reader import SpanReader
from agentic_rag.specialists.rows import Piece, Row, pieces, row
from agentic_rag.specialists.verifier import HEADS, JOINT, EntailmentVerifier, stated
from agentic_rag.training.checking import Scored, fever_dev, fever_fold, own_dev, read_and_verified, squad_dev
from agentic_rag.training.claims import Paragraphs, another, form, is_wrong, lure, quoted, swapped, wanted_form
from agentic_rag.training.cloze import SOURCES, linked_questions
from agentic_rag.training.data import (
    Answered,
    every_multi_hop,
    lines,
    located,
    new_wikipedia,
    qed,
    reading,
    sub_questions,
)
from agentic_rag.training.judging import Judged, fit_platt
from agentic_rag.training.loop import Example, lacking
from agentic_rag.training.own import as_cited, made_cases, read_out
from agentic_rag.training.relations import SOURCES as RELATION_SOURCES
from agentic_rag.training.settings import Settings
from agentic_rag.training.stretches import elsewhere, window
from agentic_rag.types import Claim, Passage

Verdict = list[int]
"""The kinds of `KINDS` that are right; several where the data do not tell them apart."""
SUPPORTED, CONTRADICTED, NOT_ENOUGH, DENIED = [0], [1], [2], [1, 2]
VERDICTS = {
    "supported": SUPPORTED,
    "entailment": SUPPORTED,
    "not_supported": DENIED,
    "contradiction": CONTRADICTED,
    "neutral": NOT_ENOUGH,
}
SHARES = {
    "snli": 0.1,
    "factcheck_gpt": 0.5,
    "squad2": 0.35,
    "squadshifts/new_wiki": 0.09,
    "qed": 0.35,
    "2wiki_steps": 0.2,
    "musique_steps": 0.3,
}
"""Share of a source's rows that an epoch takes; all of the others, which are FEVER's and the questions over several passages."""
IRRELEVANT = 0.15
"""Share of Factcheck-GPT's neutral rows, which are three of four."""
LINKED = 500
"""Questions made of two linked passages that an epoch takes."""
MADE = 1000
"""Questions of either kind made of passages that our reader answers for an epoch."""
CROPPED = (60, 130)
"""Tokens of the window of a paragraph, between these."""
EVIDENCE = (110, 80)
"""Tokens of each of up to three passages that are read together, and of more than three."""
PREMISE = 200
"""Tokens of a statement's evidence."""
SCORED = 300
"""Dev claims that a score is of."""


@dataclass(frozen=True)
class VerifierRecipe:
    """Examples from FEVER, SNLI, Factcheck-GPT and from six question sets; see `examples`.

    `reader` answers dev questions, and those that are made for each epoch. `share` of all other examples are made for an epoch.
    """

    data: Path
    tokenizer: Tokenizer
    seed: int = 0
    heads: Heads = HEADS
    reader: SpanReader | None = None
    share: float = 1.0
    start: ClassVar[str] = "reader"
    defaults: ClassVar[Settings] = Settings(epochs=2.5, rank=64, rate=6e-4, batch=2048, descents=3)
    sources: ClassVar[dict[str, str]] = {
        "nli/fever.jsonl.gz (train fold)": "CC BY-SA 3.0",
        "nli/snli.jsonl.gz": "CC BY-SA 4.0",
        "nli/factcheck_gpt.jsonl.gz": "Apache-2.0",
        "reading/squad2_a.jsonl.gz (train rows)": "CC BY-SA 4.0",
        "reading/qed_train.jsonl.gz": "CC BY-SA 3.0",
        "reading/squadshifts.jsonl.gz (new Wikipedia)": "CC BY 4.0 (annotations)",
        "hotpotqa/train.jsonl.gz": "CC BY-SA 4.0",
        "2wiki/train.jsonl.gz": "Apache-2.0",
        "musique/train.jsonl.gz": "CC BY 4.0",
        **SOURCES,
        **RELATION_SOURCES,
    }
    known_failures: ClassVar[list[str]] = [
        "A claim that needs several passages is rarely supported by one of them alone.",
        "Counting, arithmetic and comparisons of dates or numbers are not worked out.",
        "A small change of the question's constraints (another year, another role) is often missed.",
        "A passage that gives orders or states a falsehood is taken at its word as evidence.",
        "English only.",
    ]

    def examples(self, epoch: int) -> list[Example[Verdict]]:
        """Statements, claims on one paragraph, claims on several passages, and our own reader's answers if there is one."""
        chance = random.Random(f"verifier {self.seed} {epoch}")
        made = list(self.statements(chance))
        for case in self.single:
            if chance.random() < self.share * SHARES.get(case.source, 1.0):
                made += self.about_one(case, chance)
        for case in self.several:
            if chance.random() < self.share:
                made += self.about_several(case, chance)
        for case in linked_questions(self.data, round(self.share * LINKED), chance):
            made += self.about_several(case, chance)
        return [*made, *self.about_made(chance)]

    @cached_property
    def single(self) -> list[Answered]:
        squad = reading(self.data, "reading/squad2_a.jsonl.gz", "train")
        return new_wikipedia(self.data) + qed(self.data) + squad + sub_questions(self.data)

    @cached_property
    def several(self) -> list[Answered]:
        return every_multi_hop(self.data)

    @cached_property
    def paragraphs(self) -> Paragraphs:
        return Paragraphs(self.single)

    def statements(self, chance: random.Random) -> Iterator[Example[Verdict]]:
        """Those of the three sets, and some of FEVER's supported ones with a name or number put in another's place."""
        for name in ("fever", "snli", "factcheck_gpt"):
            for one in lines(self.data, f"nli/{name}.jsonl.gz"):
                if name == "fever" and fever_fold(one["hypothesis"]) == "dev":
                    continue
                rare = IRRELEVANT if name == "factcheck_gpt" and one["label"] == "neutral" else SHARES.get(name, 1.0)
                if chance.random() >= self.share * rare:
                    continue
                texts = [piece.cut(0, PREMISE) for piece in pieces(self.tokenizer, [Passage("", one["premise"])])]
                yield self.example("", one["hypothesis"], texts, VERDICTS[one["label"]])
                if name == "fever" and one["label"] == "supported" and chance.random() < 0.15:
                    changed = swapped(one["hypothesis"], one["premise"], chance)
                    if changed:
                        yield self.example("", changed, texts, DENIED)

    def about_one(self, case: Answered, chance: random.Random) -> Iterator[Example[Verdict]]:
        """The right answer, and a wrong claim that looks like it; of a question without an answer only the latter."""
        [whole] = pieces(self.tokenizer, case.passages)
        if case.spans:
            span = chance.choice(case.spans)
            yield self.example(case.question, quoted(case, span), [self.cropped(whole, span, chance)], SUPPORTED)
            if chance.random() < 0.15:
                return
        kinds = [self.another_span, self.another_question, self.another_constraint, self.another_passage, self.another_stretch]
        weights = [0.35, 0.2, 0.2, 0.15, 0.1] if case.spans else [0.7, 0.3, 0.0, 0.0, 0.0]
        for kind in sorted(kinds, key=lambda kind: chance.random() ** (1 / (weights[kinds.index(kind)] or 1e-9)), reverse=True):
            if found := kind(case, whole, chance):
                yield found
                return

    def another_span(self, case: Answered, whole: Piece, chance: random.Random) -> Example[Verdict] | None:
        span = lure(case, chance)
        return self.example(case.question, quoted(case, span), [self.cropped(whole, span, chance)], DENIED) if span else None

    def another_question(self, case: Answered, whole: Piece, chance: random.Random) -> Example[Verdict] | None:
        """The answer of another question of the same passage."""
        beside = [(other, span) for other in self.paragraphs.siblings(case) for span in other.spans]
        beside = [(other, span) for other, span in beside if is_wrong(quoted(other, span), case)]
        if not beside:
            return None
        alike = [(other, span) for other, span in beside if form(quoted(other, span)) == wanted_form(case)]
        other, span = chance.choice(alike or beside)
        return self.example(case.question, quoted(other, span), [self.cropped(whole, span, chance)], DENIED)

    def another_constraint(self, case: Answered, whole: Piece, chance: random.Random) -> Example[Verdict] | None:
        """The right answer to a question in which a name, date or number is another one."""
        if not case.spans or not (changed := another(case.question, case.passages[0].text, chance)):
            return None
        span = chance.choice(case.spans)
        return self.example(changed, quoted(case, span), [self.cropped(whole, span, chance)], DENIED)

    def another_passage(self, case: Answered, _whole: Piece, chance: random.Random) -> Example[Verdict] | None:
        """The right answer with a passage that has it, but not what the question asks for."""
        found = self.paragraphs.also_with(case, chance) if case.spans else None
        if not found:
            return None
        [piece] = pieces(self.tokenizer, [found[0]])
        return self.example(case.question, case.answers[0], [self.cropped(piece, found[1], chance)], NOT_ENOUGH)

    def another_stretch(self, case: Answered, whole: Piece, chance: random.Random) -> Example[Verdict] | None:
        """The right answer with a part of the passage that does not have it."""
        everywhere = [*case.spans, *located(case.answers, case.passages)]
        cut = elsewhere(whole, sorted(everywhere, key=lambda span: span[1]), chance) if case.spans else None
        return self.example(case.question, case.answers[0], [cut.cut(0, CROPPED[1])], NOT_ENOUGH) if cut else None

    def about_several(self, case: Answered, chance: random.Random) -> Iterator[Example[Verdict]]:
        """The right answer on all gold passages, sometimes among others; and a wrong one, or one with a passage taken away."""
        if not case.spans and not case.polar:
            return
        beside = chance.sample(case.others, min(len(case.others), chance.choice([0, 0, 1, 2])))
        answer, gold = case.answers[0], list(case.passages)
        yield self.joint(case.question, answer, [*gold, *beside], SUPPORTED, chance)
        which, told = chance.random(), " ".join(one.text for one in gold)
        if which < 0.6 and case.polar:
            yield self.joint(case.question, "no" if case.polar == "yes" else "yes", [*gold, *beside], CONTRADICTED, chance)
        elif which < 0.6 and (span := lure(replace(case, passages=[*gold, *beside]), chance)):
            wrong = [*gold, *beside][span[0]].text[span[1] : span[2]]
            yield self.joint(case.question, wrong, [*gold, *beside], DENIED, chance)
        elif which < 0.7 and case.polar != "no" and (changed := another(case.question, told, chance)):
            yield self.joint(changed, answer, [*gold, *beside], DENIED, chance)
        elif len(gold) > 1:
            gold.pop(chance.randrange(len(gold)))
            instead = chance.sample(case.others, min(len(case.others), 1 + len(beside)))
            yield self.joint(case.question, answer, [*gold, *instead], NOT_ENOUGH, chance)

    def about_made(self, chance: random.Random) -> Iterator[Example[Verdict]]:
        """What our reader answers to questions made a moment ago; half of the time with what it cites only, as at run time.

        Half of them ask for what it was trained to find, so it is right more often than on others.
        """
        if self.reader is None:
            return
        for one in read_out(self.reader, list(made_cases(self.data, chance, MADE)), most=2, seed=self.seed):
            shown = one if chance.random() < 0.5 else as_cited(one)
            yield self.joint(one.claim.question, one.claim.answer, shown.passages, SUPPORTED if one.supported else DENIED, chance)

    def joint(
        self, question: str, answer: str, passages: Sequence[Passage], verdict: Verdict, chance: random.Random
    ) -> Example[Verdict]:
        """Windows of the passages, around the answer where it stands; the last ones go if they do not fit. Shuffled."""
        spans, longest = located([answer], list(passages)), EVIDENCE[len(passages) > 3]
        texts = [
            window(piece, [span for span in spans if span[0] == piece.part][:1] or [(0, 0, 1)], longest, chance)
            for piece in pieces(self.tokenizer, passages)
        ]
        while len(texts) > 1 and sum(map(len, texts)) > JOINT:
            texts.pop()
        chance.shuffle(texts)
        return self.example(question, answer, texts, verdict)

    def example(self, question: str, answer: str, texts: Sequence[Piece], verdict: Verdict) -> Example[Verdict]:
        made = row(stated(self.tokenizer, Claim(question, answer, [])), texts)
        return Example(Row(made.ids, made.types), verdict)

    def cropped(self, whole: Piece, span: tuple[int, int, int], chance: random.Random) -> Piece:
        return window(whole, [span], chance.randint(*CROPPED), chance)

    def loss(self, tokens: Tensor, pooled: Tensor, examples: Sequence[Example[Verdict]]) -> Tensor:  # noqa: ARG002
        wrong = torch.full_like(pooled, -1e4)
        for index, example in enumerate(examples):
            wrong[index, example.label] = 0.0
        return lacking(pooled, wrong).mean()

    def score(self, adapted: Adapted) -> float:
        """Accuracy on some of FEVER's dev fold, not calibrated."""
        found = Scored.of(EntailmentVerifier(adapted), fever_dev(self.data)[:SCORED])
        return bootstrap([(score > 0) == label for score, label in zip(found.scores, found.labels, strict=True)]).mean

    def judge(self, adapted: Adapted) -> Judged:
        """Accuracy on FEVER's dev fold and on claims of SQuAD 2.0's dev rows; AUC on our own reader's answers to dev questions.

        Each half of a set is measured with the calibration that is fitted on the other half; those on the card are fitted on
        all: that of claims with a question on our own reader's answers with what they cite, where there is a reader.
        """
        verifier = EntailmentVerifier(adapted)
        fever, asked = Scored.of(verifier, fever_dev(self.data)), Scored.of(verifier, squad_dev(self.data))
        figures = {**fever.figures("fever_dev"), **asked.figures("squad2_a_dev_claims")}
        figures["auc_squad2_a_dev_claims"] = asked.area()
        if self.reader:
            cited = []
            for name, cases in own_dev(self.data).items():
                given = list(read_out(self.reader, cases))
                figures[f"auc_own_{name}"] = Scored.of(verifier, given).area()
                cited.append(Scored.of(verifier, [as_cited(one) for one in given]))
                figures[f"auc_own_{name}_cited_only"] = cited[-1].area()
            asked = Scored.together(cited)
            figures |= asked.figures("own_dev_cited_only")
        claims, statements = fit_platt(asked.scores, asked.labels), fit_platt(fever.scores, fever.labels)
        if self.reader:
            figures["f1_squad2_a_dev_with_reader"] = read_and_verified(self.data, self.reader, verifier, claims)
        return Judged(
            figures,
            {
                "slope": claims.slope,
                "offset": claims.offset,
                "statement_slope": statements.slope,
                "statement_offset": statements.offset,
            },
        )
