"""The page as a file: what it holds, and what it cannot hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from agentic_rag.evaluation.report.page import page
from agentic_rag.evaluation.report.payload import payload
from agentic_rag.evaluation.report.view import RunView

HOSTILE = "</script><script>alert(1)</script><!-- <b onclick=alert(2)> & \u2028 \ud800"


def data_of(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


def hostile(run: RunView) -> RunView:
    first = run.records[0]
    record = replace(first, question=replace(first.question, question=HOSTILE, type=HOSTILE))
    return replace(run, header=replace(run.header, suite=HOSTILE, graph=HOSTILE), records=[record, *run.records[1:]])


def test_it_needs_nothing_else(runs: list[RunView]) -> None:
    text = page(runs)
    assert re.findall(r"\b(?:src|href)=[\"'](?!#)", text) == []
    assert re.findall(r"@import|url\(", text) == []
    assert set(re.findall(r"https?://[^\"'\s]+", text)) == {"http://www.w3.org/2000/svg"}


def test_it_allows_no_script_but_its_own(runs: list[RunView]) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page(runs))[1]
    assert re.fullmatch(
        r"default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-\S{44}'; script-src 'sha256-\S{44}'", policy
    )


def test_other_peoples_text_cannot_leave_the_data(runs: list[RunView], tmp_path: Path) -> None:
    text = page([hostile(runs[0])])
    tags = re.findall(r"</?(?:script|style|b|!--)\b[^>]*>", text)
    assert tags == ["<style>", "</style>", '<script type="application/json" id="data">', "</script>", "<script>", "</script>"]
    assert data_of(text)["questions"][0]["question"] == HOSTILE
    (tmp_path / "report.html").write_text(text, encoding="utf-8")


def test_numbers_that_json_has_not_are_absent(runs: list[RunView]) -> None:
    [run, _] = runs
    odd = replace(run.records[0], result={**run.records[0].result, "confidence": float("nan"), "seconds": float("inf")})
    [[answer]] = payload([replace(run, records=[odd])])["answers"]
    assert (answer["confidence"], answer["seconds"]) == (None, None)


def test_a_record_keeps_what_the_page_shows(runs: list[RunView]) -> None:
    answer = payload(runs)["answers"][0][1]
    assert answer == {
        "answer": "wrong",
        "reason": "",
        "confidence": 0.6,
        "sub_questions": [],
        "seconds": 0.5,
        "route": {"label": "simple", "score": 0.25, "type": "single", "escalated": False},
        "quotes": [{"passage": "p1", "text": "The quote"}],
        "cited": 1,
        "claims": [{"question": "What is it?", "answer": "wrong", "citations": [0], "support": 0.75}],
        "outcome": "wrong",
        "right": False,
        "scores": [0, 0],
        "usage": [["reader", "m", 1, 1234, 5, 0.125]],
        "contexts": ["p1", "p2"],
        "spent": {"calls": 3, "tokens": 1239, "rounds": 0},
        "exhausted": [],
        "gold": {"p2": ["retrieved", "graded"]},
        "read": ["p1"],
        "lost": "read",
        "path": "simple",
        "plan": {},
        "shape": "",
        "sequence": "",
        "error": "",
    }


def test_questions_of_several_runs_stand_once(runs: list[RunView]) -> None:
    one, two = runs
    plain = payload([one, replace(two, records=two.records[1:])])
    assert [question["id"] for question in plain["questions"]] == ["q1", "q2", "q3", "q4"]
    assert [[answer and answer["outcome"] for answer in answers] for answers in plain["answers"]] == [
        ["correct", "wrong", "abstained", "failed"],
        [None, "correct", "wrong", "wrong"],
    ]
    assert plain["titles"][0] == {"p1": "Passage 1", "p2": "Passage 2"}
