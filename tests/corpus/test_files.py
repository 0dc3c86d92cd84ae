import os

import pytest

from agentic_rag.corpus import read_corpus
from agentic_rag.errors import CorpusError


def ids(*paths):
    return [passage.id.split("#")[0] for passage in read_corpus(paths)]


def test_folders_are_read_in_order_and_named_from_their_parent(write, tmp_path):
    for name in ["docs/b.txt", "docs/a/z.MD", "docs/a.txt", "docs/ä/x.txt"]:
        write(name, f"Words of {name}.")
    assert ids(tmp_path / "docs") == ["docs/a.txt", "docs/a/z.MD", "docs/b.txt", "docs/ä/x.txt"]
    assert ids(str(tmp_path / "docs" / "a" / "..")) == ids(tmp_path / "docs")


def test_a_file_that_is_reached_twice_is_read_once(write, tmp_path):
    path = write("docs/a/b.txt", "Words.")
    (tmp_path / "docs" / "0link.txt").symlink_to(path)
    (tmp_path / "docs" / "0links").symlink_to(path.parent)
    assert ids(tmp_path / "docs", path, tmp_path) == ["docs/a/b.txt"]


def test_the_same_text_under_the_same_name_is_kept_once(write, tmp_path):
    write("one/docs/a.html", "<title>One</title>Words.")
    write("two/docs/a.html", "<title>Two</title>Words.")
    assert ids(tmp_path / "one" / "docs", tmp_path / "two" / "docs") == ["docs/a.html"]


def test_a_loop_of_links_ends(write, tmp_path):
    write("docs/a/b.txt", "Words.")
    (tmp_path / "docs" / "a" / "up").symlink_to(tmp_path / "docs")
    (tmp_path / "docs" / "self").symlink_to(tmp_path / "docs" / "self")
    corpus = read_corpus(tmp_path / "docs")
    assert [file.name for file in corpus.files] == ["docs/a/b.txt"]
    assert [skipped.source for skipped in corpus.skipped] == [str(tmp_path / "docs" / "self")]


def test_a_broken_link_is_reported(write, tmp_path):
    write("docs/a.txt", "Words.")
    (tmp_path / "docs" / "b.txt").symlink_to("gone.txt")
    (skipped,) = read_corpus(tmp_path / "docs").skipped
    assert str(skipped) == f"{tmp_path / 'docs' / 'b.txt'}: it is a link to 'gone.txt', which does not exist"


def test_hidden_files_and_folders_are_ignored_silently(write, tmp_path):
    for name in ["docs/.git/a.txt", "docs/.hidden.txt", "docs/a.txt"]:
        write(name, "Words.")
    assert ids(tmp_path / "docs") == ["docs/a.txt"]
    assert read_corpus(tmp_path / "docs").skipped == []


def test_a_hidden_folder_is_read_when_it_is_asked_for(write, tmp_path):
    write(".notes/a.txt", "Words.")
    assert ids(tmp_path / ".notes") == [".notes/a.txt"]


def test_unknown_suffixes_are_reported_with_what_is_readable(write, tmp_path):
    for name in ["docs/a.txt", "docs/photo.PNG", "docs/LICENSE"]:
        write(name, "Words.")
    readable = "readable are .txt .rst .md .markdown .html .htm .pdf .docx .csv .tsv .jsonl .jsonl.gz"
    assert [skipped.reason for skipped in read_corpus(tmp_path / "docs").skipped] == [
        f"files without a suffix are not read; {readable}",
        f".PNG files are not read; {readable}",
    ]


def test_a_path_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(CorpusError) as error:
        read_corpus(tmp_path / "no" / ".." / "where")
    assert str(error.value) == f"'{tmp_path}/no/../where' does not exist: check the path, it stands for '{tmp_path}/where'"


@pytest.mark.parametrize("names", [[], ["a.png", "b.png", "c.png", "d.png"]])
def test_a_folder_in_which_nothing_is_readable_is_an_error(write, tmp_path, names):
    text = write("a.txt", "Words.")
    (tmp_path / "docs").mkdir()
    for name in names:
        write(f"docs/{name}", "Words.")
    with pytest.raises(CorpusError, match=r"and 1 more\)" if names else r"\(it holds no files\)"):
        read_corpus([text, tmp_path / "docs"])


def test_paths_of_which_none_is_readable_are_an_error(write):
    with pytest.raises(CorpusError, match=r"nothing in '.*a.png' can be read"):
        read_corpus(write("a.png", "Words."))
    with pytest.raises(CorpusError, match="no path was given"):
        read_corpus([])


def test_a_name_that_is_no_unicode_is_written_with_question_marks(tmp_path):
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("Words.")
    except OSError:
        pytest.skip("this file system has Unicode names only")
    (passage,) = read_corpus(tmp_path)
    assert (passage.title, passage.metadata["source"]) == ("caf?", f"{tmp_path}/caf?.txt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders on this system")
def test_a_pipe_is_not_waited_for(write, tmp_path):
    write("docs/a.txt", "Words.")
    os.mkfifo(tmp_path / "docs" / "pipe.txt")
    assert [skipped.reason for skipped in read_corpus(tmp_path / "docs").skipped] == ["it is not a regular file"]
