"""What works on this machine and what does not, with the cure."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentic_rag.interfaces import Model
    from agentic_rag.prompted.probe import Probed
    from agentic_rag.specialists.network import Base

PACKAGES = ["langgraph", "qdrant-edge-py", "qdrant-client", "sentence-transformers", "rank-bm25", "ollama", "torch"]
FITTING = {24: "qwen3:8b", 12: "qwen3:4b", 6: "qwen3:1.7b", 0: "qwen3:0.6b"}
"""GB of memory from which a model leaves room for other work."""
LOOK = 2.0
"""Seconds that a server has to say what models it has."""
FORMATS = {"bs4": "html", "pypdf": "pdf", "docx": "docx"}


@dataclass(frozen=True)
class Check:
    """One thing looked at. `needed` means that the embedded default does not work without it."""

    name: str
    ok: bool
    found: str
    cure: str = ""
    needed: bool = True


def checks() -> list[Check]:
    """Everything, in the order in which it matters."""
    found = [_python(), *map(_package, PACKAGES), _attempt("encoder", _encoder), *_specialists()]
    return [*found, _attempt("embedded store", _store), _disk(), _formats(), _server(), _ollama()]


def checks_of_model(spec: str, seconds: float) -> list[Check]:
    """What a generative model can do here: its context, and for each role how many replies are valid at once, and how fast."""
    from agentic_rag.demo import demo_passages
    from agentic_rag.models import Models
    from agentic_rag.prompted.probe import probe, seconds_a_question

    model = Models()(spec)
    context = Check(model.model, True, f"context {model.context:,} tokens{_described(model)}")
    probed = list(probe(model, demo_passages(), seconds))
    total = f"about {seconds_a_question(probed):.1f} s a simple question with this model in all roles, one call after the other"
    return [context, *map(_replies, probed), Check("cost", True, total)]


def _replies(found: Probed) -> Check:
    speed = f"{found.tokens / found.seconds:.0f} tokens/s" if found.tokens else "nothing written"
    told = f"{found.valid} of {found.asked} replies valid at once, {found.seconds_each:.2f} s each, {speed}"
    cure = found.trouble or "the specialist stands in where no reply can be used; another model may do better"
    return Check(found.role, found.valid == found.asked, told, cure, needed=False)


def _described(model: Model) -> str:
    details = (getattr(model, "about", None) or {}).get("details") or {}
    known = [str(details[name]) for name in ("parameter_size", "quantization_level") if details.get(name)]
    return "".join(f", {one}" for one in known)


def _python() -> Check:
    cores = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return Check("python", sys.version_info >= (3, 11), f"{platform.python_version()}, {cores}", "use Python 3.11 or later")


def _package(name: str) -> Check:
    try:
        return Check(name, True, version(name))
    except PackageNotFoundError:
        return Check(name, False, "not installed", f"python -m pip install {name}")


def _encoder() -> Check:
    import time

    from agentic_rag.encoder import MiniLM

    encoder = MiniLM()
    encoder.encode(["warm up"])
    started = time.perf_counter()
    encoder.encode(["How long does one question take?"] * 8)
    each = (time.perf_counter() - started) / 8 * 1000
    return Check("encoder", True, f"{encoder.fingerprint} in {encoder.folder}, {encoder.precision}, {each:.1f} ms a question")


def _specialists() -> list[Check]:
    from agentic_rag.specialists import ROLES, SHIPPED

    @cache
    def base() -> Base:
        from agentic_rag.encoder import MiniLM
        from agentic_rag.specialists.network import Base

        return Base(MiniLM())

    return [_attempt(role, partial(_specialist, role, SHIPPED / role, base)) for role in ROLES]


def _specialist(role: str, folder: Path, base: Callable[[], Base]) -> Check:
    """What its card says, once it has read something."""
    from agentic_rag.specialists.network import Adapted, read_adapter
    from agentic_rag.specialists.rows import row, tokens

    adapted = Adapted(base(), folder)
    adapted([row(tokens(adapted.base.tokenizer, "Is it whole?")[0], [])])
    card, sha256 = read_adapter(folder)
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    figures = ", ".join(f"{name} {value['mean']:.2f}" for name, value in list(card["figures"].items())[:1])
    return Check(role, True, f"adapter {sha256[:16]} in {folder}, {size:.1f} MB, made for {card['base']}; {figures}")


def _store() -> Check:
    from agentic_rag.demo import demo_passages
    from agentic_rag.store import Store
    from agentic_rag.testing import WordEncoder

    with tempfile.TemporaryDirectory() as folder, Store.create(folder, WordEncoder()) as store:
        store.index(demo_passages()[:5])
        [vector] = store.encoder.encode(["island"])
        hits = store.nearest(vector, 1, {})
    return Check(
        "embedded store", len(hits) == 1, "writes, indexes and searches", "python -m pip install --force-reinstall qdrant-edge-py"
    )


def _disk() -> Check:
    free = shutil.disk_usage(".").free / 1e9
    return Check("disk", free > 1, f"{free:.1f} GB free here", "free some space: 30,000 passages need about 0.3 GB")


def _formats() -> Check:
    missing = [suffix for module, suffix in FORMATS.items() if find_spec(module) is None]
    found = f"without {', '.join(missing)}" if missing else "txt, md, csv, jsonl, html, pdf, docx"
    return Check("document formats", not missing, found, "python -m pip install 'agentic_rag[docs]'", needed=False)


def _server() -> Check:
    from agentic_rag.errors import StoreError
    from agentic_rag.store.server import connect
    from agentic_rag.text import without_login

    url = os.environ.get("QDRANT_URL")
    if not url:
        return Check(
            "qdrant server", False, "QDRANT_URL is not set", "only needed for a store that several processes share", needed=False
        )
    try:
        client, _ = connect(url)
        return Check(
            "qdrant server",
            True,
            f"{without_login(url)} has {len(client.get_collections().collections)} collections",
            needed=False,
        )
    except Exception as error:  # noqa: BLE001  whatever it is, it is the finding
        reason = str(error) if isinstance(error, StoreError) else type(error).__name__
        return Check("qdrant server", False, f"{without_login(url)}: {reason}", "start it, or unset QDRANT_URL", needed=False)


def _ollama() -> Check:
    """Is a server there, and with which models; if none, which one would fit into this machine's memory."""
    from agentic_rag.errors import ModelError
    from agentic_rag.models import LOCAL, OllamaServer, address

    try:
        server = OllamaServer(address(os.environ.get("OLLAMA_HOST") or LOCAL))
    except ModelError as error:
        return Check("ollama server", False, str(error), "mend OLLAMA_HOST, or unset it", needed=False)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9 if hasattr(os, "sysconf") else 8.0
    fitting = next(name for least, name in FITTING.items() if memory >= least)
    pull = f"`ollama pull {fitting}` fits into {memory:.0f} GB"
    try:
        models = server.client(LOOK).list().models
    except Exception:  # noqa: BLE001  none is there, whatever the reason
        return Check("ollama server", False, f"none at {server}", f"only needed for generative models; {pull}", needed=False)
    known = [f"{one.model} ({one.details.quantization_level if one.details else ''})" for one in models]
    return Check("ollama server", bool(known), f"{server} has {', '.join(known) or 'no model'}", pull, needed=False)


def _attempt(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except Exception as error:  # noqa: BLE001  whatever it is, it is the finding
        return Check(name, False, type(error).__name__, str(error))
