"""The tables of the terminal and of Markdown, as they are read."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
from rich.console import Console

from agentic_rag.evaluation.report import markdown, terminal
from agentic_rag.evaluation.report.table import interval, number
from agentic_rag.evaluation.report.view import RunView, labels


def shown(runs: list[RunView], **options) -> str:
    written = io.StringIO()
    terminal.show(runs, console=Console(file=written, width=100, highlight=False), **options)
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()).strip("\n")


def renamed(run: RunView, **header) -> RunView:
    return replace(run, header=replace(run.header, **header))


def test_the_terminal_shows_metrics_by_run(runs: list[RunView]) -> None:
    assert shown(runs) == (
        "made\n"
        "\n"
        "  metric                    single               adaptive\n"
        " ─────────────────────────────────────────────────────────\n"
        "  em          0.500 [0.250, 0.750]   0.500 [0.250, 0.750]\n"
        "  calls       1,234 [1,000, 1,500]   1,234 [1,000, 1,500]\n"
        "\n"
        "  questions                      4                      4\n"
        "  failed                         1                      0\n"
        "  abstained                      1                      0\n"
        "  sequences                      –           2, 0.81 bits"
    )


def test_the_terminal_shows_groups_when_asked(runs: list[RunView]) -> None:
    assert shown(runs[:1], by=["type"], metrics=["em"]).partition("by type\n")[2] == (
        "\n"
        "  type     metric                 single\n"
        " ────────────────────────────────────────\n"
        "  single   em       0.500 [0.250, 0.750]\n"
        "\n"
        "  bridge   em       0.125 [0.000, 0.500]"
    )


def test_a_name_is_never_markup_on_a_terminal(runs: list[RunView]) -> None:
    assert "[bold]loud[/]" in shown([renamed(runs[0], suite="[bold]loud[/]")])


def test_runs_from_before_there_were_events_say_nothing_of_sequences(runs: list[RunView]) -> None:
    assert "sequences" not in shown(runs[:1])


def test_markdown_has_a_table_for_each_dimension(runs: list[RunView]) -> None:
    assert markdown.tables(runs[:1], by=["type"], metrics=["em"]) == (
        "| suite | run | questions | failed | em |\n"
        "| :--- | :--- | ---: | ---: | ---: |\n"
        "| made | single | 4 | 1 | 0.500 [0.250, 0.750] |\n"
        "\n"
        "| type | metric | single |\n"
        "| :--- | :--- | ---: |\n"
        "| single | em | 0.500 [0.250, 0.750] |\n"
        "| bridge | em | 0.125 [0.000, 0.500] |\n"
    )


def test_markdown_has_a_line_a_run(runs: list[RunView]) -> None:
    assert markdown.tables(runs, metrics=["em", "f1"]) == (
        "| suite | run | questions | failed | em | f1 |\n"
        "| :--- | :--- | ---: | ---: | ---: | ---: |\n"
        "| made | single | 4 | 1 | 0.500 [0.250, 0.750] | – |\n"
        "| made | adaptive | 4 | 0 | 0.500 [0.250, 0.750] | – |\n"
    )


def test_markdown_stays_in_its_cell(runs: list[RunView]) -> None:
    hostile = renamed(runs[0], suite="a|b\n<b>[x](y)</b> _em_ all_gold@5 `code`")
    line = markdown.tables([hostile], metrics=[]).splitlines()[-1]
    assert line == r"| a\|b &lt;b&gt;\[x](y)&lt;/b&gt; \_em\_ all_gold@5 \`code\` | single | 4 | 1 |"


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0.000"), (0.12345, "0.123"), (-1.5, "-1.500"), (12.34, "12.3"), (12345.6, "12,346"), (math.nan, "–"), (math.inf, "–")],
)
def test_numbers(value: float, written: str) -> None:
    assert number(value) == written


def test_an_interval_is_written_with_as_many_decimals_as_its_largest_number() -> None:
    assert interval(SimpleNamespace(mean=9.5, low=-8.25, high=10.75, n=4)) == "9.5 [-8.2, 10.8]"


def test_an_estimate_of_nothing_is_absent() -> None:
    assert interval(SimpleNamespace(mean=math.nan, low=math.nan, high=math.nan, n=0)) == interval(None) == "–"


def test_runs_of_one_graph_are_told_apart_by_what_differs(runs: list[RunView]) -> None:
    one, two = runs
    assert labels([one, two]) == ["single", "adaptive"]
    assert labels([one, renamed(one, seed=8), two]) == ["single (seed 7)", "single (seed 8)", "adaptive"]
    assert labels([one, renamed(one, confidence=0.5)]) == ["single (confidence None)", "single (confidence 0.5)"]
    assert labels([one, renamed(one, suite="other", seed=8)]) == ["single (suite made)", "single (suite other)"]
    assert labels([one, one]) == ["single (1)", "single (2)"]
