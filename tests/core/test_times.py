"""Times and durations as phrases."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest
from builders import NOON

from alerts.render.parts.times import age, coming, duration, past, until


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=20), "20 s"),
        (timedelta(seconds=90), "1.5 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(minutes=28_783), "20 days"),
    ],
)
def test_a_duration_is_in_its_largest_fitting_unit(span: timedelta, words: str) -> None:
    """Minutes become hours, and hours become days."""
    assert duration(span) == words


def test_a_distant_time_has_its_date() -> None:
    """A time alone would mean today."""
    assert until(NOON + timedelta(minutes=3), now=NOON) == "in 3 min, at 12:03"
    assert (
        until(NOON + timedelta(days=20), now=NOON)
        == f"in 20 days, at {NOON + timedelta(days=20):%Y-%m-%d} 12:00"
    )
    assert until(NOON - timedelta(days=1), now=NOON) == "now"


def test_a_due_time_is_never_in_the_past() -> None:
    """An overdue time is shown as now; the time left is rounded up."""
    assert coming(NOON - timedelta(hours=3), now=NOON) == "now"
    assert coming(NOON + timedelta(seconds=61), now=NOON) == f"{NOON:%Y-%m-%d} 12:01 (in 2 min)"
    assert coming(NOON + timedelta(seconds=30), now=NOON) == f"{NOON:%Y-%m-%d} 12:00 (in 30 s)"
    assert coming(None, now=NOON) == "none"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(seconds=20), "20 s"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(minutes=61), "1 h 1 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=11, minutes=10), "11 h"),
        (timedelta(hours=51), "2 days 3 h"),
        (timedelta(days=20, hours=3), "20 days"),
    ],
)
def test_the_time_left_is_in_whole_units(left: timedelta, words: str) -> None:
    """Nobody says 1.02 h: a second unit follows where the first alone would be rough."""
    assert until(NOON + left, now=NOON).startswith(f"in {words}, at ")


def test_times_are_in_the_zone_of_now() -> None:
    """Times are shown to the minute, whatever zone they are stored in."""
    then = (NOON - timedelta(hours=3)).replace(microsecond=123456).astimezone(UTC)
    east = NOON.astimezone(timezone(timedelta(hours=2)))
    assert past(then, now=east) == f"{NOON:%Y-%m-%d} 11:00 (2 h ago)"
    assert past(None, now=NOON) == "never"
    assert age(NOON, now=NOON) == "just now"
