"""Times and durations as text, for all messages, commands and pages.

    duration(span)          `90 s` → `1.5 min`; `20 days`       how long something takes, or an interval
    age(then, now=)         `just now`, `3 h ago`, `2 days ago` when something happened, roughly
    past(then, now=)        `2026-03-01 12:00 (3 h ago)`        when something happened, in a table or a list
    coming(due, now=)       `2026-03-01 12:00 (in 3 h)`, `now`  when something is due, in a table or a list
    until(due, now=)        `in 3 h, at 15:02`                  when something is due, in a sentence

Times are shown in the zone of `now`: commands pass the time of the machine's zone (`monitor.cli.shared.phrases`), messages
that of their route. Machine-readable output uses ISO 8601 instead (`monitor.views.iso`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EXACT = 10  # of a unit: with more, the smaller unit is left out
# Name, size, smallest duration shown in this unit.
UNITS = (("days", DAY, 2 * DAY), ("h", HOUR, HOUR), ("min", MINUTE, MINUTE))


def duration(span: timedelta) -> str:
    """Return a duration in its largest fitting unit: `20 s`, `2.5 min`, `1 h`, `3 days`."""
    for unit, size, least in UNITS:
        if span >= least:
            return f"{span / size:.3g} {unit}"
    return f"{span.total_seconds():.3g} s"


def age(then: datetime, *, now: datetime) -> str:
    """Return how long ago `then` was: `just now`, `12 min ago`, `3 h ago`, `2 days ago`."""
    gone = now - then
    if gone < MINUTE:
        return "just now"
    if gone < HOUR:
        return f"{gone // MINUTE} min ago"
    if gone < 2 * DAY:
        return f"{gone // HOUR} h ago"
    return f"{gone // DAY} days ago"


def past(then: datetime | None, *, now: datetime) -> str:
    """Return a past time and how long ago it was; `never` without one."""
    return "never" if then is None else f"{_minute(then, now)} ({age(then, now=now)})"


def coming(due: datetime | None, *, now: datetime) -> str:
    """Return a future time and how far off it is; `now` once it has come, `none` without one."""
    if due is None:
        return "none"
    return "now" if due <= now else f"{_minute(due, now)} (in {time_left(due, now=now)})"


def until(due: datetime, *, now: datetime) -> str:
    """Return how far off a time is, with the clock time, and with the date unless it is today's."""
    if due <= now:
        return "now"
    local = due.astimezone(now.tzinfo)
    at = f"{local:%H:%M}" if local.date() == now.date() else _minute(due, now)
    return f"in {time_left(due, now=now)}, at {at}"


def _minute(moment: datetime, now: datetime) -> str:
    return f"{moment.astimezone(now.tzinfo):%Y-%m-%d %H:%M}"


def time_left(due: datetime, *, now: datetime) -> str:
    """Return the time left, rounded up, so that nothing is due before the time shown."""
    left = due - now
    unit = timedelta(seconds=1) if left < MINUTE else MINUTE
    return _whole(-(-left // unit) * unit)


def _whole(span: timedelta) -> str:
    """Return a duration in whole units, two of them where one would be rough: `1 h 5 min`, `2 days 3 h`, `20 days`."""
    for (unit, size, least), (smaller, part, _) in pairwise(UNITS):
        if span >= least:
            rest = (span % size) // part if span < EXACT * size else 0
            return f"{span // size} {unit} {rest} {smaller}" if rest else f"{span // size} {unit}"
    return duration(span)
