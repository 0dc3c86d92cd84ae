import dataclasses

import pytest

from agentic_rag.errors import CorpusError
from agentic_rag.evaluation.data import FORMATS, read_dataset

CONTEXT = '"question": "Who?", "context": [["Orrin", ["A town. \\"evidences\\": none."]]]'
FILES = {
    "hotpotqa": f'[{{"_id": "a", {CONTEXT}, "answer": "Venn"}}]',
    "2wiki": f'[{{"_id": "a", {CONTEXT}, "entity_ids": "Q1_Q2"}}]',
    "musique": '{"id": "a", "paragraphs": [{"idx": 0, "title": "Orrin", "paragraph_text": "A town."}], "question": "Who?"}\n',
    "squad": '{\n "version": "1.1",\n "data": [{"title": "Orrin", "paragraphs": [{"context": "A town.", "qas": ['
    '{"id": "a", "question": "Who?", "answers": []}]}]}]}',
    "nq_open": '{"question": "who", "answer": ["Venn"]}\n',
}
BEIR = "query-id\tcorpus-id\tscore\nq\td\t1\n"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_the_format_of_a_file_is_recognised_from_its_content(write, name, suffix, monkeypatch):
    path = write(f"data{suffix}", FILES[name])
    asked = []
    monkeypatch.setitem(FORMATS, name, lambda path, read=FORMATS[name]: asked.append(name) or read(path))
    assert read_dataset(path) == read_dataset(path, name)
    assert asked == [name, name]


@pytest.mark.parametrize(("name", "qrels"), [("limit", "qrels.jsonl"), ("beir", "qrels/test.tsv")])
def test_the_format_of_a_folder_is_recognised_from_its_files(write, tmp_path, name, qrels):
    write("corpus.jsonl", '{"_id": "d", "text": "A town."}')
    write("queries.jsonl", '{"_id": "q", "text": "Who?"}')
    path = write(qrels, BEIR)
    assert read_dataset(tmp_path) == FORMATS[name](tmp_path)
    assert name == "limit" or read_dataset(path) == FORMATS[name](tmp_path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('{"id": "a", "question": "Who?", "answers": []}', "answers, id, question"),
        ("id,question\n", "nothing"),
        ('{"id": "a", "question": "Who?", "answer": "x"}', "answer, id, question"),
    ],
)
def test_a_format_that_is_not_recognised_lists_the_formats(write, content, found):
    path = write("questions.jsonl", content)
    with pytest.raises(CorpusError) as error:
        read_dataset(path)
    assert str(error.value) == (
        f"{path} is in none of the formats 2wiki, beir, hotpotqa, limit, musique, nq_open, squad (found in it: {found}); "
        "name it with --format; if it is native, give its passages with --corpus, in Python read it with read_questions"
    )


def test_a_folder_that_is_not_recognised_says_what_it_holds(write, tmp_path):
    write("corpus.jsonl", "")
    with pytest.raises(CorpusError, match=r"none of the formats .* \(found in it: corpus.jsonl\)"):
        read_dataset(tmp_path)


def test_an_unknown_format_lists_the_known_ones(tmp_path):
    with pytest.raises(CorpusError) as error:
        read_dataset(tmp_path, "trivia")
    assert (
        str(error.value) == "'trivia' is no known format; expected one of 2wiki, beir, hotpotqa, limit, musique, nq_open, squad"
    )


def test_a_missing_file_cannot_be_recognised(tmp_path):
    with pytest.raises(CorpusError, match=r"dev.json cannot be opened: No such file"):
        read_dataset(tmp_path / "dev.json")


def test_a_dataset_is_frozen(write):
    with pytest.raises(dataclasses.FrozenInstanceError):
        read_dataset(write("data", FILES["nq_open"])).passages = []
