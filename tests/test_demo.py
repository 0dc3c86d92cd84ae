"""The bundled data: what it holds, and that its gold stands where it says."""

from __future__ import annotations

from collections import Counter

from agentic_rag.demo import SHOWN, demo_passages, demo_questions


def test_it_holds_what_the_readme_says() -> None:
    passages, questions = demo_passages(), demo_questions()
    assert (len(passages), passages[0].id, passages[0].title) == (63, "drevanny", "Drevanny")
    assert (len(questions), questions[0]["id"], questions[-1]["id"]) == (40, "demo-01", "demo-40")
    assert Counter(row["type"] for row in questions) == {
        "single": 12,
        "bridge": 11,
        "comparison": 7,
        "yesno": 5,
        "unanswerable": 5,
    }


def test_ids_are_unique_and_gold_exists() -> None:
    passages = {passage.id: passage for passage in demo_passages()}
    questions = {row["id"]: row for row in demo_questions()}
    assert (len(passages), len(questions)) == (63, 40)
    assert {gold for row in questions.values() for gold in row["gold"]} <= passages.keys()
    assert set(SHOWN) <= questions.keys()


def test_answers_stand_in_their_gold_passages() -> None:
    texts = {passage.id: passage.text for passage in demo_passages()}
    for row in demo_questions():
        if row["answerable"] and row["type"] != "yesno":
            assert any(row["answers"][0] in texts[gold] for gold in row["gold"]), row["id"]
        if not row["answerable"]:
            assert (row["answers"], row["gold"]) == ([], [])
