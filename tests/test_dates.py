"""The times that a question names, as the first day and the day after the last one."""

from __future__ import annotations

import pytest

from agentic_rag.dates import FIRST, LAST, Period, periods
from agentic_rag.testing import STRANGE


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("What was said on 20260203?", 20260203, 20260204),
        ("What was said on 20260901_13:00?", 20260901, 20260902),
        ("Who called on 2026-02-03?", 20260203, 20260204),
        ("Who called on 14 July 2025?", 20250714, 20250715),
        ("Who called on the night of Sept. 9th, 2026?", 20260909, 20260910),
        ("What happened in March 2026?", 20260301, 20260332),
        ("What happened in 2026-03?", 20260301, 20260332),
        ("What happened in the summer of 1990?", 19900101, 19901232),
        ("What happened in the 1990s?", 19900101, 19991232),
        ("What happened in the 19th century?", 18010101, 19001232),
        ("Which film from 1975 won?", 19750101, 19751232),
        ("Who ruled in 44 BC?", -440000 + 101, -440000 + 1232),
        ("between 1990 and 1995", 19900101, 19951232),
        ("from 1990 to 1995", 19900101, 19951232),
        ("1990-95", 19900101, 19951232),
        ("1801–1866", 18010101, 18661232),
        ("between March and May 2026", 20260301, 20260532),
        ("from 3 to 5 May 1801", 18010503, 18010506),
        ("from the 3rd to the 5th", None, None),
        ("from 3 May to 5 June 1801", 18010503, 18010606),
        ("May 3-5, 1801", 18010503, 18010506),
        ("20260105-20260107", 20260105, 20260108),
        ("before 1900", FIRST, 19000101),
        ("prior to the 1990s", FIRST, 19900101),
        ("until 1900", FIRST, 19001232),
        ("after 3 May 1801", 18010504, LAST),
        ("since May 2020", 20200501, LAST),
        ("from 1975 onwards", 19750101, LAST),
        ("no later than 1990", FIRST, 19901232),
        ("not before 1990", 19900101, LAST),
        ("on or before 3 May 1801", FIRST, 18010504),
        ("in or after 1990", 19900101, LAST),
        ("from 2015 to the present", 20150101, LAST),
        ("2015–present", 20150101, LAST),
        ("from the 1970s to the 1990s", 19700101, 19991232),
        ("from the 3rd to the 5th of May 2026", 20260503, 20260506),
        ("after 1990 and before 1995", 19901232, 19950101),
        ("last week", None, None),
        ("yesterday at 10:00", None, None),
        ("1900 metres", None, None),
        ("in May", None, None),
        ("May I ask?", None, None),
        ("", None, None),
    ],
)
def test_a_question_names_a_time(text: str, start: int | None, end: int | None) -> None:
    assert periods(text) == ([] if start is None or end is None else [Period(start, end)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 20260301 or 2026-03-05", [(20260301, 20260302), (20260305, 20260306)]),
        ("on 4 and 6 May 1801", [(18010504, 18010505), (18010506, 18010507)]),
        ("in 1990 and 1995", [(19900101, 19901232), (19950101, 19951232)]),
        ("from 1990 to 1985", [(19900101, 19901232), (19850101, 19851232)]),
        ("before 1900 or after 1950", [(FIRST, 19000101), (19501232, LAST)]),
    ],
)
def test_a_question_names_several_times(text: str, expected: list[tuple[int, int]]) -> None:
    assert periods(text) == expected


@pytest.mark.parametrize("text", [*STRANGE, "3 may to " * 2000, "12 - " * 4000, "before " * 4000, "1990 " * 400, "\ud800 1990"])
def test_any_text_can_be_searched_for_times(text: str) -> None:
    assert all(period.start < period.end for period in periods(text))
