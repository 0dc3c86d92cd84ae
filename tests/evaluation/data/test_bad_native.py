import gzip

import pytest

from agentic_rag.evaluation.data import FORMATS, read_qrels, read_questions


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"question": "Who?"}', "expected a string or a whole number in field 'id', got none; the fields are ['question']"),
        ('{"id": " ", "question": "Who?"}', "expected a string or a whole number in field 'id', got \" \""),
        ('{"id": true, "question": "Who?"}', "expected a string or a whole number in field 'id', got true"),
        ('{"id": "b"}', "expected a string in field 'question', got none; the fields are ['id']"),
        ('{"id": "b", "question": " "}', "expected a string that is not blank in field 'question', got \" \""),
        ('{"id": "b", "question": 3}', "expected a string in field 'question', got 3"),
        ('{"id": "b", "question": "Who?", "answers": "Venn"}', "expected a list of strings in field 'answers', got \"Venn\""),
        ('{"id": "b", "question": "Who?", "answers": [1911]}', "expected a list of strings in field 'answers', got [1911]"),
        ('{"id": "b", "question": "Who?", "type": 2}', "expected a string in field 'type', got 2"),
        ('{"id": "b", "question": "Who?", "hops": "2"}', "expected a whole number from 0 in field 'hops', got \"2\""),
        ('{"id": "b", "question": "Who?", "hops": -1}', "expected a whole number from 0 in field 'hops', got -1"),
        ('{"id": "b", "question": "Who?", "gold": "mill"}', "expected a list of ids in field 'gold', got \"mill\""),
        ('{"id": "b", "question": "Who?", "gold": [null]}', "expected a list of ids in field 'gold', got [null]"),
        ('{"id": "b", "question": "Who?", "answerable": 1}', "expected true or false in field 'answerable', got 1"),
        ('{"id": "b", "question": "Who?", "candidates": {}}', "expected a list of ids in field 'candidates', got {}"),
        ('["b", "Who?"]', 'expected a JSON object, got ["b", "Who?"]'),
        ('{"id": "a", "question": "Who?"}', "expected an id of its own, not that of line 1, in field 'id', got \"a\""),
    ],
)
def test_a_bad_line_is_named_with_the_field_and_what_was_expected(write, complaint, line, message):
    path = write("questions.jsonl", f'{{"id": "a", "question": "x"}}\n\n{line}\n')
    assert complaint(read_questions, path) == f"questions.jsonl line 3: {message}"


def test_broken_json_is_named_with_its_column(write, complaint):
    path = write("questions.jsonl", '{"id": "a", "question": "x"}\n{"id": 2, "question" "y"}\n')
    expected = """questions.jsonl line 2 column 22: expected JSON, got '"id": 2, "question" "y"}' (Expecting ':' delimiter)"""
    assert complaint(read_questions, path) == expected


def test_a_broken_document_is_named_with_its_line_too(write, complaint):
    path = write("dev.json", '[\n {"_id": "a",\n  "question": }\n]')
    assert complaint(FORMATS["hotpotqa"], path).startswith("dev.json line 3 column 15: expected JSON, got ")


def test_a_list_and_an_object_are_not_the_same(write, complaint):
    assert complaint(FORMATS["hotpotqa"], write("dev.json", '{"data": 1}')) == 'dev.json: expected a JSON list, got {"data": 1}'


def test_endless_nesting_is_not_json(write, complaint):
    path = write("dev.json", "[" * 100_000)
    assert complaint(FORMATS["squad"], path).startswith("dev.json: expected JSON, got what cannot be parsed")


def test_other_encodings_are_refused(write, complaint):
    path = write("questions.jsonl", '{"id": "a", "question": "Où?"}'.encode("latin-1"))
    assert complaint(read_questions, path).startswith("questions.jsonl line 1: expected UTF-8, got the byte 0xf9 in b'")


def test_a_damaged_gzip_file_says_how_far_it_got(write, complaint):
    whole = gzip.compress(b"".join(b'{"id": "%d", "question": "Who?"}\n' % number for number in range(5_000)))
    cut, tail = write("cut.jsonl", whole[:-400]), write("tail.jsonl", whole + b"x")
    assert complaint(read_questions, cut).startswith("cut.jsonl is damaged after line 4")
    assert complaint(read_questions, tail).startswith("tail.jsonl is damaged after line 5000: Not a gzipped file")


def test_a_missing_file_and_a_folder_cannot_be_opened(write, complaint):
    path = write("orrin/here.jsonl", "")
    missing = complaint(read_questions, path.with_name("none.jsonl"))
    assert missing == "orrin/none.jsonl cannot be opened: No such file or directory; check the path"
    assert complaint(FORMATS["squad"], path.parent) == "orrin cannot be opened: Is a directory; check the path"


def test_a_file_without_questions_is_refused(write, complaint):
    assert complaint(read_questions, write("empty.jsonl", "\n")) == "empty.jsonl holds no questions"
    assert complaint(FORMATS["hotpotqa"], write("empty.json", "[]")) == "empty.json holds no questions"
    assert complaint(FORMATS["squad"], write("empty.json", '{"data": []}')) == "empty.json holds no questions"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1\tquay", 'expected 3 cells with tabs between them, got "1\\tquay"'),
        ("1 quay 1", 'expected 3 cells with tabs between them, got "1 quay 1"'),
        ("1\tquay\tgood", "expected a whole number in field 'grade', got \"good\""),
        ("1\tquay\t0.5", "expected a whole number in field 'grade', got \"0.5\""),
        ("1\tquay\tinf", "expected a whole number in field 'grade', got \"inf\""),
        ("\tquay\t1", "expected a string or a whole number in field 'query_id', got \"\""),
        ("1\tmill\t2", "expected 1, as line 2 has it for the same pair, in field 'grade', got \"2\""),
    ],
)
def test_a_bad_judgement_is_named(write, complaint, line, message):
    path = write("qrels.tsv", f"query_id\tdoc_id\tgrade\n1\tmill\t1\n{line}\n")
    assert complaint(read_qrels, path) == f"qrels.tsv line 3: {message}"


def test_qrels_without_their_header_are_refused(write, complaint):
    expected = 'expected the header "query_id\\tdoc_id\\tgrade" or "query-id\\tcorpus-id\\tscore", got "1 0 mill 1"'
    assert complaint(read_qrels, write("qrels.tsv", "\n1 0 mill 1\n")) == f"qrels.tsv line 2: {expected}"


def test_qrels_without_judgements_are_refused(write, complaint):
    assert complaint(read_qrels, write("qrels.tsv", "query_id\tdoc_id\tgrade\n")) == "qrels.tsv holds no judgements"
    assert complaint(read_qrels, write("qrels.tsv", "")) == "qrels.tsv holds no judgements"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            '{"query-id": 1, "score": 1}',
            "expected a string or a whole number in field 'corpus-id', got none; the fields are ['query-id', 'score']",
        ),
        ('{"query_id": 1, "doc_id": 2, "grade": true}', "expected a whole number in field 'grade', got true"),
        (
            '{"query_id": 1, "doc_id": 2}',
            "expected a whole number in field 'grade', got none; the fields are ['doc_id', 'query_id']",
        ),
    ],
)
def test_a_bad_judgement_in_json_is_named(write, complaint, line, message):
    assert complaint(read_qrels, write("qrels.jsonl", line)) == f"qrels.jsonl line 1: {message}"


@pytest.mark.parametrize("line", [b'1\t"mill\t1', b'1\t"mill" race\t1', b"1\tmill\xe9\t1"])
def test_cells_that_cannot_be_told_apart_are_refused(write, complaint, line):
    said = complaint(read_qrels, write("test.tsv", b"query-id\tcorpus-id\tscore\n" + line))
    assert said.startswith(f"test.tsv line 2: expected cells in UTF-8 with tabs between them, got {line!r} (")
