import pytest

from agentic_rag.evaluation.data import FORMATS

HOTPOT = '[{"_id": "a", "question": "x", "context": []}, %s]'
MUSIQUE = '{"id": "a", "question": "x", "paragraphs": []}\n%s\n'
SQUAD = '{"data": [{"title": "t", "paragraphs": [{"context": "c", "qas": [%s]}]}]}'
QA = "data[0].paragraphs[0].qas"
HEADER = "query-id\tcorpus-id\tscore\n"


@pytest.mark.parametrize("name", ["hotpotqa", "2wiki"])
@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('"b"', 'expected a JSON object, got "b"'),
        ('{"question": "x"}', "expected a list of lists in field 'context', got none; the fields are ['question']"),
        ('{"context": []}', "expected a string or a whole number in field '_id', got none; the fields are ['context']"),
        ('{"_id": "b", "context": []}', "expected a string in field 'question', got none; the fields are ['_id', 'context']"),
        ('{"_id": "b", "context": [], "answer": 3}', "expected a string in field 'answer', got 3"),
        (
            '{"_id": "a", "question": "y", "context": []}',
            "expected an id of its own, not that of [0], in field '_id', got \"a\"",
        ),
    ],
)
def test_a_bad_question_of_hotpotqa_is_named(write, complaint, name, row, message):
    assert complaint(FORMATS[name], write("dev.json", HOTPOT % row)) == f"dev.json [1]: {message}"


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ('[["t"]]', 'context[0]: expected the list [title, sentences], got ["t"]'),
        ('["t"]', 'context[0]: expected the list [title, sentences], got "t"'),
        ('[["t", ["s"]], ["t", "s"]]', "context[1]: expected a list of strings in field 'sentences', got \"s\""),
        ('[[1, ["s"]]]', "context[0]: expected a string in field 'title', got 1"),
        ('[], "supporting_facts": [["t", 0], ["u"]]', 'supporting_facts[1]: expected the list [title, sentence], got ["u"]'),
    ],
)
def test_a_bad_passage_of_hotpotqa_is_named(write, complaint, context, message):
    path = write("dev.json", HOTPOT % f'{{"_id": "b", "question": "x", "context": {context}}}')
    assert complaint(FORMATS["hotpotqa"], path) == f"dev.json [1].{message}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "b"}', "line 2: expected a list of objects in field 'paragraphs', got none; the fields are ['id']"),
        ('{"id": "b", "paragraphs": [1]}', "line 2 paragraphs[0]: expected a JSON object, got 1"),
        ('{"id": "b", "paragraphs": [{"title": null}]}', "line 2 paragraphs[0]: expected a string in field 'title', got null"),
        (
            '{"id": "b", "paragraphs": [{"title": "t", "paragraph_text": "p", "is_supporting": "yes"}]}',
            "line 2 paragraphs[0]: expected true or false in field 'is_supporting', got \"yes\"",
        ),
        (
            '{"id": "a", "question": "y", "paragraphs": []}',
            "line 2: expected an id of its own, not that of line 1, in field 'id', got \"a\"",
        ),
    ],
)
def test_a_bad_line_of_musique_is_named(write, complaint, line, message):
    assert complaint(FORMATS["musique"], write("dev.jsonl", MUSIQUE % line)) == f"dev.jsonl {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", ": expected a JSON object, got []"),
        ('{"version": "1"}', ": expected a list of objects in field 'data', got none; the fields are ['version']"),
        ('{"data": [{}]}', " data[0]: expected a list of objects in field 'paragraphs', got none; the fields are []"),
        (
            '{"data": [{"paragraphs": [{}]}]}',
            " data[0].paragraphs[0]: expected a string in field 'context', got none; the fields are []",
        ),
        (
            SQUAD % '{"id": "a"}',
            f" {QA}[0]: expected a string in field 'question', got none; the fields are ['id']",
        ),
        (
            SQUAD % '{"id": "a", "question": "x", "answers": "y"}',
            f" {QA}[0]: expected a list of objects in field 'answers', got \"y\"",
        ),
        (
            SQUAD % '{"id": "a", "question": "x", "answers": [{"text": 3}]}',
            f" {QA}[0].answers[0]: expected a string in field 'text', got 3",
        ),
        (
            SQUAD % ", ".join(['{"id": "a", "question": "x", "answers": []}'] * 2),
            f" {QA}[1]: expected an id of its own, not that of {QA}[0], in field 'id', got \"a\"",
        ),
    ],
    ids=range(8),
)
def test_a_bad_place_in_squad_is_named_with_its_path(write, complaint, text, message):
    assert complaint(FORMATS["squad"], write("dev.json", text)) == f"dev.json{message}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"question": "x", "answer": "Venn"}', "expected a list of strings in field 'answer', got \"Venn\""),
        (
            '{"question": "x", "answers": ["y"]}',
            "expected a list of strings in field 'answer', got none; the fields are ['answers', 'question']",
        ),
    ],
)
def test_a_bad_line_of_nq_open_is_named(write, complaint, line, message):
    assert complaint(FORMATS["nq_open"], write("dev.jsonl", f"\n{line}")) == f"dev.jsonl line 2: {message}"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("queries.jsonl", '{"_id": "q1"}\n', "line 1: expected a string in field 'text', got none; the fields are ['_id']"),
        (
            "queries.jsonl",
            '{"_id": "q", "text": "x"}\n' * 2,
            "line 2: expected an id of its own, not that of line 1, in field '_id', got \"q\"",
        ),
        ("corpus.jsonl", '{"_id": "d1"}\n', "line 1: expected a string in field 'text', got none; the fields are ['_id']"),
        (
            "corpus.jsonl",
            '{"_id": "d1", "text": "x"}\n{"_id": "d1", "text": "y"}\n',
            "line 2: expected an id of its own in field '_id', got 'd1', which stands for another passage on line 1",
        ),
        (
            "qrels/test.tsv",
            f"{HEADER}q9\td1\t1\n",
            "line 2: expected the id of a question in beir/queries.jsonl in field 'query-id', got \"q9\"",
        ),
        ("qrels/test.tsv", HEADER, "holds no judgements"),
    ],
    ids=range(6),
)
def test_a_bad_file_in_a_folder_of_beir_is_named(write, tmp_path, complaint, name, text, message):
    write("beir/corpus.jsonl", '{"_id": "d1", "text": "x"}\n')
    write("beir/queries.jsonl", '{"_id": "q1", "text": "x"}\n')
    write("beir/qrels/test.tsv", f"{HEADER}q1\td1\t1\n")
    write(f"beir/{name}", text)
    assert complaint(FORMATS["beir"], tmp_path / "beir") == f"beir/{name} {message}"


def test_what_a_folder_lacks_is_named_with_what_it_holds(write, tmp_path, complaint):
    folder = tmp_path / "orrin"
    splits = "expected a file test.tsv or dev.tsv or train.tsv, gzipped or not"
    assert complaint(FORMATS["beir"], folder) == f"orrin/qrels: {splits}, got no such folder"
    write("orrin/qrels/a.tsv", "")
    assert complaint(FORMATS["beir"], folder) == f"orrin/qrels: {splits}, got ['a.tsv']"
    write("orrin/qrels/test.tsv", f"{HEADER}q1\td1\t1\n")
    assert complaint(FORMATS["beir"], folder) == "orrin: expected a file queries.jsonl, gzipped or not, got ['qrels']"
    write("orrin/queries.jsonl", '{"_id": "q1", "text": "x"}\n')
    expected = "orrin: expected a file corpus.jsonl, gzipped or not, got ['qrels', 'queries.jsonl']"
    assert complaint(FORMATS["beir"], folder) == expected
    expected = "orrin: expected a file qrels.jsonl or qrels.tsv, gzipped or not, got ['qrels', 'queries.jsonl']"
    assert complaint(FORMATS["limit"], folder) == expected
