import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentic_rag.corpus import Chunking, Document, read_corpus
from agentic_rag.corpus.chunking import WINDOW, Splitter, windows
from agentic_rag.errors import CorpusError

TEXTS = st.text(st.sampled_from("ab .\n\r#-*`|>é東😀\u0301\u200d"), max_size=300)
PARAGRAPH = "The harbour of Drevanny was built in 1911. Its engineer was Ola Brandt, who came from the mainland. "


def spans(splitter, document):
    pieces = list(splitter.split(document))
    assert all(document.text[start : start + len(piece)] == piece for start, piece in pieces)
    return [(start, start + len(piece)) for start, piece in pieces]


def uncovered(text, found):
    covered = {position for start, end in found for position in range(start, end)}
    return "".join(text[position] for position in range(len(text)) if position not in covered).strip()


@pytest.fixture(scope="module")
def splitters(tokenizer):
    return [Splitter(Chunking(7, 2)), Splitter(Chunking(7, 2), tokenizer)]


@settings(max_examples=60)
@given(text=TEXTS, markdown=st.booleans())
def test_pieces_are_true_spans_and_cover_every_word(splitters, text, markdown):
    for splitter in splitters:
        assert uncovered(text, spans(splitter, Document(text, markdown=markdown))) == ""


def test_pieces_hold_no_more_tokens_than_asked_for(tokenizer):
    pieces = [
        piece for _, piece in Splitter(Chunking(20, 5), tokenizer).split(Document(PARAGRAPH * 9 + "Łódź 東京 😀 naïve " * 20))
    ]
    counted = [len([token for token in tokenizer.encode(piece).tokens if token[0] != "["]) for piece in pieces]
    assert 15 < max(counted) <= 20


def test_neighbours_share_whole_words_up_to_the_overlap():
    pieces = [
        piece for _, piece in Splitter(Chunking(10, 4)).split(Document("one two three four five six seven eight nine ten eleven"))
    ]
    assert pieces == ["one two three four five six seven eight", "six seven eight nine ten eleven"]


def test_splitting_does_not_change_the_tokenizer_of_the_caller(tokenizer):
    truncation = tokenizer.truncation
    Splitter(Chunking(), tokenizer)
    assert tokenizer.truncation == truncation is not None


def test_a_text_longer_than_a_window_is_cut_at_pauses_and_loses_nothing():
    text = (PARAGRAPH * 9 + "\n\n") * 40
    assert [text[start - 2 : start] for start, _ in windows(text)][1:] == ["\n\n", "\n\n"]
    assert uncovered(text, spans(Splitter(Chunking()), Document(text))) == ""
    assert [len(window) for _, window in windows("x" * (WINDOW + 1))] == [WINDOW, 1]


@pytest.mark.parametrize(
    "text", ["x" * 40_000, "👩‍👩‍👧" * 8_000, "QWxhZGRpbg" * 2_000, "# a" + "\n" * 100_000 + "b", "東京" * 8_000]
)
def test_texts_that_confuse_tokenizers_still_come_in_pieces_of_reasonable_size(tokenizer, text):
    found = spans(Splitter(Chunking(200, 0), tokenizer), Document(text, markdown=True))
    assert uncovered(text, found) == ""
    assert max(end - start for start, end in found) <= 200 * 16


@pytest.mark.parametrize(("tokens", "overlap"), [(0, 0), (10, 10), (10, -1)])
def test_an_overlap_must_be_smaller_than_the_capacity(tokens, overlap):
    with pytest.raises(CorpusError, match=f"tokens={tokens} and overlap={overlap}"):
        Chunking(tokens, overlap)


def test_ids_stay_the_same_when_another_part_of_the_file_changes(write):
    first, second = "The harbour was built long ago by Ola Brandt.", "The mill was built later by somebody else."
    before = list(read_corpus(write("docs/a.txt", f"{first}\n\n{second}"), Chunking(12, 0)))
    after = list(
        read_corpus(write("docs/a.txt", f"A new line stands here, before all others.\n\n{first}\n\n{second}"), Chunking(12, 0))
    )
    assert [passage.text for passage in before] == [first, second]
    assert [passage.id for passage in after][1:] == [passage.id for passage in before]


def test_repeated_texts_of_a_file_are_numbered(write):
    line = "All rights are reserved by the harbour office."
    one, two, three = (passage.id for passage in read_corpus(write("a.txt", "\n\n".join([line] * 3)), Chunking(12, 0)))
    assert [two, three] == [f"{one}-2", f"{one}-3"]
