"""A web search over real HTTP: what is asked, what is made of the answer, and what goes wrong."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from agentic_rag import __version__
from agentic_rag.budget import SEARCH, Call, Meter, within
from agentic_rag.errors import GraphError, SearchError
from agentic_rag.retrievers import WebSearch
from agentic_rag.testing import PASSAGES, Listed, RetrieverContract
from agentic_rag.types import Budget, Passage

PIE = {"url": "https://pie.example", "title": "Ollun pie", "content": "Made with smoked char."}


class Searx(ThreadingHTTPServer):
    """Answers with `replies` in turn, the last one for ever: (status, body), "hang" or "drop"; `asked` are the queries."""

    def __init__(self, *replies):
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies, self.asked, self.closing = list(replies), [], threading.Event()
        self.headers = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def web(self, **settings) -> WebSearch:
        return WebSearch(f"http://127.0.0.1:{self.server_address[1]}", **settings)

    def __exit__(self, *_):
        self.closing.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        address = urlsplit(self.path)
        asked = {name: value[0] for name, value in parse_qs(address.query, keep_blank_values=True).items()}
        self.server.asked.append((address.path, asked, self.headers["User-Agent"]))
        self.server.headers.append(self.headers)
        reply = self.server.replies.pop(0) if len(self.server.replies) > 1 else self.server.replies[0]
        if reply == "hang":
            self.server.closing.wait(10)
        elif reply != "drop":
            self.reply(*(reply(asked["q"]) if callable(reply) else reply))

    def reply(self, status, body):
        told = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)


def results(*found, **more):
    return 200, {"query": "?", "results": list(found), **more}


class TestWebSearch(RetrieverContract):
    @pytest.fixture(autouse=True)
    def _servers(self):
        self.servers = []
        yield
        for server in self.servers:
            server.__exit__()

    def make(self, passages):
        def found(query):
            hits = Listed(passages).search(query, 10)
            return results(*({"url": hit.passage.id, "title": hit.passage.title, "content": hit.passage.text} for hit in hits))

        self.servers.append(Searx(found))
        return self.servers[-1].web()

    def test_the_passage_that_shares_the_words_comes_first(self):
        hit = self.make(PASSAGES).search("What is Ollun pie made with?", 2)[0]
        assert hit.passage == Passage(hit.passage.id, PASSAGES[3].text, "Ollun pie", {"source": "pie"})


def test_a_result_becomes_a_passage_named_by_its_address_and_its_snippet():
    with Searx(results({**PIE, "engine": "duck", "publishedDate": "2026-02-03T00:00:00", "score": 2.5})) as server:
        [hit] = server.web().search("What is in Ollun pie?", 5)
    metadata = {"source": "https://pie.example", "engine": "duck", "published": "2026-02-03T00:00:00"}
    assert hit.passage == Passage(hit.passage.id, "Made with smoked char.", "Ollun pie", metadata)
    assert hit.passage.id.startswith("https://pie.example#")
    assert (hit.rank, hit.score, hit.retriever) == (1, 1.0, "web")


def test_another_snippet_of_a_page_is_another_passage():
    with Searx(results(PIE)) as one, Searx(results({**PIE, "content": "And with barley."})) as other:
        [first], [then] = one.web().search("char?", 5), other.web().search("barley?", 5)
    assert first.passage.id != then.passage.id
    assert first.passage.metadata["source"] == then.passage.metadata["source"]


def test_the_question_is_asked_in_json_and_by_name():
    with Searx(results()) as server:
        server.web().search("Ollun  pie?", 5)
        server.web(language="en", categories="news").search("Ollun pie?", 5)
    plainly = {"q": "Ollun pie?", "format": "json"}
    assert [asked for _, asked, _ in server.asked] == [plainly, {**plainly, "language": "en", "categories": "news"}]
    assert {(path, agent) for path, _, agent in server.asked} == {("/search", f"agentic_rag/{__version__}")}


def test_a_question_cannot_choose_engines_or_send_the_server_elsewhere():
    with Searx(results()) as server:
        server.web().search("!!g :fr <3 Ollun pie!", 5)
    assert [asked["q"] for _, asked, _ in server.asked] == ["g fr 3 Ollun pie!"]


def test_markup_is_taken_out_of_titles_and_snippets():
    marked = {
        "url": "u",
        "title": "<b>Fish</b> &amp; pie",
        "content": '<p class="x">Smo<em>ked</em></p><p>char: 1 < 2, &lt;b&gt;</p>',
    }
    with Searx(results(marked)) as server:
        [hit] = server.web().search("pie", 5)
    assert (hit.passage.title, hit.passage.text) == ("Fish & pie", "Smoked char: 1 < 2, <b>")


def test_a_page_counts_once_and_a_result_that_cannot_be_read_not_at_all():
    again = {**PIE, "content": "Pie, again."}
    bare = {"url": "https://bare.example", "title": "A title", "content": None}
    unreadable = [{"url": "https://empty.example", "title": "", "content": ""}, {"title": "No address", "content": "x"}, None, 7]
    with Searx(results(PIE, again, *unreadable, bare)) as server:
        hits = server.web().search("pie", 5)
    assert [(hit.rank, hit.passage.text) for hit in hits] == [(1, "Made with smoked char."), (2, "A title")]


@pytest.mark.parametrize("first", [(500, b""), (429, b"slow down"), (503, b""), "drop"])
def test_what_may_pass_is_tried_once_more(first):
    with Searx(first, results(PIE)) as server:
        assert len(server.web().search("pie", 5)) == 1
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("reply", "said", "calls"),
    [
        ((403, b"Forbidden"), r"refused to answer in JSON \(403\): add json to search.formats in its settings.yml", 1),
        ((404, b""), r"/search is not there \(404\); give the address of a SearXNG server", 1),
        ((400, b""), r"refused the search \(400 Bad Request\)", 1),
        ((429, b""), r"refused the search \(429 Too Many Requests\)", 2),
        ((500, b""), r"refused the search \(500 Internal Server Error\)", 2),
        ((200, b"<!doctype html>"), "answered '<!doctype html>', which is not what SearXNG answers", 1),
        ((200, b"\xff\xfe{"), "which is not what SearXNG answers", 1),
        ((200, []), "which is not what SearXNG answers", 1),
        ((200, {"results": 7}), "which is not what SearXNG answers", 1),
        ("drop", r"no server answers the search at http://127.0.0.1:\d+; is it running\?", 2),
    ],
)
def test_errors_say_what_to_do(reply, said, calls):
    with Searx(reply) as server, pytest.raises(SearchError, match=said):
        server.web().search("pie", 5)
    assert len(server.asked) == calls


def test_without_a_server_its_address_is_doubted():
    with Searx(results()) as server:
        web = server.web()
    with pytest.raises(SearchError, match=r"no server answers the search at http://127.0.0.1:\d+; is it running\?"):
        web.search("pie", 5)
    with pytest.raises(GraphError, match=r"'searx\.example' is no address of a search server"):
        WebSearch("searx.example")


def test_a_server_that_hangs_is_left_at_the_timeout():
    started = time.monotonic()
    with Searx("hang") as server, pytest.raises(TimeoutError, match="did not answer the search in time"):
        server.web(timeout=0.8).search("pie", 5)
    assert 0.8 <= time.monotonic() - started < 10
    assert len(server.asked) == 1


def test_the_budget_leaves_less_time_than_the_timeout():
    started = time.monotonic()
    with Searx((500, b""), "hang") as server, pytest.raises(TimeoutError, match="did not answer the search in time"):
        within(None, server.web().search, "pie", 5, call=Call(deadline=started + 1.5))
    assert 1.4 <= time.monotonic() - started < 10
    assert len(server.asked) == 2


def test_in_a_run_an_error_is_a_note():
    with Searx((403, b"")) as server:
        meter = Meter(Budget(seconds=5))
        assert meter.attempt(SEARCH, server.web().search, "pie", 5, default=[]) == []
    [note] = meter.notes
    assert note.startswith("retriever failed: SearchError: http://127.0.0.1:")


def test_what_was_not_searched_is_said():
    meter = Meter(Budget(seconds=5))
    with Searx(results(unresponsive_engines=[["duck", "CAPTCHA"]])) as server:
        meter.attempt(SEARCH, server.web().search, "word " * 100, 5, default=[])
    [(_, asked, _)] = server.asked
    assert len(asked["q"]) == 400
    assert meter.remarks == [
        "the web was searched for the first 400 characters of the query",
        "these engines did not answer the web search: [['duck', 'CAPTCHA']]",
    ]


@pytest.mark.parametrize("query", ["", "  ", " !! \ud800"])
def test_nothing_is_asked_without_words(query):
    with Searx(results(PIE)) as server:
        assert server.web().search(query, 5) == []
        assert server.web().search("pie", 0) == []
    assert server.asked == []


def test_a_password_in_the_address_is_shown_to_nobody():
    with Searx(results()) as server:
        hidden = WebSearch(server.web().url.replace("://", "://me:secret@"))
        assert hidden.search("pie") == []
        assert "Basic " in server.headers[-1]["Authorization"]
    with pytest.raises(SearchError) as failed:
        hidden.search("pie")
    assert "secret" not in f"{hidden!r} {hidden} {failed.value}"
