import json

import numpy as np
import pytest
import torch

from agentic_rag.specialists.network import Adapted, Network
from agentic_rag.specialists.rows import CLS, SEP
from agentic_rag.specialists.verifier import HEADS, PASSAGES, ROWS, EntailmentVerifier, margin, stated
from agentic_rag.testing import STRANGE
from agentic_rag.training.loop import adapted, save_adapter
from agentic_rag.training.settings import Settings
from agentic_rag.types import Citation, Claim, Passage

BRIDGE = Passage("saltgate", "Saltgate Bridge was designed by Maren Tolquist. It is 212 metres long.", "Saltgate Bridge")
ARCHITECT = Passage("tolquist", "Maren Tolquist was an architect. She was born in 1748 in Ashmarrow.", "Maren Tolquist")
BORN = Claim("When was the designer of Saltgate Bridge born?", "1748", [])


@pytest.fixture(scope="module")
def verifier(base, tmp_path_factory) -> EntailmentVerifier:
    """A verifier with random weights and a calibration that tells claims from statements."""
    torch.manual_seed(5)
    settings = Settings(rank=2)
    out = tmp_path_factory.mktemp("verifier")
    save_adapter(Network(adapted(base, settings), HEADS), out, settings)
    calibration = {"slope": 2.0, "offset": 0.5, "statement_slope": 0.0, "statement_offset": 0.0}
    (out / "card.json").write_text(json.dumps({"calibration": calibration}))
    return EntailmentVerifier(Adapted(base, out))


def read(verifier, row) -> str:
    return verifier.adapted.base.tokenizer.decode(row.ids, skip_special_tokens=False)


def said(verifier, question: str, answer: str) -> str:
    tokenizer = verifier.adapted.base.tokenizer
    return tokenizer.decode(stated(tokenizer, Claim(question, answer, [])))


def test_a_claim_keeps_every_word_of_its_question(verifier):
    assert said(verifier, "who built it in 1889", "Eiffel") == "who built it in 1889? eiffel"
    assert said(verifier, "Who built it in 1889? ", " Eiffel") == "who built it in 1889? eiffel"
    assert said(verifier, "", "Eiffel built it.") == "eiffel built it."


def test_the_answer_to_an_endless_question_is_still_read(verifier):
    assert said(verifier, "why " * 500, "because " * 500).endswith("why " + "because " * 39 + "because")


def test_two_passages_are_read_together_and_alone(verifier):
    first, second, third = (read(verifier, row) for row in verifier.rows(BORN, [BRIDGE, ARCHITECT]))
    assert "212" in first
    assert "architect" in first
    assert "212" in second
    assert "architect" not in second
    assert "212" not in third


def test_one_passage_is_one_row_of_claim_and_passage(verifier):
    [only] = verifier.rows(BORN, [ARCHITECT])
    assert only.ids[0] == CLS
    assert only.ids.count(SEP) == 2
    assert only.types == sorted(only.types)


def test_support_is_that_of_the_best_row_as_calibrated(verifier):
    outputs = verifier.adapted(verifier.rows(BORN, [BRIDGE, ARCHITECT]))
    best = max(margin(whole) for _, whole in outputs)
    assert verifier(BORN, [BRIDGE, ARCHITECT]) == pytest.approx(1 / (1 + np.exp(-2 * best - 0.5)), abs=0.01)


def test_a_statement_has_a_calibration_of_its_own(verifier):
    assert verifier(Claim("", "Maren Tolquist was an architect.", []), [ARCHITECT]) == 0.5


def test_an_adapter_without_calibration_gives_its_own_probability(verifier, monkeypatch):
    monkeypatch.setitem(verifier.adapted.__dict__, "_read", ({}, "no adapter"))
    [(_, whole)] = verifier.adapted(verifier.rows(BORN, [ARCHITECT]))
    assert verifier(BORN, [ARCHITECT]) == pytest.approx(np.exp(whole[0]) / np.exp(whole).sum(), abs=0.01)


def test_the_window_of_the_quote_is_read_first(verifier):
    text = "Nothing is said here. " * 400 + "She was named Ada. " + "Nor is it here. " * 400
    start = text.index("She")
    quote = Citation("long", start, start + 18, "She was named Ada.")
    first, *others = verifier.rows(Claim("What is nothing said?", "here", [quote]), [Passage("long", text)])
    assert "she was named ada." in read(verifier, first)
    assert len(others) == ROWS - 1


def test_without_a_quote_the_window_nearest_to_the_claim_is_read_first(verifier):
    text = "Nothing of note. " * 400 + "Her name was Ada Byron. " + "Nothing of note. " * 400
    first, *_ = verifier.rows(Claim("What was her name?", "Ada Byron", []), [Passage("long", text)])
    assert "ada byron" in read(verifier, first).split("[SEP]")[1]


def test_cited_passages_come_before_all_others(verifier):
    many = [Passage(f"p{number}", f"number {number}") for number in range(PASSAGES + 5)]
    last = Citation.of(many[-1], 0, 6)
    first, *_ = verifier.rows(Claim("Which number?", "14", [last]), many)
    assert read(verifier, first).split("[SEP]")[1].strip() == "number 14"


def test_work_is_capped_whatever_the_passages(verifier):
    rows = verifier.rows(BORN, [Passage(f"p{number}", "x " * 25_000) for number in range(40)])
    assert len(rows) == ROWS
    assert max(map(len, rows)) <= 512


def test_nothing_supports_a_claim_without_passages_or_without_an_answer(verifier):
    assert verifier(BORN, []) == 0
    assert verifier(BORN, [Passage("empty", "")]) == 0
    assert verifier(Claim("When?", " ", []), [ARCHITECT]) == 0


@pytest.mark.parametrize("text", STRANGE)
def test_strange_texts_are_verified(verifier, text):
    assert 0 <= verifier(BORN, [Passage("strange", text, text), ARCHITECT]) <= 1
    assert 0 <= verifier(Claim(text, text, [Citation("tolquist", 5000, 6000, text)]), [ARCHITECT]) <= 1
