import gzip
import json
import math
import random
from collections import Counter
from dataclasses import replace

import pytest
import torch

from agentic_rag.specialists.calibration import Calibration
from agentic_rag.specialists.grader import ALONE, CHAINED, CrossEncoderGrader, Grading, Link, Scores
from agentic_rag.specialists.network import Adapted
from agentic_rag.store import Store
from agentic_rag.training.data import corpus, multi_hop
from agentic_rag.training.grader import NOTHING, Corpus, GraderRecipe, Target, sentences_told
from agentic_rag.training.loop import Example, fit
from agentic_rag.training.ranking import Graded, calibration_error, candidates, compared, fitted, sampled
from agentic_rag.training.settings import Settings
from agentic_rag.types import Passage

NAMES = ["Ada", "Ben", "Cleo", "Dirk", "Edda", "Finn"]
TOWNS = ["Utrecht", "Leiden", "Delft", "Gouda", "Breda", "Hoorn"]


def written(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def mills(name):
    """A set of questions over two passages each: a mill, and the person who built it."""
    passages, questions = [], []
    for n, (who, town) in enumerate(zip(NAMES, TOWNS, strict=True)):
        passages += [
            {"id": f"m{n}", "title": f"Mill {n}", "text": f"Mill {n} is a mill. It was built by {who} Fern."},
            {"id": f"p{n}", "title": f"{who} Fern", "text": f"{who} Fern was born in {town}."},
        ]
        questions.append(
            {
                "id": f"q{n}",
                "question": f"In which town was the builder of Mill {n} of {name} born?",
                "answers": [town],
                "gold": [f"m{n}", f"p{n}"],
                "candidates": [f"{kind}{at % 6}" for at in range(n, n + 3) for kind in "mp"],
                "evidences": [[f"Mill {n}", "builder", f"{who} Fern"]],
                "decomposition": [
                    {"question": f"Mill {n} >> builder", "answer": f"{who} Fern"},
                    {"question": "#1 >> place of birth", "answer": town},
                ],
            }
        )
    return passages, questions


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for name in ("hotpotqa", "2wiki", "musique"):
        passages, questions = mills(name)
        written(folder / name / "corpus.jsonl.gz", passages)
        written(folder / name / "train.jsonl.gz", questions[:3])
        written(folder / name / "dev.jsonl.gz", questions[3:])
    written(folder / "reading" / "qed_dev.jsonl.gz", [])
    for file, source in (("squadshifts", "squadshifts/new_wiki"), ("qed_train", "qed"), ("squad2_a", "squad2")):
        rows = [
            {
                "id": f"{source}{n}",
                "question": f"Who lives in {town}?",
                "context": f"{who} lives in {town}, a town.",
                "title": town,
            }
            | {"source": source, "split": "train", "answers": [{"text": who, "start": 0}] if n else []}
            for n, (who, town) in enumerate(zip(NAMES, TOWNS, strict=True))
        ]
        written(folder / "reading" / f"{file}.jsonl.gz", rows)
    return folder


@pytest.fixture(scope="module")
def stores(data, base, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    for name in ("hotpotqa", "2wiki", "musique"):
        with Store.create(folder / name, base.encoder) as store:
            store.index(corpus(data, name).values())
    return folder


@pytest.fixture
def recipe(data, base):
    return GraderRecipe(data, base.tokenizer)


def read(recipe, example):
    return recipe.tokenizer.decode(example.row.ids, skip_special_tokens=True)


def test_hard_negatives_share_words_with_the_question_but_do_not_answer_it():
    passages = [
        Passage("a", "The old mill stands."),
        Passage("b", "A mill of Ada."),
        Passage("c", "A lake."),
        Passage("d", "The old mill stands."),
    ]
    known = Corpus.of(passages)
    assert len(known.passages) == 3
    assert [passage.id for passage in known.mistaken("the old mill", [])] == ["d", "b"]
    assert [passage.id for passage in known.mistaken("the old mill", [passages[0]])] == ["b"]
    assert known.mistaken("the old mill", [passages[0]], ["Ada"]) == []


def test_an_epoch_has_passages_that_help_and_others_alone_and_chained(recipe):
    made = recipe.examples(0)
    kinds = Counter((example.label.head, example.label.value) for example in made)
    assert set(kinds) == {(ALONE, 0.0), (ALONE, 1.0), (CHAINED, 0.0), (CHAINED, 1.0)}
    assert kinds[ALONE, 1.0] >= 18
    assert made == recipe.examples(0)
    assert made != recipe.examples(1)


def test_no_dev_question_is_trained_on(recipe, data):
    asked = [case.question.lower() for name in ("hotpotqa", "2wiki", "musique") for case in multi_hop(data, name, "dev")]
    rows = [read(recipe, example) for epoch in range(3) for example in recipe.examples(epoch)]
    assert len(rows) > 100
    assert not any(question in made for question in asked for made in rows)


def test_the_gold_passages_help_and_no_other_does(recipe):
    for example in recipe.examples(0):
        said = read(recipe, example)
        if "in which town" in said and example.label.head == ALONE:
            number = int(said.split("mill ")[1][0])
            passage = said.split("born?")[1]
            gold = f"mill {number}" in passage or passage.strip().startswith(f"{NAMES[number].lower()} fern")
            assert gold == bool(example.label.value), said


def test_each_head_learns_from_its_own_rows(recipe):
    alone, chained = (Example(recipe.examples(0)[0].row, Target(head, 1.0, [])) for head in (ALONE, CHAINED))
    pooled = torch.tensor([[9.0, -9.0], [-9.0, 9.0]], requires_grad=True)
    loss = recipe.loss(torch.zeros(2, 4, 0), pooled, [alone, chained])
    loss.backward()
    assert loss.item() < 0.001
    assert pooled.grad[0, 1] == pooled.grad[1, 0] == 0.0


def test_tokens_learn_which_sentences_tell_and_nothing_where_that_is_not_known(recipe, data):
    [case, *_] = [case for case in multi_hop(data, "hotpotqa") if len(case.passages) == 2]
    text = case.passages[0].text
    told = replace(case, telling=[(0, text.index("."), text.index(".") + 1)])
    assert sentences_told(told, 0) == [(text.index("."), text.index(".") + 1)]
    assert sentences_told(told, 1) is None
    right = recipe.alone(case.question, case.passages[0], sentences_told(told, 0), random.Random(0))
    unknown = recipe.alone(case.question, case.passages[0], None, random.Random(0))
    wrong = recipe.alone(case.question, case.passages[0], NOTHING, random.Random(0))
    assert [recipe.tokenizer.id_to_token(right.row.ids[at]) for at, tells in enumerate(right.label.tells) if tells == 1] == ["."]
    assert set(unknown.label.tells) == {-1}
    assert set(wrong.label.tells) == {0, -1}
    assert (right.label.value, unknown.label.value, wrong.label.value) == (1.0, 1.0, 0.0)
    each = torch.zeros(2, len(right.row), 1, requires_grad=True)
    recipe.loss(each, torch.zeros(2, 2), [right, unknown]).backward()
    moved = [at for at in range(len(right.row)) if each.grad[0, at, 0] < 0]
    assert moved == [at for at, tells in enumerate(right.label.tells) if tells == 1]
    assert not each.grad[1].any()


def test_candidates_do_not_tell_gold_passages_by_their_place(data):
    cases = multi_hop(data, "hotpotqa", "dev")
    places = {candidates(case).index(passage) for case in cases for passage in case.passages}
    assert len(places) > 2
    assert sampled(cases, 2) == sampled(cases[::-1], 2)


def graded(alone, links, gold, half=0):
    return Graded(Scores(alone, links), gold, sum(gold), half)


def test_a_question_is_complete_once_all_its_gold_passages_are_there():
    one = graded([0.0, 1.0, 2.0], [], [True, False, True])
    assert [one.complete(k) for k in (1, 2, 3)] == [0.0, 0.0, 1.0]
    assert [one.complete(k, Grading()) for k in (1, 2, 3)] == [0.0, 0.0, 1.0]
    chained = graded([-1.0, 1.0, 2.0], [Link(2, 0, 5.0)], [True, False, True])
    assert chained.complete(2, Grading()) == 1.0
    assert chained.one_pass.complete(2, Grading()) == 0.0
    lost = Graded(Scores([1.0], []), [True], 2, 0)
    assert lost.complete(1) == 0.0


def test_calibration_follows_the_labels():
    lists = [graded([3.0, -3.0, 2.0], [Link(0, 2, 2.0), Link(0, 1, -2.0)], [True, False, bool(n % 4)]) for n in range(40)]
    grading = fitted(lists)
    assert grading.alone(3.0) > 0.9
    assert grading.chained(2.0) == pytest.approx(0.75, abs=0.03)
    assert grading(lists[0].scores)[2] == pytest.approx(0.75, abs=0.1)
    assert calibration_error(lists, [grading, grading]).mean < 0.1
    assert fitted([graded([1.0], [], [True])]) == Grading(Calibration(), Calibration(), Calibration())


def test_the_gain_is_paired():
    found = [graded([float(at) for at in range(8)], [], [at in (6, 7) for at in range(8)], half) for half in (0, 1)]
    figures = compared("set", found, [Grading(), Grading()])
    assert figures["all_gold@5_set_fused"].mean == 0.0
    assert figures["all_gold@5_set"].mean == figures["all_gold@5_set_gain"].mean == 1.0
    assert figures["all_gold@10_set_gain"].mean == 0.0


def test_a_trained_grader_is_judged_on_candidates_and_on_what_was_retrieved(data, base, stores, tmp_path):
    recipe = GraderRecipe(data, base.tokenizer, stores=stores, questions=3)
    fit(recipe, base, tmp_path, Settings(epochs=1, rank=2, batch=1024))
    (tmp_path / "card.json").write_text(json.dumps({"calibration": {}}))
    assert 0 <= recipe.score(Adapted(base, tmp_path)) <= 1
    judged = recipe.judge(Adapted(base, tmp_path))
    assert {f"all_gold@{k}_{name}_dev_gain" for k in (5, 10) for name in ("hotpotqa", "2wiki", "musique")} <= set(judged.figures)
    assert judged.figures["all_gold@50_musique_dev_fused"].mean == 1.0
    assert judged.figures["all_gold@2_hotpotqa_dev_candidates"].n == 3
    assert 0 <= judged.figures["ece"].mean <= 1
    assert set(judged.calibration) == {
        f"{part}_{what}" for part in ("alone", "chained", "named", "final") for what in ("slope", "offset")
    }
    assert all(math.isfinite(value) for value in judged.calibration.values())
    grades = CrossEncoderGrader(Adapted(base, tmp_path))("Who built Mill 1?", list(corpus(data, "hotpotqa").values()))
    assert len(grades) == 12


def test_without_stores_only_candidates_are_judged(data, base, tmp_path):
    recipe = GraderRecipe(data, base.tokenizer, questions=2)
    fit(recipe, base, tmp_path, Settings(epochs=0.3, rank=2, batch=1024))
    (tmp_path / "card.json").write_text(json.dumps({"calibration": {}}))
    figures = recipe.judge(Adapted(base, tmp_path)).figures
    candidates_only = {f"all_gold@{k}_hotpotqa_dev_candidates" for k in (2, 3)}
    assert set(figures) == {*candidates_only, "all_gold@2_hotpotqa_dev_candidates_one_pass", "ece"}
