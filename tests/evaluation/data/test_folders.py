"""Small folders about an invented town, in exactly the formats in which BEIR and LIMIT are published."""

import json

import pytest

from agentic_rag.evaluation.data import FORMATS, Dataset
from agentic_rag.evaluation.records import Question
from agentic_rag.types import Passage


@pytest.fixture
def beir(write, tmp_path):
    mill = '{"_id": "d1", "title": "Mill", "text": "Built.", "metadata": {"url": "u"}}'
    write("orrin/corpus.jsonl", f'{mill}\n{{"_id": "d2", "text": ""}}\n')
    queries = [{"_id": f"q{number}", "text": f"query {number}", "metadata": {}} for number in range(1, 5)]
    write("orrin/queries.jsonl", "".join(f"{json.dumps(query)}\n" for query in queries))
    write("orrin/qrels/dev.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    write("orrin/qrels/test.tsv", "query-id\tcorpus-id\tscore\nq3\td2\t1\nq2\td2\t2\nq2\td1\t0\nq2\td9\t1\nq4\td1\t0\n")
    return tmp_path / "orrin"


def test_beir_has_the_questions_of_one_split_and_the_whole_corpus(beir):
    source = {"source": str(beir / "corpus.jsonl")}
    assert FORMATS["beir"](beir) == Dataset(
        [Question("q2", "query 2", gold=["d2", "d9"]), Question("q3", "query 3", gold=["d2"]), Question("q4", "query 4")],
        [Passage("d1", "Built.", "Mill", {"metadata": {"url": "u"}, **source}), Passage("d2", "", "", source)],
    )


def test_another_split_of_beir_is_named_by_its_file_or_is_the_only_one(beir):
    dev = FORMATS["beir"](beir / "qrels" / "dev.tsv").questions
    assert dev == [Question("q1", "query 1", gold=["d1"])]
    (beir / "qrels" / "test.tsv").unlink()
    assert FORMATS["beir"](beir).questions == dev


def test_all_files_of_beir_may_be_gzipped_and_a_document_met_twice_is_one(write, tmp_path):
    write("corpus.jsonl.gz", '{"_id": "d1", "text": "Built."}\n' * 2)
    write("queries.jsonl.gz", '{"_id": 1, "text": "query"}\n')
    write("qrels/train.tsv.gz", "query-id\tcorpus-id\tscore\n1\td1\t1\n")
    dataset = FORMATS["beir"](tmp_path)
    assert dataset.questions == [Question("1", "query", gold=["d1"])]
    assert [passage.id for passage in dataset.passages] == ["d1"]


LIKES = '{"query-id": "query_0", "corpus-id": "%s", "score": 1}'


@pytest.mark.parametrize(
    ("name", "qrels"),
    [
        ("qrels.jsonl", f"{LIKES % 'Ada Venn'}\n{LIKES % 'Ivo Tamm'}\n"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nquery_0\tAda Venn\t1\nquery_0\tIvo Tamm\t1\n"),
        ("qrels.tsv.gz", "query_id\tdoc_id\tgrade\nquery_0\tAda Venn\t1\nquery_0\tIvo Tamm\t1\n"),
    ],
)
def test_the_names_that_limit_asks_for_are_gold_and_answers(write, tmp_path, name, qrels):
    names = ["Ada Venn", "Ivo Tamm", "Una Sorrel"]
    lines = (json.dumps({"_id": name, "title": "", "text": f"{name} likes Quays."}) for name in names)
    corpus = write("limit/corpus.jsonl", "\n".join(lines))
    write("limit/queries.jsonl", '{"_id": "query_0", "text": "Who likes Quays?"}\n')
    write(f"limit/{name}", qrels)
    dataset = FORMATS["limit"](tmp_path / "limit")
    assert dataset.questions == [Question("query_0", "Who likes Quays?", names[:2], "list", 1, names[:2])]
    assert dataset.passages[2] == Passage("Una Sorrel", "Una Sorrel likes Quays.", "", {"source": str(corpus)})
