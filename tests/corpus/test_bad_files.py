import io
import os
import sys
import zipfile

import docx
import pypdf
import pytest

from agentic_rag.corpus import read_corpus
from agentic_rag.corpus.chunking import Splitter
from agentic_rag.errors import CorpusError

needs_permissions = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")


@pytest.fixture
def reason(write, tmp_path):
    """Why a file is skipped; another one beside it is read nevertheless."""

    def reason(name, content=None, **options):
        if content is not None:
            write(f"docs/{name}", content)
        good = write("docs/zz-good.txt", "Words.")
        corpus = read_corpus(tmp_path / "docs", **options)
        assert [passage.metadata["source"] for passage in corpus] == [str(good)]
        (skipped,) = corpus.skipped
        assert skipped.source == str(tmp_path / "docs" / name)
        return skipped.reason

    return reason


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.html"])
def test_binary_files_with_the_suffix_of_a_text(reason, name):
    assert reason(name, b"\x7fELF\0\0\1") == "it is not text: it contains NUL bytes"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.csv", "a.html", "a.jsonl"])
@pytest.mark.parametrize("content", ["", " \n\n"])
def test_empty_files(reason, name, content):
    assert reason(name, content) == "it holds no text"


def test_a_table_with_nothing_but_a_header(reason):
    assert reason("a.csv", "id,text\n") == "it holds no text"


def test_a_gigantic_file(reason):
    assert reason("a.txt", "Many words.", most_bytes=10) == "it has 11 bytes, the limit is 10: split it, or raise most_bytes"


def test_a_native_file_may_be_of_any_size(write):
    path = write("a.jsonl", '{"id": "a", "text": "Many words."}')
    assert [passage.id for passage in read_corpus(path, most_bytes=10)] == ["a"]


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_an_encrypted_pdf(reason, pdf, algorithm):
    assert reason("a.pdf", encrypted(pdf("Secret."), "password", algorithm)) == "it is encrypted; save it without a password"


def test_a_pdf_that_only_forbids_printing_is_read(write, pdf):
    (passage,) = read_corpus(write("a.pdf", encrypted(pdf("Open."), "", "AES-256")))
    assert passage.text == "Open."


def encrypted(content, password, algorithm):
    writer, out = pypdf.PdfWriter(clone_from=io.BytesIO(content)), io.BytesIO()
    writer.encrypt(password, owner_password="owner", algorithm=algorithm)
    writer.write(out)
    return out.getvalue()


def test_a_scanned_pdf(reason, pdf):
    assert reason("a.pdf", pdf("", "")) == "no page holds text; if it was scanned, run OCR on it first"


@pytest.mark.parametrize("content", [b"%PDF-1.4 broken", b"no pdf", b"", b"%PDF-1.4\n" + b"\0" * 100 + b"%%EOF"])
def test_a_corrupted_pdf(reason, capfd, content):
    assert reason("a.pdf", content).startswith("it cannot be parsed: ")
    assert capfd.readouterr() == ("", "")


def test_a_pdf_that_was_cut_off(reason, pdf):
    assert reason("a.pdf", pdf("Words.")[:-9]) == "it cannot be parsed: PdfStreamError: Stream has ended unexpectedly"


def test_a_corrupted_docx(reason):
    assert reason("a.docx", b"\xd0\xcf\x11\xe0 encrypted") == "it is no .docx archive, or it is encrypted"


@pytest.mark.parametrize("part", ["[Content_Types].xml", "word/document.xml", "unrelated.txt"])
def test_an_archive_that_is_no_docx(reason, part):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(part, "<broken")
    assert reason("a.docx", out.getvalue()).startswith("it cannot be parsed: ")


def test_a_docx_that_unpacks_to_more_than_the_memory(reason, monkeypatch, tmp_path):
    monkeypatch.setattr("agentic_rag.corpus.readers.word.MOST_UNPACKED", 10)
    (tmp_path / "docs").mkdir()
    docx.Document().save(str(tmp_path / "docs" / "a.docx"))
    assert "bytes, the limit is 10" in reason("a.docx")


def test_html_nested_deeper_than_the_stack(write):
    corpus = read_corpus(write("a.html", "<div>" * 5_000 + "Words."))
    assert [passage.text for passage in corpus] == ["Words."]


@pytest.mark.parametrize(
    ("suffix", "reader", "library"), [(".html", "web", "bs4"), (".pdf", "pdf", "pypdf"), (".docx", "word", "docx")]
)
def test_a_missing_extra_is_named_with_its_cure(reason, monkeypatch, suffix, reader, library):
    monkeypatch.delitem(sys.modules, f"agentic_rag.corpus.readers.{reader}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    assert (
        reason(f"a{suffix}", "x") == f"reading {suffix} files needs the extra 'docs': python -m pip install 'agentic_rag[docs]'"
    )


def test_an_unforeseen_exception_of_a_parser(reason, monkeypatch, pdf):
    monkeypatch.setattr(pypdf.PageObject, "extract_text", lambda _: {}["/Font"])
    assert reason("a.pdf", pdf("Words.")) == "it cannot be parsed: KeyError: '/Font'"


def test_a_page_that_cannot_be_parsed_costs_only_itself(write, monkeypatch, pdf):
    extract = pypdf.PageObject.extract_text
    monkeypatch.setattr(pypdf.PageObject, "extract_text", lambda page: {}["/Font"] if "bad" in extract(page) else extract(page))
    corpus = read_corpus(write("a.pdf", pdf("Words.", "A bad page.", "More words.")))
    assert [passage.text for passage in corpus] == ["Words.\nMore words."]
    assert [skipped.reason for skipped in corpus.skipped] == ["page 2 cannot be parsed: KeyError: '/Font'"]


def test_an_unforeseen_exception_of_the_splitter(reason, monkeypatch):
    split = Splitter.split
    monkeypatch.setattr(Splitter, "split", lambda self, document: split(self, document) if "bad" not in document.text else 1 / 0)
    assert reason("a.txt", "bad") == "it cannot be parsed: ZeroDivisionError: division by zero"


def test_a_file_that_vanishes_after_it_was_found(write, tmp_path):
    gone, _ = write("docs/a.txt", "Words."), write("docs/b.txt", "Others.")
    corpus = read_corpus(tmp_path / "docs")
    gone.unlink()
    assert [passage.text for passage in corpus] == ["Others."]
    assert [skipped.reason for skipped in corpus.skipped] == ["it cannot be opened: No such file or directory"]


@needs_permissions
def test_a_file_that_may_not_be_read(reason, write):
    write("docs/a.txt", "Secret.").chmod(0)
    assert reason("a.txt") == "it cannot be opened: Permission denied"


@needs_permissions
@pytest.mark.parametrize(
    ("mode", "expected"), [(0, "the folder cannot be opened: Permission denied"), (0o444, "it cannot be reached")]
)
def test_a_folder_that_may_not_be_read(write, tmp_path, mode, expected):
    write("docs/a.txt", "Words.")
    folder = write("docs/secret/b.txt", "Secret.").parent
    folder.chmod(mode)
    corpus = read_corpus(tmp_path / "docs")
    folder.chmod(0o755)
    assert [skipped.reason for skipped in corpus.skipped] == [expected]


def test_if_nothing_was_read_at_all_the_reasons_are_the_error(write):
    corpus = read_corpus([write("a.txt", ""), write("b.txt", b"\0")])
    with pytest.raises(CorpusError, match=r"a.txt: it holds no text; .*b.txt: it is not text: it contains NUL bytes\)"):
        list(corpus)


def test_each_iteration_reports_anew(write):
    corpus = read_corpus([write("a.txt", ""), write("b.txt", "Words.")])
    assert [passage.text for passage in corpus] == [passage.text for passage in corpus] == ["Words."]
    assert [skipped.reason for skipped in corpus.skipped] == ["it holds no text"]
