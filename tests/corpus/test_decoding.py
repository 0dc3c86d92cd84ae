import pytest

from agentic_rag.corpus import read_corpus
from agentic_rag.corpus.decoding import decode
from agentic_rag.corpus.document import UnreadableError

GERMAN = "Größe und Übermut tun selten gut, sagte die Äbtissin zu dem Mönch. Er hörte ihr höflich zu."
FRENCH = "Le garçon a mangé une crêpe près de l'église. Il était très fatigué."
PORTUGUESE = "No verão, as ruas enchem-se de visitantes que vêm de todas as regiões. A população vive da produção de vinho."
HUNGARIAN = "A város lakossága több mint másfél millió fő. Az őszi hónapokban gyakran esik az eső, de a tél nem túl hideg."
RUSSIAN = "Привет, мир. Это проверка кодировки, и она довольно длинная."
JAPANESE = "これは日本語のテキストです。文字コードの判定を試します。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252"])
def test_the_usual_encodings_are_recognised(encoding):
    assert decode(GERMAN.encode(encoding)) == GERMAN


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FRENCH, "latin-1"),
        (PORTUGUESE, "cp1252"),
        (HUNGARIAN, "cp1250"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift-jis"),
    ],
)
def test_the_encodings_of_other_languages_are_recognised(text, encoding):
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(("stray", "read"), [(b"\xe9", "é"), (b"\x92", "’"), (b"\x81", "\ufffd")])
def test_one_byte_that_is_no_utf_8_costs_only_itself(stray, read):
    assert decode(GERMAN.encode() + stray + b" end") == f"{GERMAN}{read} end"


def test_offsets_are_those_of_the_decoded_file(write):
    text = "Größe\r\n\r\n😀 Übermut"
    for encoding in ["utf-8-sig", "utf-16"]:
        (passage,) = read_corpus(write("a.txt", f"\r\n{text}\r\n".encode(encoding)))
        assert (passage.text, passage.metadata["start"], passage.metadata["end"]) == (text, 2, 2 + len(text))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\3\4\0\0 binary", "it contains NUL bytes"),
        (GERMAN.encode("utf-16-le"), "it contains NUL bytes"),
        (b"\xff\xfea", "its encoding was not recognised"),
        (bytes(range(1, 256)) * 4, "its encoding was not recognised"),
    ],
)
def test_what_is_no_text_is_refused(data, reason):
    with pytest.raises(UnreadableError, match=reason):
        decode(data)


def test_a_declared_encoding_that_does_not_exist_is_ignored():
    assert decode(FRENCH.encode("latin-1"), "x-no-such-encoding") == FRENCH
