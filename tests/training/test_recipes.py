"""`agentic-rag train` from its first word to the card, on a handful of questions."""

import gzip
import json
import re
import shutil
import sys
from itertools import product
from pathlib import Path

import pytest
from towers import write_decompositions, write_rows

from agentic_rag import cli
from agentic_rag.cli.roles import roles_of
from agentic_rag.cli.training import shared
from agentic_rag.encoder import MiniLM
from agentic_rag.errors import EncoderError, GraphError
from agentic_rag.specialists import ROLES, SHIPPED, adapter_of, specialists
from agentic_rag.training.data import TrainingError, corpus, lines, located, multi_hop, reading, sub_questions
from agentic_rag.training.recipes import RECIPES
from agentic_rag.training.router import RouterRecipe
from agentic_rag.types import Passage


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["agentic-rag", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    rows: list[dict[str, str]] = []
    for number, (work, place) in enumerate(product(["Hamlet", "Emma", "Faust", "Dune"], ["Rome", "Oslo", "Bern", "Riga"])):
        split = {"split": "dev" if number % 4 == 3 else "train"}
        rows.append({"question": f"who wrote {work} in {place}", "label": "simple", "type": "single", "source": "plain", **split})
        nested = {"question": f"Where was the author of {work} from {place} born?", "label": "complex", "type": "bridge"}
        rows.append({**nested, "source": "nested", **split})
    write_rows(folder / "routing" / "questions.jsonl.gz", rows)
    write_decompositions(folder)
    return folder


def test_a_role_is_trained_and_its_card_tells_how_good_it_is(data, tmp_path, monkeypatch, capsys):
    out = tmp_path / "mine" / "router"
    words = ["train", "router", "--data", data, "--out", out, "--rank", 2, "--batch", 512, "--descents", 2]
    assert run(monkeypatch, *words, "--json") == 0
    printed = capsys.readouterr()
    assert re.search(r"loss \d\.\d{3}  dev [01]\.\d{3}  ", printed.err)
    card = json.loads(printed.out)
    assert card["role"] == "router"
    assert (card["settings"]["rank"], card["settings"]["descents"]) == (2, 2)
    assert card["trained"]["examples"] > 0
    assert card["base"] == MiniLM().fingerprint
    assert card["command"].startswith("agentic-rag train router --data")
    assert {"mean", "low", "high", "n"} == set(card["figures"]["macro_f1_dev"])
    assert run(monkeypatch, *words, "--judge") == 0
    assert "macro_f1_dev" in capsys.readouterr().out
    onward = tmp_path / "onward"
    again = ["train", "router", "--data", data, "--out", onward, "--rank", 2, "--batch", 512, "--start", out]
    assert run(monkeypatch, *again, "--json") == 0
    [earlier] = json.loads(capsys.readouterr().out)["earlier"]
    assert earlier == {name: card[name] for name in ("role", "command", "settings", "trained")}
    roles = roles_of(f"specialists:{tmp_path / 'mine'}", MiniLM())
    assert roles.router.adapted.folder == out
    assert roles.grader.adapted.folder == SHIPPED / "grader"
    assert 0 <= roles.router("Who wrote Emma?").score <= 1


def test_the_card_of_a_mean_of_two_adapters_tells_the_runs_and_the_sources_of_both(data, tmp_path, monkeypatch, capsys):
    cards = {}
    for name, more in (("one", []), ("other", ["--seed", 1]), ("mean", ["--start", "one", "--average", "other", "--epochs", 0])):
        given = [tmp_path / word if word in cards else word for word in more]
        words = ["train", "router", "--data", data, "--out", tmp_path / name, "--rank", 2, "--batch", 512]
        assert run(monkeypatch, *words, *given, "--json") == 0
        card = cards[name] = json.loads(capsys.readouterr().out)
        card["sources"][name] = "CC0"
        (tmp_path / name / "card.json").write_text(json.dumps(card))
    assert [run["command"] for run in cards["mean"]["earlier"]] == [cards["one"]["command"], cards["other"]["command"]]
    assert cards["mean"]["trained"]["steps"] == 0
    assert {"one", "other"} < set(cards["mean"]["sources"])
    assert run(monkeypatch, "train", "router", "--data", data, "--out", tmp_path / "mean", "--judge", "--json") == 0
    assert json.loads(capsys.readouterr().out)["sources"] == cards["mean"]["sources"]


def test_a_run_that_was_cut_off_while_it_was_measured_is_only_measured(data, tmp_path, monkeypatch, capsys):
    words = ["train", "router", "--data", data, "--out", tmp_path / "router", "--rank", 2, "--batch", 512, "--json"]

    def kill(recipe, adapted):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(RouterRecipe, "judge", kill)
        assert run(monkeypatch, *words) == 130
    weights = (tmp_path / "router" / "adapter_model.safetensors").stat().st_mtime_ns
    capsys.readouterr()
    assert run(monkeypatch, *words) == 0
    card = json.loads(capsys.readouterr().out)
    assert "macro_f1_dev" in card["figures"]
    assert card["trained"]["steps"] > 0
    assert (tmp_path / "router" / "adapter_model.safetensors").stat().st_mtime_ns == weights


def test_what_is_not_measured_again_stays_on_the_card(data, tmp_path, monkeypatch, capsys):
    out = tmp_path / "router"
    shutil.copytree(SHIPPED / "router", out)
    card = json.loads((out / "card.json").read_text())
    added = {"figures": {**card["figures"], "kept": {"mean": 1.0, "low": 1.0, "high": 1.0, "n": 1}}}
    (out / "card.json").write_text(json.dumps({**card, **added, "calibration": {"threshold": 0.3}}))
    assert run(monkeypatch, "train", "router", "--data", data, "--out", out, "--judge", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["figures"]["kept"]["mean"] == 1.0
    assert found["figures"]["macro_f1_dev"]["n"] == 8
    assert found["calibration"].keys() == {"threshold", "slope", "offset"}


def test_a_dry_run_counts_and_writes_nothing(data, tmp_path, monkeypatch, capsys):
    assert run(monkeypatch, "train", "router", "--data", data, "--out", tmp_path / "out", "--dry-run") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["examples"] > 0
    assert found["tokens"] > found["longest"] > 0
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["chef", "--data", "{data}"], "there is no role 'chef' to train; there are router, planner, grader, reader, verifier"),
        (["router", "--data", "nowhere"], "--data 'nowhere' is not a folder; give the one that has the training files"),
        (["reader", "--data", "{data}"], "no training file"),
        (["router", "--data", "{data}", "--judge"], "it has no 'card.json'; make one with agentic-rag train"),
        (["router", "--data", "{data}", "--reader", "reader"], "is of no use to the recipe of the router; leave it out"),
        (["planner", "--data", "{data}", "--stores", "nowhere"], "--stores 'nowhere' is not a folder"),
        (["verifier", "--data", "{data}", "--reader", "nowhere"], "no specialist in 'nowhere'"),
        (["grader", "--data", "{data}", "--rank", "2"], "rank 64, not 2; give one of this rank (or --start base), or --rank"),
        (["router", "--data", "{data}", "--epochs", "inf"], "--epochs inf is no finite number"),
        (["router", "--data", "{data}", "--epochs", "0"], "nothing to train: it takes epochs, or an adapter to begin with"),
        (["router", "--data", "{data}", "--start", "router", "--average", "{out}"], "is where the new adapter is written"),
    ],
)
def test_a_wrong_order_gets_one_clear_sentence(data, tmp_path, monkeypatch, capsys, words, sentence):
    if "{out}" in words:
        shutil.copytree(SHIPPED / "router", tmp_path / "out")
    words = [word.format(data=data, out=tmp_path / "out") for word in words]
    assert run(monkeypatch, "train", *words, "--out", tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said


def test_an_adapter_of_another_role_is_not_measured_as_this_one(data, tmp_path, monkeypatch, capsys):
    assert run(monkeypatch, "train", "router", "--data", data, "--out", SHIPPED / "planner", "--judge") == 2
    assert "is of the planner, not of the router" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--start", "--average"])
def test_an_adapter_that_does_not_fit_is_refused_before_anything_is_trained(data, tmp_path, monkeypatch, capsys, option):
    shutil.copytree(SHIPPED / "router", tmp_path / "foreign")
    (tmp_path / "foreign" / "card.json").write_text('{"role": "router", "base": "another-base"}')
    for given, rank, sentence in (
        ("nowhere", 2, "no specialist in 'nowhere': it has no 'card.json'"),
        (SHIPPED / "router", 2, "router' has rank 16, not 2; give one of this rank (or --start base), or --rank 16"),
        (tmp_path / "foreign", 16, "foreign' was trained on another-base, not on minilm-"),
    ):
        words = ["train", "router", "--data", data, "--out", tmp_path / "out", "--rank", rank, option, given]
        assert run(monkeypatch, *words) == 2
        assert sentence in capsys.readouterr().err
        assert not (tmp_path / "out").exists()


def test_every_role_has_a_recipe_that_says_what_it_reads_and_where_it_fails():
    assert set(RECIPES) == set(ROLES)
    for recipe in RECIPES.values():
        assert recipe.sources
        assert recipe.known_failures
        assert not [name for name in recipe.sources if "dev" in name]


def test_an_adapter_that_is_not_there_or_not_ours_is_refused(tmp_path):
    with pytest.raises(GraphError, match="names no folder"):
        roles_of(f"specialists:{tmp_path / 'nowhere'}", MiniLM())
    (tmp_path / "router").mkdir()
    with pytest.raises(EncoderError, match=r"it has no 'card.json'; make one with agentic-rag train"):
        specialists(MiniLM(), tmp_path).router("who?")
    assert adapter_of("reader", tmp_path) == SHIPPED / "reader"
    with pytest.raises(EncoderError, match="has no folder named router, planner, grader, reader or verifier; give the one that"):
        roles_of(f"specialists:{tmp_path / 'router'}", MiniLM())


def test_answers_are_found_as_whole_words_and_in_the_evidence_first():
    told = Passage("p", "Manchester has a man. The man was born in 1900.", "", {"sentences": []})
    assert located(["man"], [told]) == [(0, 17, 20), (0, 26, 29)]
    marked = Passage("p", "A man. The man was born.", "", {"sentences": ["A man.", "The man was born."]})
    assert located(["man"], [marked], [("p", 1)]) == [(0, 11, 14)]
    assert located(["absent"], [told]) == []
    assert located(["rome"], [Passage("p", "İİ Rome fell.")]) == [(0, 3, 7)]


@pytest.fixture
def qa(tmp_path):
    def write(name, rows):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        with gzip.open(tmp_path / name, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    towns = [
        {"id": "2wiki:A", "title": "A", "text": "A was made by Bo."},
        {"id": "2wiki:Bo", "title": "Bo", "text": "Bo died in Rome."},
    ]
    write("2wiki/corpus.jsonl.gz", [*towns, {"id": "2wiki:C", "title": "C", "text": "C is a town."}])
    evidences = [["A", "director", "Bo"], ["Bo", "place of death", "Rome"]]
    row = {"id": "1", "question": "Where did the director of A die?", "answers": ["Rome"], "gold": ["2wiki:A", "2wiki:Bo"]}
    write("2wiki/train.jsonl.gz", [{**row, "candidates": ["2wiki:C", "2wiki:A", "2wiki:Bo"], "evidences": evidences}])
    write("musique/train.jsonl.gz", [])
    plain = {"id": "r", "question": "who?", "context": "Bo did.", "title": "My_Title", "answers": [{"text": "Bo", "start": 0}]}
    write("reading/x.jsonl.gz", [{**plain, "source": "x", "split": "dev"}, {**plain, "source": "amazon", "split": "train"}])
    corpus.cache_clear()
    return tmp_path


def test_an_adapter_to_average_with_may_count_less():
    assert shared("mine/reader") == (Path("mine/reader"), 1.0)
    assert shared("mine/reader=0.5") == (Path("mine/reader"), 0.5)
    assert shared("rate=3/reader=2") == (Path("rate=3/reader"), 2.0)
    assert shared("reader=2") == (SHIPPED / "reader", 2.0)
    for wrong in ("much", "nan", "inf", "-1", ""):
        with pytest.raises(TrainingError, match=f"'mine={wrong}' has no positive number behind '='; give FOLDER or FOLDER=SHARE"):
            shared(f"mine={wrong}")


def test_a_line_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "plain.jsonl").write_text('{"question": "who?"}\n[1]\n')
    (tmp_path / "odd.jsonl.gz").write_text("{}")
    rows = lines(tmp_path, "plain.jsonl")
    with pytest.raises(TrainingError, match=r"line 1 of '.*plain.jsonl' has no 'label'; it has question"):
        next(rows)["label"]
    with pytest.raises(TrainingError, match=r"line 2 of '.*plain.jsonl' is no JSON object"):
        next(rows)
    with pytest.raises(TrainingError, match=r"odd.jsonl.gz' cannot be read \(Not a gzipped file"):
        next(lines(tmp_path, "odd.jsonl.gz"))


def test_training_files_become_questions_with_passages_and_spans(qa):
    [case] = multi_hop(qa, "2wiki")
    assert [passage.id for passage in case.passages] == ["2wiki:A", "2wiki:Bo"]
    assert [passage.id for passage in case.others] == ["2wiki:C"]
    assert case.spans == [(1, 11, 15)]
    assert [(step.question, step.answers) for step in sub_questions(qa)] == [
        ("what is the director of A?", ["Bo"]),
        ("place of death of Bo?", ["Rome"]),
    ]
    [dev] = reading(qa, "reading/x.jsonl.gz", "dev")
    assert (dev.passages[0].title, dev.spans) == ("My Title", [(0, 0, 2)])
    assert reading(qa, "reading/x.jsonl.gz", "train")[0].passages[0].title == ""
