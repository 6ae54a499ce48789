"""Reads the two usual formats of dates as feedparser does: RFC 822 and W3C's profile of ISO 8601."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from monitor.polling.parsing.fast.doubt import Doubt

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|([+-])(\d\d):(\d\d))?)?",
    re.ASCII,
)
_RFC_822 = re.compile(
    r"(?:[A-Z][a-z]{2},? +)?(\d\d?) +([A-Z][a-z]{2}) +(\d{4}) +(\d\d):(\d\d)(?::(\d\d))? +"
    r"(?:GMT|UTC|UT|Z|(E[SD]T|C[SD]T|M[SD]T|P[SD]T)|([+-])(\d\d):?(\d\d))",
    re.ASCII,
)
_MONTHS = {
    name: number
    for number, name in enumerate(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1)
}  # fmt: skip
_ZONES = {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}

Parsed = tuple[int, int, int, int, int, int]


def parsed_date(text: str) -> Parsed | None:
    """Return a date in UTC as year, month, day, hour, minute and second; None for an empty text.

    Raises:
        Doubt: the text has another format.
    """
    if not text:
        return None
    try:
        moment = _rfc_822(text) or _iso(text)
    except (ValueError, OverflowError) as error:
        raise Doubt from error
    if moment is None:
        raise Doubt
    return moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second


def _rfc_822(text: str) -> datetime | None:
    found = _RFC_822.fullmatch(text)
    if found is None or found[2] not in _MONTHS:
        return None
    day, _, year, hour, minute, second, zone, sign, hours, minutes = found.groups()
    moment = datetime(int(year), _MONTHS[found[2]], int(day), int(hour), int(minute), int(second or 0))  # noqa: DTZ001 (UTC, as feedparser's tuples)
    if zone:
        return moment - timedelta(hours=_ZONES[zone])
    return moment - _offset(sign, hours, minutes)


def _iso(text: str) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
    moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001 (UTC, as feedparser's tuples)
    return moment - _offset(sign, hours, minutes)


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    if not sign:
        return timedelta()
    size = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return -size if sign == "-" else size
