"""Search the web through a server that speaks SearXNG's JSON API."""

from __future__ import annotations

import html
import re
import time
import weakref
from dataclasses import dataclass, fields
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar

import httpx
from tenacity import Retrying, retry_if_exception_type, retry_if_result, stop_after_attempt, wait_fixed

from agentic_rag.budget import current_call, describe
from agentic_rag.errors import GraphError, SearchError
from agentic_rag.store.engine import digest
from agentic_rag.text import without_login
from agentic_rag.types import Hit, Passage

LONGEST = 400
"""Characters of a query that engines take; the shortest limit of those that say theirs."""
AGAIN = frozenset({429, 500, 502, 503, 504})
PAUSE = 0.25
"""Seconds before the second and last try."""
COMMAND = re.compile(r"(?<!\S)[!:<]+")
"""With these SearXNG's users choose engines, languages and other sites; a question only has words."""
BREAK = re.compile(r"</?(?:br|p|div|li|ul|ol|t[dhr]|h[1-6])\b[^<>]*>", re.IGNORECASE)
TAG = re.compile(r"</?[a-z][^<>]*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
FIELDS = {"engine": "engine", "publishedDate": "published"}
"""What is kept of a result, and under which name in the metadata."""


@dataclass(frozen=True)
class WebSearch:
    """Good at what is public and recent: the pages that a web search finds, as far as their snippets tell.

    A passage's `source` is its page's address; its id is that with a hash of the snippet, of which a page has one for each query.

    `url` is the SearXNG server's; its `settings.yml` must list `json` under `search.formats`. `language` and `categories` are its
    own, "" for its defaults. The server is waited for `timeout` seconds, or what the budget has left. A user's name and
    password in the address are sent to the server and shown to nobody.
    """

    url: str = "http://127.0.0.1:8080"
    language: str = ""
    categories: str = ""
    timeout: float = 10.0
    name: str = "web"
    good_at: ClassVar[str] = "what is public and recent, as the snippets of a web search tell it"

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise GraphError(f"{str(self)!r} is no address of a search server; give one like 'http://127.0.0.1:8080'")

    def __str__(self) -> str:
        return without_login(self.url)

    def __repr__(self) -> str:
        told = {one.name: getattr(self, one.name) for one in fields(self)} | {"url": str(self)}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in told.items())})"

    def search(self, query: str, k: int = 10) -> list[Hit]:
        """Raises `SearchError` if the server cannot be asked, `TimeoutError` if it is too slow."""
        words = " ".join(COMMAND.sub("", query.encode("utf-8", "ignore").decode()).split())
        if k <= 0 or not words:
            return []
        if len(words) > LONGEST:
            current_call().notes.append(f"the web was searched for the first {LONGEST} characters of the query")
        best = self._passages(words[:LONGEST])[:k]
        return [Hit(passage, rank, 1 / rank, self.name) for rank, passage in enumerate(best, 1)]

    def _passages(self, words: str) -> list[Passage]:
        """What was found, a page once, without results that have no address or nothing to read."""
        passages: dict[str, Passage] = {}
        for result in self._results(words):
            url, title = str(result.get("url") or ""), plain(result.get("title"))
            kept = {"source": url} | {name: result[field] for field, name in FIELDS.items() if result.get(field)}
            if url and (text := plain(result.get("content")) or title):
                passages.setdefault(url, Passage(f"{url}#{digest(text)}", text, title, kept))
        return list(passages.values())

    def _results(self, words: str) -> list[dict[str, Any]]:
        asked = {"q": words, "format": "json", "language": self.language, "categories": self.categories}
        response = self._response({name: value for name, value in asked.items() if value})
        if response.status_code == httpx.codes.FORBIDDEN:
            raise SearchError(f"{self} refused to answer in JSON (403): add json to search.formats in its settings.yml")
        if response.status_code == httpx.codes.NOT_FOUND:
            raise SearchError(f"{self}/search is not there (404); give the address of a SearXNG server")
        if not response.is_success:
            raise SearchError(f"{self} refused the search ({response.status_code} {response.reason_phrase})")
        try:
            reply = response.json()
            results = [result for result in reply["results"] if isinstance(result, dict)]
        except (ValueError, TypeError, KeyError) as error:
            raise SearchError(f"{self} answered {response.text!r:.80}, which is not what SearXNG answers") from error
        if not results and (silent := reply.get("unresponsive_engines")):
            current_call().notes.append(f"these engines did not answer the web search: {silent!r:.200}")
        return results

    def _response(self, parameters: dict[str, str]) -> httpx.Response:
        """The first answer, or the second one if the first was an error that may pass; both within the time of one search."""
        left = current_call().seconds_left
        deadline = time.monotonic() + (self.timeout if left is None else min(self.timeout, left))

        def attempt() -> httpx.Response:
            seconds = max(0.001, deadline - time.monotonic())
            return self._client.get(f"{self.url.rstrip('/')}/search", params=parameters, timeout=seconds)

        again = retry_if_exception_type(httpx.NetworkError) | retry_if_exception_type(httpx.RemoteProtocolError)
        try:
            return Retrying(
                retry=again | retry_if_result(lambda response: response.status_code in AGAIN),
                stop=stop_after_attempt(2),
                wait=wait_fixed(PAUSE),
                retry_error_callback=lambda tried: tried.outcome.result() if tried.outcome else None,
            )(attempt)
        except httpx.TimeoutException as error:
            raise TimeoutError(f"{self} did not answer the search in time") from error
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise SearchError(
                f"no server answers the search at {self}; is it running? ({without_login(describe(error))})"
            ) from error

    @cached_property
    def _client(self) -> httpx.Client:
        """One for all threads and searches, because its connections stay open."""
        ours = import_module("agentic_rag").__version__  # not imported above: the package itself stands over all layers
        client = httpx.Client(headers={"User-Agent": f"agentic_rag/{ours}"}, follow_redirects=True)
        weakref.finalize(self, client.close)
        return client


def plain(markup: object) -> str:
    """The text of a snippet of HTML; tags go before entities, because "&lt;b&gt;" is a text about a tag."""
    return " ".join(html.unescape(TAG.sub("", BREAK.sub(" ", str(markup or "")))).split())
