"""Parallel work joined by what is asked for: all of it, the first, or what is back in time."""

from __future__ import annotations

import threading
import time

import pytest

from agentic_rag.errors import GraphError
from agentic_rag.joins import Join


def held(release: threading.Event) -> str:
    release.wait(10)
    return "late"


def test_all_are_waited_for_and_keep_their_order() -> None:
    assert Join()([lambda: time.sleep(0.05) or "slow", lambda: "fast"]) == ["slow", "fast"]


def test_the_first_to_finish_is_enough() -> None:
    release = threading.Event()
    assert Join(quorum=1)([lambda: held(release), lambda: "fast"]) == [None, "fast"]
    release.set()


def test_a_quorum_leaves_the_slowest_behind() -> None:
    release = threading.Event()
    assert Join(quorum=2)([lambda: 1, lambda: held(release), lambda: 3]) == [1, None, 3]
    release.set()


def test_what_is_not_back_in_time_is_left_behind() -> None:
    release = threading.Event()
    assert Join(seconds=0.5)([lambda: held(release), lambda: "fast"]) == [None, "fast"]
    assert Join()([lambda: held(release)], seconds=0.05) == [None]
    release.set()


def test_a_quorum_of_more_than_there_are_waits_for_all() -> None:
    assert Join(quorum=5)([lambda: 1, lambda: 2]) == [1, 2]


def test_any_number_of_seconds_may_be_given() -> None:
    assert Join(seconds=1e15)([lambda: 1, lambda: 2]) == [1, 2]


def test_nothing_to_do_is_done() -> None:
    assert Join()([]) == []


def test_what_a_work_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        Join()([lambda: 1, lambda: 1 // 0])


@pytest.mark.parametrize("wrong", [{"quorum": 0}, {"seconds": -1.0}])
def test_a_join_that_waits_for_nothing_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(GraphError, match="would wait for nothing"):
        Join(**wrong)  # type: ignore[arg-type]
