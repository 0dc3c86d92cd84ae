import math
import random
from collections import Counter

import pytest
import torch
from towers import BIOGRAPHY, TOWER

from agentic_rag.specialists.network import Adapted
from agentic_rag.specialists.verifier import EntailmentVerifier
from agentic_rag.training import verifier
from agentic_rag.training.checking import fever_dev, fever_fold
from agentic_rag.training.claims import Paragraphs, form, is_wrong, lure, phrases, swapped
from agentic_rag.training.data import Answered, multi_hop, reading
from agentic_rag.training.loop import fit
from agentic_rag.training.own import as_cited, read_out
from agentic_rag.training.settings import Settings
from agentic_rag.training.verifier import CONTRADICTED, DENIED, NOT_ENOUGH, SUPPORTED, VerifierRecipe
from agentic_rag.types import Claim, Passage


@pytest.fixture(scope="module")
def data(towers):
    return towers


@pytest.fixture(scope="module")
def recipe(base, data) -> VerifierRecipe:
    return VerifierRecipe(data, base.tokenizer)


def decoded(recipe, example) -> list[str]:
    """The claim, then the passages."""
    text = recipe.tokenizer.decode(example.row.ids, skip_special_tokens=False)
    return [part.strip() for part in text.removeprefix("[CLS]").split("[SEP]")][:-1]


def test_a_fold_does_not_depend_on_case_or_white_space():
    claims = [f"Claim number {number}." for number in range(2000)]
    assert 150 < sum(fever_fold(claim) == "dev" for claim in claims) < 250
    assert all(fever_fold(claim) == fever_fold(f"  {claim.upper()} ") for claim in claims)


def test_no_claim_of_the_dev_fold_is_trained_on(recipe, data):
    held_out = {one.claim.answer.lower() for one in fever_dev(data)}
    trained = {decoded(recipe, example)[0] for epoch in range(3) for example in recipe.examples(epoch)}
    assert held_out
    assert not held_out & trained
    assert "gustave eiffel built tower 1 in 1889." in held_out | trained


def test_no_question_of_a_dev_split_is_trained_on(recipe):
    assert all(case.id.startswith(("strain", "train")) for case in [*recipe.single, *recipe.several])


def test_the_same_seed_and_epoch_give_the_same_examples(recipe):
    assert [example.row.ids for example in recipe.examples(0)] == [example.row.ids for example in recipe.examples(0)]
    assert [example.row.ids for example in recipe.examples(0)] != [example.row.ids for example in recipe.examples(1)]


def test_every_verdict_is_taught(recipe):
    found = Counter(tuple(example.label) for example in recipe.examples(0))
    assert set(found) == {tuple(SUPPORTED), tuple(CONTRADICTED), tuple(NOT_ENOUGH), tuple(DENIED)}


def test_a_question_gives_a_right_and_a_wrong_claim(recipe):
    case = recipe.single[-5]
    assert case.question == "Who built the tower in 1889?"
    made = [example for seed in range(60) for example in recipe.about_one(case, random.Random(seed))]
    right = {decoded(recipe, one)[0] for one in made if one.label == SUPPORTED}
    wrong = {decoded(recipe, one)[0] for one in made if one.label != SUPPORTED}
    assert right == {"who built the tower in 1889? gustave eiffel"}
    assert "who built the tower in 1889? paul verlaine" in wrong
    assert any("gustave eiffel" in claim and "1889" not in claim for claim in wrong)
    same_claim = [decoded(recipe, one)[1] for one in made if one.label == NOT_ENOUGH]
    assert all("dam" in passage or "gustave" not in passage for passage in same_claim)


def test_a_question_without_an_answer_is_never_supported(recipe):
    [case] = [case for case in recipe.single if case.question == "Who paid for the tower?"]
    made = [example for seed in range(20) for example in recipe.about_one(case, random.Random(seed))]
    assert made
    assert all(example.label == DENIED for example in made)


def test_a_chain_is_not_supported_when_a_link_is_missing(recipe):
    case = recipe.several[0]
    made = [example for seed in range(60) for example in recipe.about_several(case, random.Random(seed))]
    for example in made:
        claim, *passages = decoded(recipe, example)
        together = " ".join(passages)
        complete = "born? dijon" in claim and "330 metres" in together and "in dijon" in together and "the tower born" in claim
        assert complete == (example.label == SUPPORTED)


def test_the_opposite_of_a_yes_or_no_is_contradicted(recipe):
    case = recipe.several[1]
    made = [example for seed in range(20) for example in recipe.about_several(case, random.Random(seed))]
    claims = {(decoded(recipe, example)[0].split()[-1], tuple(example.label)) for example in made}
    assert ("no", tuple(SUPPORTED)) in claims
    assert ("yes", tuple(CONTRADICTED)) in claims


def test_the_loss_lets_two_negative_kinds_share_their_probability(recipe):
    sure = torch.tensor([[-20.0, 0.0, 0.0]])
    example = recipe.examples(0)[0]

    def loss(label: list[int]) -> float:
        return recipe.loss(torch.zeros(1, 1, 0), sure, [type(example)(example.row, label)]).item()

    assert loss(DENIED) == pytest.approx(0, abs=1e-4)
    assert loss(CONTRADICTED) == pytest.approx(math.log(2), abs=1e-4)
    assert loss(SUPPORTED) == pytest.approx(20 + math.log(2), abs=1e-3)


def test_forms_of_answers():
    assert [form(answer) for answer in ("5 May 1982", "330 metres", "Gustave Eiffel", "the engineers of the fair")] == [
        "date",
        "number",
        "name",
        "phrase",
    ]


def test_phrases_stand_between_small_words_and_signs():
    text = "the old stone tower of the fair, built by hand"
    assert [text[start:end] for start, end in phrases(text)] == ["old stone tower", "fair", "built", "hand"]


def test_a_span_that_has_a_gold_answer_in_it_is_not_wrong():
    case = Answered("a", "Who?", [Passage("p", TOWER)], answers=["Gustave Eiffel"])
    assert not is_wrong("Eiffel", case)
    assert not is_wrong("by Gustave Eiffel for a world fair", case)
    assert is_wrong("Paul Verlaine", case)


def test_a_lure_has_the_form_of_the_answer():
    case = Answered("a", "When was the tower built?", [Passage("p", TOWER)], [(0, 23, 27)], answers=["1889"])
    found = {TOWER[start:end] for _, start, end in (lure(case, random.Random(seed)) for seed in range(20))}
    assert found == {"1890", "1896"}


def test_a_text_without_names_dates_or_numbers_has_none_to_swap():
    assert swapped("who built it", TOWER, random.Random(0)) is None
    assert swapped("Paul Verlaine hated it", "Gustave Eiffel", random.Random(0)) == "Gustave Eiffel hated it"


def test_a_passage_that_has_the_answer_but_not_the_question_is_found():
    cases = [Answered("a", "Who built the tower in 1889?", [Passage("p", TOWER)], [(0, 31, 45)], answers=["Gustave Eiffel"])]
    cases += [Answered("b", "Who came from Canada?", [Passage("q", BIOGRAPHY)], [(0, 59, 70)], answers=["Frank Crowe"])]
    passage, span = Paragraphs(cases).also_with(cases[0], random.Random(0))
    assert (passage.id, BIOGRAPHY[span[1] : span[2]]) == ("q", "Gustave Eiffel")
    assert Paragraphs(cases).also_with(cases[1], random.Random(0)) is None


def test_what_our_reader_answers_is_labelled_and_trained_on(base, data, recipe, reader, monkeypatch):
    cases = [*reading(data, "reading/squad2_a.jsonl.gz", "train"), *multi_hop(data, "hotpotqa")]
    given = list(read_out(reader, cases, most=2))
    assert len(given) > len(cases)
    for one in given:
        assert one.claim.answer in f"yes no {' '.join(passage.text for passage in as_cited(one).passages)}"
    assert not any(one.supported for one in given if one.claim.question == "Who paid for the tower?")
    monkeypatch.setattr(verifier, "made_cases", lambda *_: cases)
    assert len(VerifierRecipe(data, base.tokenizer, reader=reader).examples(0)) == len(recipe.examples(0)) + len(given)


def test_a_trained_adapter_is_judged(base, reader, data, tmp_path):
    whole = VerifierRecipe(data, base.tokenizer, reader=reader)
    fit(whole, base, tmp_path, Settings(epochs=0.2, rank=2, batch=1024))
    (tmp_path / "card.json").write_text("{}")
    assert 0 <= whole.score(Adapted(base, tmp_path)) <= 1
    judged = whole.judge(Adapted(base, tmp_path))
    assert set(judged.calibration) == {"slope", "offset", "statement_slope", "statement_offset"}
    assert {"accuracy_fever_dev", "ece_fever_dev", "accuracy_squad2_a_dev_claims", "auc_own_hotpotqa_dev"} <= set(judged.figures)
    assert all(0 <= estimate.low <= estimate.mean <= estimate.high <= 1 for estimate in judged.figures.values())
    assert 0 <= EntailmentVerifier(Adapted(base, tmp_path))(Claim("Who built it?", "Eiffel", []), [Passage("p", TOWER)]) <= 1
