"""The terminal door. Importing it imports neither torch nor a graph: `agentic-rag --help` answers at once."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

DEBUG = "--debug"
GRACE = 3.0
"""Seconds after Ctrl-C in which what runs may end by itself: calls of models that are under way are not waited for longer."""
INTERRUPTED = 130
_told = threading.Event()
"""Whether the user has been told that the command was interrupted."""


def main() -> None:
    """Run a command; an error becomes one sentence and exit code 2, `--debug` anywhere on the line shows its traceback."""
    _told.clear()
    with _interruptible():
        sys.exit(_status())


def _status() -> int:
    for name in ("HF_HUB_DISABLE_PROGRESS_BARS", "TRANSFORMERS_NO_ADVISORY_WARNINGS"):
        os.environ.setdefault(name, "1")
    from agentic_rag.cli.app import app

    try:
        return app(_arguments(), standalone_mode=False) or 0
    except SystemExit as end:
        sys.exit(end.code if isinstance(end.code, str) else 1)  # a user's own file may say why it ends
    except BrokenPipeError:
        return 1  # whoever read our output has gone, as `| head` does: nothing to say
    except BaseException as error:  # noqa: BLE001  the last stop before the user
        if DEBUG in sys.argv:
            traceback.print_exc()
        return _explain(error)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends a command, even where the main thread does not see it: just before it begins to wait, that goes unseen."""
    seen, sent = socket.socketpair()
    sent.setblocking(False)
    threading.Thread(target=_leave_in_time, args=(seen,), daemon=True).start()
    before = signal.signal(signal.SIGINT, signal.default_int_handler), signal.set_wakeup_fd(sent.fileno())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.set_wakeup_fd(before[1])
        sent.close()


def _leave_in_time(signals: socket.socket) -> None:
    """A graph waits for its subagents before it ends, and these for their models: after a while the process ends as it is.

    Not so where files are written all the time: `index` and `train` call no models that could keep them.
    """
    with signals:
        while numbers := signals.recv(64):
            if signal.SIGINT in numbers and not _writes():
                time.sleep(GRACE)
                _leave()


def _leave() -> None:
    _say_interrupted()
    os._exit(INTERRUPTED)


def _writes() -> bool:
    return _arguments()[:1] in (["index"], ["train"])


def _arguments() -> list[str]:
    return [argument for argument in sys.argv[1:] if argument != DEBUG]


def _say_interrupted() -> None:
    if _told.is_set():
        return
    _told.set()
    goes_on = _writes() or any(word.startswith("--out") for word in sys.argv)
    print(f"interrupted{'; what was finished is kept, the same command goes on' if goes_on else ''}", file=sys.stderr, flush=True)


def _explain(error: BaseException) -> int:
    import typer
    from typer.exceptions import TyperException

    from agentic_rag.errors import AgenticRAGError

    if isinstance(error, TyperException) and hasattr(error, "show"):
        error.show()
        return 2
    if isinstance(error, typer.Abort | KeyboardInterrupt):
        _say_interrupted()
        return INTERRUPTED
    if isinstance(error, AgenticRAGError):
        print(f"error: {error}", file=sys.stderr)
    else:
        print(f"error: {type(error).__name__}: {error}; run it again with {DEBUG} to see where", file=sys.stderr)
    return 2
