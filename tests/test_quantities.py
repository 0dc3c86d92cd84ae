from __future__ import annotations

import pytest

from agentic_rag.quantities import amounts, moments


@pytest.mark.parametrize(
    "text", ["", "9" * 5000, "1," * 5000, "٣٤٥", "\x00", "$", "one hundred " * 2000, "99 May 9999", "(1748–" * 2000]
)
def test_any_text_can_be_searched_for_values(text: str) -> None:
    assert all(text[s.start : s.end] for s in amounts(text))
    assert all(text[s.start : s.end] for s in moments(text))


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("Time: 20260105_11:00", ["20260105"]),
        ("2026-01-05T11:00:00Z", ["2026-01-05"]),
        ("notes-20260105.txt of 20260106-20260107", ["20260105", "20260106", "20260107"]),
        ("20260105 people, $20260105, 20,260,105, 20261305, 120260105", ["20260105"]),
        ("20260105 km", []),
    ],
)
def test_stamps_are_dates(text: str, dates: list[str]) -> None:
    assert [text[s.start : s.end] for s in moments(text)] == dates


def test_years_and_amounts_are_told_apart() -> None:
    text = "In 1791 it cost 18,400 crowns and weighed 1900 kilograms."
    assert [text[s.start : s.end] for s in moments(text)] == ["1791"]
    assert [text[s.start : s.end] for s in amounts(text)] == ["1791", "18,400 crowns", "1900 kilograms"]
