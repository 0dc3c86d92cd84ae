"""The terminal door. Importing it imports neither torch nor a graph: `agentic-rag --help` answers at once."""

from __future__ import annotations

import os
import sys
import traceback

DEBUG = "--debug"


def main() -> None:
    """Run a command; an error becomes one sentence and exit code 2, `--debug` anywhere on the line shows its traceback."""
    for name in ("HF_HUB_DISABLE_PROGRESS_BARS", "TRANSFORMERS_NO_ADVISORY_WARNINGS"):
        os.environ.setdefault(name, "1")
    from agentic_rag.cli.app import app

    debug = DEBUG in sys.argv
    try:
        status = app([argument for argument in sys.argv[1:] if argument != DEBUG], standalone_mode=False)
    except SystemExit as end:
        sys.exit(end.code if isinstance(end.code, str) else 1)  # a user's own file may say why it ends
    except BrokenPipeError:
        sys.exit(1)  # whoever read our output has gone, as `| head` does: nothing to say
    except BaseException as error:  # noqa: BLE001  the last stop before the user
        if debug:
            traceback.print_exc()
        status = _explain(error)
    sys.exit(status or 0)


def _explain(error: BaseException) -> int:
    import typer
    from typer.exceptions import TyperException

    from agentic_rag.errors import AgenticRAGError

    if isinstance(error, TyperException) and hasattr(error, "show"):
        error.show()
        return 2
    if isinstance(error, typer.Abort | KeyboardInterrupt):
        goes_on = sys.argv[1:2] in (["index"], ["train"]) or any(word.startswith("--out") for word in sys.argv)
        print(f"interrupted{'; what was finished is kept, the same command goes on' if goes_on else ''}", file=sys.stderr)
        return 130
    if isinstance(error, AgenticRAGError):
        print(f"error: {error}", file=sys.stderr)
    else:
        print(f"error: {type(error).__name__}: {error}; run it again with {DEBUG} to see where", file=sys.stderr)
    return 2
