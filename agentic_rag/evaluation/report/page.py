"""The report as one HTML file that needs nothing else: no network, no fonts, no scripts of others."""

from __future__ import annotations

import hashlib
import html
import json
from base64 import b64encode
from collections.abc import Sequence
from importlib.resources import files
from string import Template
from typing import Any

from agentic_rag.evaluation.report.payload import payload
from agentic_rag.evaluation.report.view import RunView

SCRIPTS = ["elements.js", "axes.js", "charts.js", "overview.js", "sections.js", "detail.js", "questions.js", "report.js"]
"""In the order in which they stand in the page; they share one scope."""

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'"


def page(runs: Sequence[RunView]) -> str:
    """The whole page. Questions, answers and quotes are other people's text: they go into the data, and the script shows them as
    text. The page's policy allows only its own script and style, by their hashes, and no connection at all.
    """
    style, script = _part("report.css"), "\n".join(map(_part, SCRIPTS))
    return Template(_part("report.html")).substitute(
        title=_escaped(", ".join(dict.fromkeys(run.header.suite for run in runs)) or "no runs"),
        policy=f"{NOTHING}; style-src {_source(style)}; script-src {_source(script)}",
        style=style,
        script=script,
        data=_data(payload(runs)),
    )


def _part(name: str) -> str:
    return (files(__package__) / "template" / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _escaped(text: str) -> str:
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode()


def _data(value: Any) -> str:
    """JSON in ASCII in which no tag, comment or entity can begin or end."""
    plain = json.dumps(value, allow_nan=False, separators=(",", ":"), default=str)
    return plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
