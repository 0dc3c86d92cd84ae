"""LangGraph's own tools load our graphs: `langgraph dev` serves each, and its SDK asks one a question."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from langgraph_sdk import get_sync_client

ROOT = Path(__file__).parents[1]
GRAPHS = ["adaptive", "fan_out", "single"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("dev"), free_port()
    log = (folder / "log.txt").open("w+")
    config = json.loads((ROOT / "langgraph.json").read_text())
    config["graphs"] = {name: str(ROOT / path) for name, path in config["graphs"].items()}
    (folder / "langgraph.json").write_text(json.dumps(config | {"dependencies": [str(ROOT)]}))
    command = [sys.executable, "-m", "langgraph_cli", "dev", "--port", str(port), "--no-browser", "--no-reload"]
    environment = {**os.environ, "LANGSMITH_TRACING": "false", "LANGGRAPH_CLI_NO_ANALYTICS": "1"}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log) as server:
        try:
            yield wait_for(f"http://127.0.0.1:{port}", server, Path(log.name))
        finally:
            server.terminate()
            server.wait(20)
            log.close()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(240):
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/ok", timeout=1):
                return url
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"langgraph dev did not start:\n{log.read_text()}")


@pytest.mark.parametrize("name", GRAPHS)
def test_a_served_graph_answers_a_question(url: str, name: str) -> None:
    with get_sync_client(url=url) as client:
        state = client.runs.wait(None, name, input={"question": "Who designed Saltgate Bridge?"})
    assert state["draft"]["outcome"] == "answer", state
    assert state["draft"]["answer"] == "Maren Tolquist"
    assert state["draft"]["claims"][0]["citations"][0]["passage_id"] == "saltgate-bridge"


def test_a_budget_that_comes_as_json_is_kept(url: str) -> None:
    with get_sync_client(url=url) as client:
        inputs = {"question": "Who designed Saltgate Bridge?", "budget": {"calls": 1}}
        state = client.runs.wait(None, "adaptive", input=inputs)
    assert "calls" in state["exhausted"]
