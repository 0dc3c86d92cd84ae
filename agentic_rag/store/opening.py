"""From a location to an engine: a folder is embedded, a URL is a Qdrant server."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path

from agentic_rag.errors import StoreError
from agentic_rag.store.edge import SHARD, UNFINISHED, EdgeEngine
from agentic_rag.store.engine import Engine, digest
from agentic_rag.store.server import ServerEngine, connect
from agentic_rag.text import without_login


def is_url(location: str | Path) -> bool:
    return str(location).startswith(("http://", "https://"))


def engine_at(location: str | Path, dimension: int | None = None, *, tokens: bool = False) -> Engine:
    if is_url(location):
        client, collection = connect(str(location))
        return ServerEngine(client, collection, without_login(str(location)), dimension, tokens=tokens)
    return EdgeEngine(Path(location), dimension, tokens=tokens)


def cache_folder(engine: Engine) -> Path:
    """Beside the vectors when they are in a folder; for a server, in this user's cache."""
    if isinstance(engine, EdgeEngine):
        return engine.folder
    return user_cache_path("agentic_rag") / digest(engine.location)


def check_folder(folder: Path) -> None:
    if folder.is_file():
        raise StoreError(f"the store {str(folder)!r} is a file; give a folder that is new, empty, or a store")
    if folder.is_dir() and any(folder.iterdir()) and not any((folder / name).is_dir() for name in (SHARD, UNFINISHED)):
        raise StoreError(f"the folder {str(folder)!r} is neither empty nor a store; give another folder")
