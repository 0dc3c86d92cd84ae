import pytest

from agentic_rag.errors import CorpusError
from agentic_rag.evaluation.data import read_qrels, read_questions
from agentic_rag.evaluation.records import Question

FULL = (
    '{"id": "orrin/1", "question": "Who built the mill of Orrin?", "answers": ["Ada Venn", "Venn"], "type": "bridge", "hops": 2, '
    '"gold": ["orrin:Mill", "orrin:Ada_Venn"], "answerable": true, "candidates": ["orrin:Mill", "orrin:Ada_Venn", "orrin:Ferry"]'
)
QRELS = "query_id\tdoc_id\tgrade\n1\tmill\t3\n1\tferry\t0\n2\tquay\t1\n1\tweir\t-1\n1\tlock\t1\n"


def test_a_question_is_read_with_all_its_fields(write):
    path = write("questions.jsonl", f"{FULL}}}\n")
    assert read_questions(path) == [
        Question(
            id="orrin/1",
            question="Who built the mill of Orrin?",
            answers=["Ada Venn", "Venn"],
            type="bridge",
            hops=2,
            gold=["orrin:Mill", "orrin:Ada_Venn"],
            answerable=True,
            candidates=["orrin:Mill", "orrin:Ada_Venn", "orrin:Ferry"],
        )
    ]


def test_only_id_and_question_are_required(write):
    bare = '{"id": 7, "question": "Where is Orrin?"}'
    nulls = '{"id": "8", "question": "When?", "answers": null, "type": null, "hops": null, "gold": null, "answerable": null}'
    questions = read_questions(write("questions.jsonl", f"{bare}\n{nulls}\n"))
    assert questions == [Question("7", "Where is Orrin?"), Question("8", "When?")]
    assert (questions[0].answerable, questions[0].hops) == (True, 1)


def test_other_fields_are_ignored(write):
    extra = '"decomposition": [{"question": "q"}], "gold_sentences": [["orrin:Mill", 0]], "evidences": [["a", "b"]], "level": 1'
    plain, more = write("plain.jsonl", f"{FULL}}}"), write("more.jsonl", f"{FULL}, {extra}}}")
    assert read_questions(more) == read_questions(plain)


def test_a_question_without_an_answer_is_one(write):
    path = write("questions.jsonl", '{"id": "a", "question": "Who?", "answers": [], "type": "null", "answerable": false}')
    assert read_questions(path) == [Question("a", "Who?", type="null", answerable=False)]


def test_gzip_a_mark_blank_lines_and_windows_line_ends_are_all_fine(write):
    text = f"\ufeff{FULL}}}\r\n\r\n  \n" + '{"id": "b", "question": "Où?"}'
    plain, packed = write("questions.jsonl", text), write("questions.jsonl.gz", text)
    assert [question.id for question in read_questions(plain)] == ["orrin/1", "b"]
    assert read_questions(packed) == read_questions(plain)


def test_gzip_is_recognised_whatever_the_name(write):
    packed = write("questions.jsonl.gz", '{"id": "b", "question": "Where?"}').rename
    path = packed(write("questions", ""))
    assert read_questions(path) == [Question("b", "Where?")]


def test_ids_are_kept_once_and_halves_of_characters_become_question_marks(write):
    path = write("questions.jsonl", r'{"id": "a", "question": "\ud83d?", "gold": [12, "12", "x"]}')
    assert read_questions(path) == [Question("a", "??", gold=["12", "x"])]


def test_qrels_are_grades_by_query_and_passage(write):
    assert read_qrels(write("qrels.tsv", QRELS)) == {"1": {"mill": 3, "ferry": 0, "weir": -1, "lock": 1}, "2": {"quay": 1}}


def test_the_headers_and_json_lines_of_others_are_read_too(write):
    table = 'query-id\tcorpus-id\tscore\r\n1\t"the ""old"" mill"\t1.0\r\n\r\n'
    lines = '{"query-id": "1", "corpus-id": "the \\"old\\" mill", "score": 1.0}\n'
    expected = {"1": {'the "old" mill': 1}}
    assert read_qrels(write("test.tsv", table)) == read_qrels(write("qrels.jsonl.gz", lines)) == expected


def test_quotes_in_native_qrels_are_part_of_the_id(write):
    assert read_qrels(write("qrels.tsv", 'query_id\tdoc_id\tgrade\n1\t"The_Mill"\t1\n')) == {"1": {'"The_Mill"': 1}}


def test_qrels_give_questions_their_gold(write):
    first, second = '{"id": "1", "question": "a"}', '{"id": "2", "question": "b", "gold": ["old"]}'
    third = '{"id": "3", "question": "c", "gold": ["own"]}'
    questions = read_questions(write("questions.jsonl", f"{first}\n{second}\n{third}\n"), write("qrels.tsv", QRELS))
    assert [question.gold for question in questions] == [["mill", "lock"], ["quay"], ["own"]]


def test_a_judged_question_without_relevant_passages_has_no_gold(write):
    path = write("questions.jsonl", '{"id": "1", "question": "a", "gold": ["old"]}\n')
    assert read_questions(path, qrels=write("qrels.tsv", "query_id\tdoc_id\tgrade\n1\tmill\t0\n"))[0].gold == []


def test_a_judgement_met_twice_is_one(write):
    path = write("qrels.tsv", "query_id\tdoc_id\tgrade\n1\tmill\t2\n1\tmill\t2\n")
    assert read_questions(write("questions.jsonl", '{"id": 1, "question": "a"}'), path)[0].gold == ["mill"]


def test_qrels_of_other_questions_are_refused(write):
    questions, qrels = write("questions.jsonl", '{"id": "1", "question": "a"}\n'), write("qrels.tsv", QRELS)
    with pytest.raises(CorpusError) as error:
        read_questions(questions, qrels)
    assert str(error.value) == f"{qrels} line 4: expected the id of a question in {questions} in field 'query_id', got \"2\""
