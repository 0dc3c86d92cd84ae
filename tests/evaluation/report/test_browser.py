"""The page in a real browser: nothing is logged, the tables hold the numbers, and questions can be found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from agentic_rag.evaluation.records import Question
from agentic_rag.evaluation.report.view import RunView

Look = Callable[..., Chrome]

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "${alert(1)} {{7*7}} &lt;b&gt;",
    "מה שמו של השומר? مرحبا",
    "👩‍🚒🏝️ ﷽ Z͑ͫ̓ͪ̂ͫ̽",
    "long" * 5000,
]


def found(browser: Chrome | WebElement, selector: str) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, selector)


def one(browser: Chrome | WebElement, selector: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, selector)


def cells(browser: Chrome, caption: str) -> list[list[str]]:
    table = next(table for table in found(browser, "table") if one(table, "caption").get_attribute("textContent") == caption)
    return [[cell.text.replace("\n", " ") for cell in found(row, "th, td")] for row in found(table, "tbody tr")]


def listed(browser: Chrome) -> list[str]:
    return [line.text.split(" ·")[0] for line in found(browser, ".list small")]


def selected(browser: Chrome, label: str) -> Select:
    [choice] = [choice for choice in found(browser, "label.choice") if one(choice, "span").text == label]
    return Select(one(choice, "select"))


def choose(browser: Chrome, label: str, value: str) -> None:
    selected(browser, label).select_by_value(value)


def unfold(browser: Chrome, selector: str) -> None:
    """Opens what is folded, which is filled a moment later."""
    browser.execute_script("document.querySelectorAll(arguments[0]).forEach((each) => each.open = true)", selector)
    WebDriverWait(browser, 5).until(lambda _: all(len(found(each, ":scope > *")) > 1 for each in found(browser, selector)))


def overflow(browser: Chrome) -> int:
    return browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_the_tables_hold_the_numbers(look: Look, runs: list[RunView]) -> None:
    browser = look(runs)
    assert one(browser, "h1").text == "made"
    assert one(browser, "#top .facts").text == "4 questions · 2 runs · setting: corpus · data: d1 · machine: m"
    assert [card.text.splitlines()[0] for card in found(browser, ".card")] == ["single", "adaptive"]
    assert cells(browser, "Metrics: mean and 95% interval") == [
        ["ANSWERS"],
        ["em exact match", "0.500 [0.250, 0.750]", "0.500 [0.250, 0.750]", "4", ""],
        ["ROUTE AND COST"],
        ["calls role calls", "1,235 [1,000, 1,500]", "1,235 [1,000, 1,500]", "4", ""],
    ]
    assert cells(browser, "Question by question against single") == [["adaptive", "1", "1", "0", "2"]]
    assert cells(browser, "Questions by where their first gold passage is lost") == [
        ["not retrieved", "2", "1"],
        ["retrieved, not graded", "0", "1"],
        ["graded, not read", "1", "1"],
        ["read, not cited", "0", "0"],
    ]
    assert cells(browser, "Plans") == [["words → hybrid, last", "1", "0.000 [0.000, 0.793]", "0.500"]]


def test_what_the_planner_did_is_counted_and_leads_to_its_questions(look: Look, runs: list[RunView]) -> None:
    browser = look(runs)
    assert one(browser, "#sequences .variety").text == "adaptive: 2 different sequences in 4 questions, 0.81 bits."
    assert cells(browser, "What the planner did") == [
        ["simple → retrieve → read → answer", "3", "0.667 [0.208, 0.939]", "0.500"],
        ["complex → plan last 2 → wave timed_out → wave answered → chain → answer", "1", "0.000 [0.000, 0.793]", "0.500"],
    ]
    found(browser, "#sequences .link")[1].click()
    assert (listed(browser), one(browser, ".status").text) == (["q3"], "1 of 4 questions")
    assert "Events\ncomplex → plan last 2 → wave timed_out" in found(browser, ".answer")[1].text


def test_rare_sequences_are_counted_together(look: Look, runs: list[RunView]) -> None:
    record = runs[1].records[0]
    many = [["simple"], ["simple"], *(["complex", f"plan last {number}"] for number in range(14))]
    browser = look([replace(runs[1], records=[replace(record, events=events) for events in many])])
    assert one(browser, "#sequences .variety").text == "15 different sequences in 16 questions, 3.88 bits."
    rows = cells(browser, "What the planner did")
    assert (rows[0][:2], rows[-1][:2], len(rows)) == (["simple", "2"], ["others", "3"], 13)


def test_a_run_from_before_there_were_events_has_no_part_about_them(look: Look, runs: list[RunView]) -> None:
    assert found(look(runs[:1]), "#sequences") == []


def test_runs_of_different_data_are_marked(look: Look, runs: list[RunView]) -> None:
    one_run, other = runs
    assert found(look(runs), ".warning") == []
    browser = look([one_run, replace(other, header=replace(other.header, data_hash="d2"))])
    assert one(browser, ".warning").text == "These runs differ in data hash: their numbers cannot be compared."


def test_every_chart_is_drawn_named_and_has_its_numbers(look: Look, runs: list[RunView]) -> None:
    errors = [type(run.summary["em"])(error, 0.0, 1.0, 4) for run, error in zip(runs, (0.35, 0.275), strict=True)]
    browser = look([replace(run, summary={**run.summary, "ece": error}) for run, error in zip(runs, errors, strict=True)])
    assert [title.text for title in found(browser, "figcaption")] == [
        "em against calls",
        "em against calls",
        "single\nECE 0.350",
        "adaptive\nECE 0.275",
        "Risk against coverage",
        "em by type",
        "How far the gold passages come",
    ]
    charts = found(browser, ".chart")
    assert len(charts) == 7
    assert all(chart.get_attribute("aria-label") and len(found(chart, "svg")) == 1 for chart in charts)
    assert charts[1].get_attribute("aria-label") == "single: em 0.500 at calls 1,235; adaptive: em 0.500 at calls 1,235"
    unfold(browser, "figure details")
    assert [title.text for title in found(browser, "figcaption")][2:4] == ["single\nECE 0.350", "adaptive\nECE 0.275"]
    assert cells(browser, "em by type") == [
        ["single", "4", "0.500 [0.250, 0.750]", "0.500 [0.250, 0.750]"],
        ["bridge", "2", "0.125 [0.000, 0.500]", "0.125 [0.000, 0.500]"],
    ]
    choose(browser, "Metric", "calls")
    assert found(browser, "#groups figcaption")[0].text == "calls by type"
    unfold(browser, "#groups figure details")
    assert [row[:2] for row in cells(browser, "calls by type")] == [["single", "4"], ["bridge", "2"]]


def test_questions_are_filtered_by_how_they_ended(look: Look, runs: list[RunView]) -> None:
    browser = look(runs)
    assert [chip.text.replace("\n", " ") for chip in found(browser, ".chip")] == [
        "all 4",
        "✓ correct 1",
        "✗ wrong 1",
        "○ abstained 1",
        "! failed 1",
    ]
    for outcome, expected in {"correct": "q1", "wrong": "q2", "abstained": "q3", "failed": "q4"}.items():
        one(browser, f".chip.{outcome}").click()
        assert (listed(browser), one(browser, ".status").text) == ([expected], "1 of 4 questions")
    one(browser, ".controls .quiet").click()
    assert listed(browser) == ["q1", "q2", "q3", "q4"]


def test_questions_are_filtered_by_type_run_change_and_text(look: Look, runs: list[RunView]) -> None:
    browser = look(runs)
    choose(browser, "Type", "bridge")
    assert listed(browser) == ["q3", "q4"]
    one(browser, ".controls .quiet").click()
    assert selected(browser, "Type").first_selected_option.text == "all"
    choose(browser, "Compared", "differ")
    assert listed(browser) == ["q2", "q3", "q4"]
    one(browser, ".controls .quiet").click()
    one(browser, "input[type=search]").send_keys("FAR off")
    assert listed(browser) == ["q3", "q4"]


def test_a_number_in_a_table_leads_to_its_questions(look: Look, runs: list[RunView]) -> None:
    browser = look(runs)
    [_, gained, _, _] = found(browser, "#overview .link")
    gained.click()
    assert (listed(browser), one(browser, ".detail h3").text) == (["q2"], "What is number 2?")
    assert selected(browser, "Run").first_selected_option.text == "adaptive"
    assert selected(browser, "Compared").first_selected_option.text == "right here, not there"
    browser.execute_script("scrollTo(0, 0)")
    one(browser, ".card .count").click()
    assert listed(browser) == ["q1"]


def test_a_question_shows_what_each_run_did(look: Look, runs: list[RunView]) -> None:
    browser = look(runs)
    found(browser, ".list button")[2].click()
    assert found(browser, ".tags")[0].text.split() == ["q3", "bridge", "2", "hops"]
    single, adaptive = (answer.text for answer in found(browser, ".answer"))
    assert single.splitlines()[:4] == ["single", "○ abstained", "I do not know", "nothing was found"]
    assert "Claims\nWhat is it? →\nsupport 0.750, quote 1" in single
    assert "Gold passages\nPassage 1\n✓ retrieved\n✓ graded\n✓ read\n✓ cited\np3\n✗ not retrieved" in single
    assert adaptive.splitlines()[:3] == ["adaptive", "✗ wrong", "far off"]
    assert "confidence\n0.700\nem\n0.000\nf1\n0.000\nseconds\n0.500\ncalls\n3" in adaptive
    assert "Quotes\nThe quote\nPassage 1 gold" in adaptive
    assert "Route\nsimple, score 0.250, type single" in adaptive
    assert "Plan\nWho? words\nWhen was #1? hybrid\ncombined by last\nmended" in adaptive
    assert "Sub-questions\nWho? → too slow\nwords, timed out" in adaptive
    unfold(browser, ".answer details")
    assert found(browser, ".contexts")[0].text.splitlines() == ["Passage 1 gold read", "Passage 2"]
    assert cells(browser, "Usage") == [["reader", "m", "1", "1,234", "5", "0.125"]]


def test_each_run_is_shown_with_its_own_gold_passages(look: Look, runs: list[RunView]) -> None:
    single, adaptive = runs
    changed = [replace(each, question=replace(each.question, gold=["p9"])) for each in adaptive.records]
    browser = look([single, replace(adaptive, records=changed)], at="#q=q1")
    ours, theirs = (answer.text for answer in found(browser, ".answer"))
    assert "p9" not in ours
    assert "p9\n✗ not retrieved" in theirs


def test_a_link_that_leads_nowhere_leads_to_the_first_question(look: Look, runs: list[RunView]) -> None:
    assert one(look(runs, at="#q=50%"), ".detail h3").text == "What is number 1?"


def test_a_failure_shows_its_error(look: Look, runs: list[RunView]) -> None:
    browser = look(runs, at="#q=q4")
    assert found(browser, ".answer")[0].text.splitlines()[:4] == ["single", "! failed", "Failed", "it broke"]


def test_arrow_keys_go_through_the_questions(look: Look, runs: list[RunView]) -> None:
    browser = look(runs)
    found(browser, ".list button")[0].send_keys(Keys.ARROW_DOWN)
    assert one(browser, ".detail h3").text == "What is number 2?"
    browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    assert one(browser, ".detail h3").text == "What is number 3?"
    assert browser.current_url.endswith("#q=q3")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(look: Look, runs: list[RunView], text: str) -> None:
    run = runs[0]
    first = run.records[0]
    quote = {"passage_id": text, "start": 0, "end": 1, "quote": text}
    changed = {
        "answer": text,
        "reason": text,
        "citations": [quote],
        "claims": [],
        "route": {**first.result["route"], "label": text},
    }
    asked = replace(first.question, id=text, question=text, answers=[text], type=text, gold=[text])
    record = replace(first, question=asked, result={**first.result, **changed})
    header = replace(run.header, suite=text, graph=f"{text}.py", machine=text)
    hostile = replace(run, header=header, records=[record], scores={text: {"em": 1}}, breakdowns={"type": {text: run.summary}})
    browser = look([hostile, hostile], width=400)
    for selector in ("h1", ".detail h3", ".gold li", ".given", ".reason", ".quotes q", ".quotes cite"):
        assert one(browser, selector).get_attribute("textContent") == text
    assert (found(browser, "img"), len(found(browser, "script"))) == ([], 2)
    assert overflow(browser) == 0


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_is_wider_than_the_window(look: Look, runs: list[RunView], width: int) -> None:
    browser = look(runs, width=width)
    assert overflow(browser) == 0
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


def test_it_follows_the_colour_scheme(look: Look, runs: list[RunView]) -> None:
    colour = lambda browser: one(browser, "body").value_of_css_property("background-color")
    assert colour(look(runs)) == "rgba(246, 247, 248, 1)"
    assert colour(look(runs, scheme="dark")) == "rgba(18, 21, 25, 1)"


def test_thousands_of_questions_come_in_pages(look: Look, runs: list[RunView]) -> None:
    run = runs[0]
    records = [replace(run.records[0], question=Question(f"n{at}", f"Question {at}?")) for at in range(3000)]
    browser = look([replace(run, records=records, scores={})])
    assert (len(listed(browser)), one(browser, ".pages").text) == (50, "‹\npage 1 of 60\n›")
    one(browser, '[aria-label="Next page"]').click()
    assert listed(browser)[0] == "n50"
    one(browser, "input[type=search]").send_keys("Question 2999?")
    assert (listed(browser), one(browser, ".pages").text) == (["n2999"], "")


def test_a_page_without_runs_or_records_says_so(look: Look, runs: list[RunView]) -> None:
    assert one(look([]), "h1").text == "no runs"
    empty = replace(runs[0], records=[], scores={}, summary={}, breakdowns={})
    browser = look([empty])
    assert one(browser, ".status").text == "0 of 0 questions"
