"""The types of options and arguments: times, durations and limits, within the ranges that the database can hold."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from monitor.text.ids import LARGEST, id_number

if TYPE_CHECKING:
    from datetime import timedelta

YEARS = range(1970, 3000)  # accepted years: arithmetic with such times stays within the range of `datetime`


class Moment(click.ParamType[datetime]):
    """A time in ISO 8601 with its offset."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the aware time."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time; write 2026-03-01T12:00:00+01:00", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no offset; write 2026-03-01T12:00:00Z or +01:00", param, ctx)
        if moment.year not in YEARS:
            self.fail(f"{value!r} is out of range; write a year from {YEARS[0]} to {YEARS[-1]}", param, ctx)
        return moment


class Duration(click.ParamType["timedelta"]):
    """A duration such as 90s, 2h, 7d."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the duration."""
        from monitor.config.errors import BadValueError
        from monitor.config.units import parse_duration

        try:
            return parse_duration(value)
        except BadValueError as error:
            self.fail(str(error), param, ctx)


class Limit(click.ParamType[int]):
    """A number of rows, at least 1."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        number = value if isinstance(value, int) else id_number(value, "")
        if not number or number > LARGEST:
            self.fail(
                f"{str(value)[:40]!r} is not a number of rows; write a number from 1 to {LARGEST:,}",
                param,
                ctx,
            )
        return number


LIMIT = Limit()
