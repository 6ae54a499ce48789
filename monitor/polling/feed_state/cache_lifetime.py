"""Times in a response's headers: `Cache-Control`, `Age`, `Expires`, `Retry-After` (RFC 9110, 9111)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,12})\b", re.IGNORECASE)
_NO_CACHE = re.compile(r"(?:^|[\s,])no-(?:cache|store)\b(?!\s*=)", re.IGNORECASE)
_MAX_DIGITS = 9  # of a number of seconds: 31 years
_FOREVER = timedelta(days=36_500)  # longer spans would only cause overflows


def cache_lifetime(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long a response stays fresh: `max-age` minus `Age`, else `Expires` minus `Date`, else None."""
    control = headers.get("cache-control", "")
    if _NO_CACHE.search(control):
        return None
    max_age = _MAX_AGE.search(control)
    if max_age is not None:
        return _positive(_seconds(max_age.group(1)) - _seconds(headers.get("age", "")))
    expires, date = _moment(headers.get("expires", "")), _moment(headers.get("date", ""))
    if expires is None or date is None:
        return None
    return _positive(expires - date)


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Return how long a server asks to wait, given as seconds or a date; None if missing, past or unreadable."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return _positive(_seconds(value))
    until = _moment(value)
    return _positive(until - now) if until is not None else None


def _positive(span: timedelta) -> timedelta | None:
    return min(span, _FOREVER) if span > timedelta(0) else None


def _seconds(text: str) -> timedelta:
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal()):
        return timedelta(0)
    return min(timedelta(seconds=int(digits)), _FOREVER) if len(digits) <= _MAX_DIGITS else _FOREVER


def _moment(text: str) -> datetime | None:
    """Parse an HTTP date leniently; return None if it cannot be read."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
