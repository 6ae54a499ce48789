"""Digest times: five cron fields, normalised so that all implementations of cron agree on them.

crontab(5) counts weekdays from Sunday = 0, APScheduler 3 from Monday = 0, so numbers become names.
"""

from __future__ import annotations

import re
from dataclasses import field
from itertools import pairwise

from monitor.config.errors import BadValueError
from storage.model.value import value

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
NUMBER = re.compile(r"[0-9]{1,4}")  # leading zeros are common
EXAMPLE = "write minute, hour, day, month and weekday, such as '0 7 * * mon-fri'"


@value
class Field:
    """One field: its bounds, both inclusive, and the names for its numbers."""

    name: str
    first: int
    last: int
    names: dict[str, int] = field(default_factory=dict)


FIELDS = (
    Field(name="minute", first=0, last=59),
    Field(name="hour", first=0, last=23),
    Field(name="day", first=1, last=31),
    Field(
        name="month", first=1, last=12, names={name: number for number, name in enumerate(MONTHS, start=1)}
    ),
    Field(name="weekday", first=0, last=7, names={name: number for number, name in enumerate(WEEKDAYS)}),
)


def parse_cron(text: str) -> str:
    """Return the expression in five plain fields: numbers, ranges and lists only, weekdays by name.

    Raises `BadValueError` for an expression that crontab(5) does not allow, or a date that does not exist.
    """
    parts = text.lower().split()
    if len(parts) != len(FIELDS):
        raise BadValueError(f"{text!r} has {len(parts)} fields instead of 5", EXAMPLE)
    minutes, hours, days, months, weekdays = (
        _numbers(part, kind) for part, kind in zip(parts, FIELDS, strict=True)
    )
    if not any(day <= LONGEST_MONTH[month - 1] for day in days for month in months):
        raise BadValueError(f"{text!r} names a date that does not exist", EXAMPLE)
    plain = [
        _plain(numbers, kind) for numbers, kind in zip((minutes, hours, days, months), FIELDS, strict=False)
    ]
    return " ".join([*plain, _weekdays({number % 7 for number in weekdays})])


def is_twice_limited(cron: str) -> bool:
    """Whether a plain expression limits both day and weekday, on which implementations of cron disagree."""
    _, _, day, _, weekday = cron.split()
    return day != "*" and weekday != "*"


def _numbers(text: str, kind: Field) -> set[int]:
    return {number for part in text.split(",") for number in _part(part, kind)}


def _part(text: str, kind: Field) -> range:
    span, slash, step = text.partition("/")
    if slash and not (NUMBER.fullmatch(step) and int(step) > 0):
        raise BadValueError(f"{text!r} is not a step of the {kind.name} field", EXAMPLE)
    # Weekday 7 is Sunday again; a step up to the end must not count Sunday twice.
    end_of_field = 6 if kind.name == "weekday" else kind.last
    if span == "*":
        first, last = kind.first, end_of_field
    else:
        start, dash, end = span.partition("-")
        first = _number(start, kind)
        last = _number(end, kind) if dash else (end_of_field if slash else first)
    if last < first and kind.name == "weekday":
        last += 7  # fri-mon
    if last < first:
        raise BadValueError(f"{text!r} runs backwards in the {kind.name} field", EXAMPLE)
    return range(first, last + 1, int(step) if slash else 1)


def _number(text: str, kind: Field) -> int:
    if text in kind.names:
        return kind.names[text]
    if NUMBER.fullmatch(text) and kind.first <= int(text) <= kind.last:
        return int(text)
    raise BadValueError(
        f"{text!r} is not a value of the {kind.name} field ({kind.first}-{kind.last})", EXAMPLE
    )


def _plain(numbers: set[int], kind: Field) -> str:
    if len(numbers) == kind.last - kind.first + 1:
        return "*"
    return ",".join(_span(run) for run in _runs(sorted(numbers)))


def _weekdays(numbers: set[int]) -> str:
    if len(numbers) == len(WEEKDAYS):
        return "*"
    # Weeks start on Monday here: some implementations refuse a range that ends before it begins.
    days = sorted((number - 1) % 7 for number in numbers)
    names = [*WEEKDAYS[1:], WEEKDAYS[0]]
    return ",".join("-".join(dict.fromkeys((names[run[0]], names[run[-1]]))) for run in _runs(days))


def _span(run: list[int]) -> str:
    return str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}"


def _runs(numbers: list[int]) -> list[list[int]]:
    """Group the numbers into runs of consecutive ones."""
    runs = [[numbers[0]]]
    for before, number in pairwise(numbers):
        if number == before + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs
