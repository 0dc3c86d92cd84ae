"""One HTTP connection to the double: reads requests, writes replies whole or as a stream, and sees the client go."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any


class ClientLeft(Exception):  # noqa: N818  what happened, not what went wrong
    """The client has closed its connection."""


class Closed(Exception):  # noqa: N818  likewise
    """The double was closed while it was at work."""


class HangUp(Exception):  # noqa: N818  likewise
    """The script says to close the connection here, after half of the body where there is one."""

    def __init__(self, body: bytes = b"") -> None:
        super().__init__()
        self.body = body


class Listener(ThreadingTCPServer):
    """A server that knows its open connections, so that it can drop them, and that writes nothing to stderr.

    `ThreadingHTTPServer` is the same, but looks up its own name first, which takes seconds on some machines.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer: Callable[[Connection, bytes], None]) -> None:
        self.answer = answer
        self.closed = threading.Event()
        self._open: dict[socket.socket, threading.Thread] = {}
        super().__init__(("127.0.0.1", 0), Connection)
        self._accepting = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True, name="ollama-double")
        self._accepting.start()

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002  the signature is inherited
        return not self.closed.is_set()

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is what this server is for."""

    def stop(self) -> None:
        """Refuse new connections, drop the open ones, and wait until the threads that served them have ended."""
        if self.closed.is_set():
            return
        self.closed.set()
        self.shutdown()
        self.server_close()
        for connection, thread in list(self._open.items()):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            if thread is not threading.current_thread():
                thread.join(timeout=2)


class Connection(BaseHTTPRequestHandler):
    """Reads requests until the client goes; `server.answer` decides what comes back."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener
    streaming = False

    def do_POST(self) -> None:
        self.streaming = False
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self.server.answer(self, body)
        except (ClientLeft, Closed, HangUp):
            self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_DELETE = do_POST  # noqa: N815  names that http.server looks for

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is inherited
        """Say nothing."""

    def check(self) -> None:
        """Raise when there is nobody left to answer, or nobody to do it."""
        if self.server.closed.is_set():
            raise Closed
        try:
            if select.select([self.connection], [], [], 0)[0] and not self.connection.recv(1, socket.MSG_PEEK):
                raise ClientLeft
        except OSError:
            raise ClientLeft from None

    def send_whole(self, status: int, content: bytes, kind: str = "application/json; charset=utf-8", share: float = 1.0) -> None:
        """A response with its length, or only the first part of it."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self._write_headers()
        if self.command != "HEAD":
            self._write(content[: round(len(content) * share)])

    def send_json(self, status: int, body: Any) -> None:
        self.send_whole(status, json.dumps(body).encode())

    def send_line(self, body: Any) -> None:
        """One line of a stream, as a chunk; before the first one, the headers."""
        if not self.streaming:
            self.streaming = True
            self.send_response(200)
            self.send_header("Content-Type", "application/x-ndjson")
            self.send_header("Transfer-Encoding", "chunked")
            self._write_headers()
        line = json.dumps(body).encode() + b"\n"
        self._write(b"%x\r\n%b\r\n" % (len(line), line))

    def send_last(self, body: dict[str, Any], *, streamed: bool = False) -> None:
        """The reply, or the last line of a stream; an empty body is the greeting."""
        if streamed:
            self.send_line(body)
            self._write(b"0\r\n\r\n")
        elif body:
            self.send_json(200, body)
        else:
            self.send_whole(200, b"Ollama is running", "text/plain; charset=utf-8")

    def refuse(self, status: int, message: str) -> None:
        """An error with its status, or as a line of the stream that it ends."""
        if self.streaming:
            self.send_last({"error": message}, streamed=True)
        elif message.startswith(f"{status} "):
            self.send_whole(status, message.encode(), "text/plain")
        else:
            self.send_json(status, {"error": message})

    def _write_headers(self) -> None:
        with self._noticing():
            self.end_headers()

    def _write(self, data: bytes) -> None:
        with self._noticing():
            self.wfile.write(data)

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError):
            raise (Closed if self.server.closed.is_set() else ClientLeft) from None
