"""The README tells the truth: its code runs, its drawing is the graph's, its commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agentic_rag.adaptive import build
from agentic_rag.cli.loading import blank_store

README = (Path(__file__).parents[1] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_its_python_runs_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
    assert capsys.readouterr().out.startswith("Maren Tolquist [")


def test_its_graph_takes_at_most_20_lines() -> None:
    graph = blocks("python")[0].split("\n\n", 1)[1]
    assert len(graph.strip().splitlines()) <= 20


def test_its_drawing_is_the_compiled_graphs_own() -> None:
    with blank_store() as store:
        assert blocks("mermaid") == [build(store).get_graph().draw_mermaid(with_styles=False)]


def test_its_commands_exist() -> None:
    from agentic_rag.cli.app import app

    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert set(re.findall(r"(?:^|`|&& )agentic-rag (\w+)", README, re.MULTILINE)) <= known


def test_its_files_exist() -> None:
    for name in re.findall(r"\]\(([\w/.]+)\)|`((?:graphs|eval|agentic_rag)/[\w/.]*)`", README):
        path = Path(__file__).parents[1] / "".join(name)
        assert path.exists(), path
