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


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("between two and three hours", [(2, "count"), (10800, "time")]),
        ("twelve and thirteen", [(12, "count"), (13, "count")]),
        ("two hundred and five miles", [(205 * 1609.344, "length")]),
        ("nineteen eighty-four copies", [(1984, "count")]),
        ("two and a half million dollars", [(2.5e6, "dollars")]),
        ("three and a half hours", [(12600, "time")]),
        ("It fell from -5 °C to −10 °C.", [(-5, "temperature"), (-10, "temperature")]),
        ("pages 10-15", [(10, "count"), (15, "count")]),
        ("US$5 million, more than -$4 million", [(5e6, "dollars"), (-4e6, "dollars")]),
        ("5 ms", [(5, "count")]),
        ("6-foot-9-inch", [(6 * 0.3048 + 9 * 0.0254, "length")]),
        ("513\u00a0275 people and 31 lakh", [(513275, "count"), (3.1e6, "count")]),
        ("5 kms and 3 lbs", [(5000, "length"), (3 * 0.45359237, "mass")]),
    ],
)
def test_amounts_have_their_sign_scale_and_unit(text: str, values: list[tuple[float, str]]) -> None:
    found = [(round(spotted.value.value, 6), spotted.value.dimension) for spotted in amounts(text)]
    assert found == [(round(value, 6), dimension) for value, dimension in values]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("the fifth century", (401, 500)),
        ("the 5th century BC", (-500, -401)),
        ("the fifth-century B.C.", (-500, -401)),
        ("in 44 BC", (-44, -44)),
        ("AD 79", (79, 79)),
        ("in 79 A.D.", (79, 79)),
        ("In 44 AD 300 people died", (44, 44)),
        ("26 April 121", (121, 121)),
    ],
)
def test_centuries_before_the_common_era_are_before_it_and_years_of_it_are_years(text: str, years: tuple[int, int]) -> None:
    [spotted] = moments(text)
    assert (spotted.value.earliest[0], spotted.value.latest[0]) == years
