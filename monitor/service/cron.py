"""Due times of cron lines in a time zone: one for each wall-clock time that a line names.

A time that a change of clocks skips is due as many minutes later as the clock jumps; a repeated time is due once, the
first time. (APScheduler 3.11 skips the day of a change at midnight in spring, and repeats the one in autumn.)
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import tzinfo

NEVER = datetime.max.replace(tzinfo=UTC)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON = 41 * 366  # days: within 40 years every weekday meets every date, the 29th of February too
DAY = timedelta(days=1)


@value
class _Line:
    clocks: tuple[time, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def names(self, day: date) -> bool:
        return day.month in self.months and day.day in self.days and day.weekday() in self.weekdays


def next_turn(cron: str, zone: tzinfo, after: datetime) -> datetime:
    """Return the first time after `after` at which a cron line is due, in UTC.

    The line has the form that `monitor.config.cron` writes: numbers, ranges, lists and `*`; weekdays by name.
    """
    line = _read(cron)
    # A time skipped late yesterday may be due today.
    first = after.astimezone(zone).date() - DAY
    for offset in range(HORIZON):
        day = first + offset * DAY
        if not line.names(day):
            continue
        turns = (datetime.combine(day, clock, tzinfo=zone).astimezone(UTC) for clock in line.clocks)
        ahead = min((turn for turn in turns if turn > after), default=None)
        if ahead is not None:
            return ahead
    return NEVER


@lru_cache(maxsize=128)
def _read(cron: str) -> _Line:
    minutes, hours, days, months, weekdays = cron.split()
    return _Line(
        clocks=tuple(
            time(hour, minute) for hour in _numbers(hours, 0, 23) for minute in _numbers(minutes, 0, 59)
        ),
        days=frozenset(_numbers(days, 1, 31)),
        months=frozenset(_numbers(months, 1, 12)),
        weekdays=frozenset(_numbers(weekdays, 0, 6)),
    )


def _numbers(text: str, first: int, last: int) -> list[int]:
    if text == "*":
        return list(range(first, last + 1))
    spans = (part.partition("-") for part in text.split(","))
    return [number for start, _, end in spans for number in range(_number(start), _number(end or start) + 1)]


def _number(text: str) -> int:
    return WEEKDAYS.index(text) if text in WEEKDAYS else int(text)
