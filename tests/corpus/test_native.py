import gzip
import itertools

import pytest

from agentic_rag.corpus import read_corpus, read_jsonl
from agentic_rag.errors import CorpusError
from agentic_rag.types import Passage


def test_lines_are_passages_already(write):
    first = '{"id": "a", "title": "Harbour", "text": "Built in 1911.", "sentences": ["Built in 1911."], "year": 1911}'
    second = '{"id": 7, "text": "é "}'
    path = write("corpus.jsonl", f"\ufeff{first}\n\n{second}")
    assert list(read_jsonl(path)) == [
        Passage("a", "Built in 1911.", "Harbour", {"year": 1911, "source": str(path)}),
        Passage("7", "é ", "", {"source": str(path)}),
    ]


def test_the_format_of_beir_is_accepted(write):
    path = write("corpus.jsonl", '{"_id": "d1", "title": null, "text": "Words.", "metadata": {"url": "u"}}')
    assert list(read_corpus(path)) == [Passage("d1", "Words.", "", {"metadata": {"url": "u"}, "source": str(path)})]


def test_what_a_record_calls_its_source_is_kept_beside_its_file(write):
    path = write("corpus.jsonl", '{"id": "a", "text": "Words.", "source": "the Herald"}')
    assert next(iter(read_corpus(path))).metadata == {"own_source": "the Herald", "source": str(path)}
    table = write("corpus.csv", "text,source\nWords,the Herald\n")
    assert next(iter(read_corpus(table))).metadata["own_source"] == "the Herald"


def test_a_gzipped_file_is_streamed(write):
    lines = b"".join(b'{"id": "%d", "text": "Words."}\n' % number for number in range(5_000))
    passages = read_jsonl(write("corpus.jsonl.gz", gzip.compress(lines) + b"damaged"))
    assert [passage.id for passage in itertools.islice(passages, 3)] == ["0", "1", "2"]
    with pytest.raises(CorpusError, match=r"corpus.jsonl.gz is damaged after line 5000"):
        list(passages)


def test_a_truncated_gzip_file_says_how_far_it_got(write):
    lines = b"".join(b'{"id": "%d", "text": "Words."}\n' % number for number in range(5_000))
    with pytest.raises(CorpusError, match=r"is damaged after line \d+: .*; get or make the file again"):
        list(read_jsonl(write("corpus.jsonl.gz", gzip.compress(lines)[:-400])))


def test_lines_without_text_are_counted(write):
    corpus = read_corpus(
        write("corpus.jsonl", '{"id": "a", "text": "Words."}\n{"id": "b", "text": " "}\n{"id": "c", "text": ""}\n')
    )
    assert [passage.id for passage in corpus] == ["a"]
    assert [skipped.reason for skipped in corpus.skipped] == ["2 of 3 records hold no text"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "b", "text": 12}', "corpus.jsonl line 3: expected a string in field 'text', got 12"),
        ('{"id": "b", "body": "x"}', "line 3: expected a string in field 'text', got none; the fields are ['body', 'id']"),
        ('{"id": "b", "text": "x", "title": ["t"]}', "line 3: expected a string in field 'title', got [\"t\"]"),
        ('{"text": "x"}', "line 3: expected a string or a whole number in field 'id', got none; the fields are ['text']"),
        ('{"id": "", "text": "x"}', "line 3: expected a string or a whole number in field 'id', got \"\""),
        ('{"_id": true, "text": "x"}', "line 3: expected a string or a whole number in field 'id', got true"),
        ('["b"]', 'line 3: expected a JSON object, got ["b"]'),
        ('{"id": "b", ', 'line 3: expected a JSON object in UTF-8, got {"id": "b", ('),
        ('{"id": "b", "text": "x", "mass": NaN}', '"mass": NaN} (NaN is no JSON)'),
        (b'{"id": "\xe9"}', 'line 3: expected a JSON object in UTF-8, got {"id": "\ufffd"} ('),
        ("[" * 100_000, f"line 3: expected a JSON object in UTF-8, got {'[' * 60}... ("),
    ],
)
def test_a_bad_line_is_named_with_what_was_expected(write, line, message):
    bad = line.encode() if isinstance(line, str) else line
    path = write("corpus.jsonl", b'{"id": "a", "text": "x"}\n\n' + bad + b"\n")
    with pytest.raises(CorpusError) as error:
        list(read_corpus(path))
    assert message in str(error.value)


def test_a_line_without_end_is_refused_before_it_fills_the_memory(write, monkeypatch):
    monkeypatch.setattr("agentic_rag.corpus.readers.native.LONGEST_LINE", 20)
    with pytest.raises(CorpusError, match="line 1: longer than 20 bytes"):
        list(read_jsonl(write("corpus.jsonl", '{"id": "a", "text": "x"}')))


def test_halves_of_characters_become_question_marks(write):
    (passage,) = read_jsonl(write("corpus.jsonl", r'{"id": "\ud83d", "text": "\ud83d\ude00 \uDE00"}'))
    assert (passage.id, passage.text) == ("?", "😀 ?")


def test_the_same_passage_twice_is_kept_once(write):
    line = '{"id": "a", "text": "Words."}\n'
    corpus = read_corpus([write("one.jsonl", line * 2), write("two.jsonl", line)])
    assert [passage.metadata["source"][-9:] for passage in corpus] == ["one.jsonl"]
    assert corpus.skipped == []


def test_an_id_with_two_meanings_is_refused_with_both_places(write):
    one, two = write("one.jsonl", '{"id": "a", "text": "Words."}'), write("two.csv", "id,text\nb,Words\na,Others\n")
    with pytest.raises(CorpusError) as error:
        list(read_corpus([one, two]))
    assert (
        str(error.value) == f"the id 'a' stands for two different passages: {one} line 1 and {two} line 3; give each its own id"
    )


def test_only_native_names_are_read_as_native(write):
    with pytest.raises(CorpusError, match=r"a.txt' is no native corpus: expected a name that ends in .jsonl or .jsonl.gz"):
        read_jsonl(write("a.txt", "Words."))
