"""Digest times: once per local day, also across changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.config.cron import parse_cron
from monitor.service.cron import NEVER, next_turn

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
DAY = timedelta(days=1)


def turns(cron: str, zone: ZoneInfo, start: datetime, days: int) -> list[datetime]:
    """Return every scheduled time in the days after `start`, in local time."""
    found, after = [], start
    while (after := next_turn(parse_cron(cron), zone, after)) <= start + days * DAY:
        found.append(after.astimezone(zone))
    return found


@pytest.mark.parametrize(
    "at", ["30 1 * * *", "0 2 * * *", "30 2 * * *", "0 3 * * *", "0 7 * * *", "0 0 * * *"]
)
@pytest.mark.parametrize(
    ("zone", "around"),
    [
        (BERLIN, datetime(2026, 3, 29, 12, tzinfo=UTC)),
        (BERLIN, datetime(2026, 10, 25, 12, tzinfo=UTC)),
        (NEW_YORK, datetime(2026, 3, 8, 12, tzinfo=UTC)),
        (NEW_YORK, datetime(2026, 11, 1, 12, tzinfo=UTC)),
    ],
)
def test_every_local_day_has_exactly_one_turn(zone: ZoneInfo, around: datetime, at: str) -> None:
    """A skipped or repeated hour neither skips nor repeats a digest (F5)."""
    days = [turn.date() for turn in turns(at, zone, around - 4 * DAY, 8)]
    assert len(days) == len(set(days)) == 8
    assert days == [days[0] + number * DAY for number in range(8)]


def test_a_turn_is_strictly_later_than_the_time_asked_about() -> None:
    """At seven sharp the next time is tomorrow's, so a digest just sent is not due again."""
    seven = datetime(2026, 3, 4, 7, tzinfo=BERLIN)
    assert next_turn("0 7 * * *", BERLIN, seven) == seven + DAY
    assert next_turn("0 7 * * *", BERLIN, seven - timedelta(microseconds=1)) == seven


def test_weekdays_are_those_of_crontab() -> None:
    """`1-5` is Monday to Friday, as in crontab."""
    saturday = datetime(2026, 3, 7, 12, tzinfo=BERLIN)
    assert next_turn(parse_cron("0 7 * * 1-5"), BERLIN, saturday) == datetime(2026, 3, 9, 7, tzinfo=BERLIN)
    assert next_turn(parse_cron("0 7 * * 0"), BERLIN, saturday) == datetime(2026, 3, 8, 7, tzinfo=BERLIN)


def test_turns_are_in_utc() -> None:
    """Scheduled times are returned in UTC."""
    assert next_turn("0 7 * * *", BERLIN, datetime(2026, 3, 4, tzinfo=UTC)).tzinfo is UTC


def test_a_day_that_never_comes_has_no_next_turn() -> None:
    """The thirtieth of February has no next scheduled time."""
    assert next_turn("0 7 30 2 *", BERLIN, datetime(2026, 3, 4, tzinfo=UTC)) == NEVER
