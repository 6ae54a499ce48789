"""Polling hints in a document: RSS 2.0 `ttl`, `skipHours` and `skipDays`, and `sy:*`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monitor.polling.parsing.parsed_feed import Hints

if TYPE_CHECKING:
    from collections.abc import Mapping

_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS = {
    day: number
    for number, day in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
}
_MAX_LIST = 4_000  # characters of a list of 24 hours or 7 days
_HOUR = re.compile(r"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY = re.compile(r"<day>\s*([A-Za-z]{6,9})\s*</day>", re.IGNORECASE)
_HOURS_A_DAY, _DAYS_A_WEEK = 24, 7
_MAX_DIGITS = 9
_MAX_MINUTES = 525_600  # a year; more is a mistake


def hints_of(channel: Mapping[str, Any], document: str) -> Hints:
    """Return the hints of a parsed channel; the lists are read from the document, as feedparser keeps one entry."""
    periods = [period for period in (_ttl(channel), _syndication(channel)) if period is not None]
    hours = {int(hour) for hour in _HOUR.findall(_list(document, "skipHours"))}
    hours = {hour % _HOURS_A_DAY for hour in hours if hour <= _HOURS_A_DAY}  # some count from 1 to 24
    named = (day.lower() for day in _DAY.findall(_list(document, "skipDays")))
    days = {_DAYS[day] for day in named if day in _DAYS}
    return Hints(
        period=max(periods, default=None),
        # Skipping every hour or every day is a mistake and is ignored.
        skip_hours=frozenset(hours) if len(hours) < _HOURS_A_DAY else frozenset(),
        skip_days=frozenset(days) if len(days) < _DAYS_A_WEEK else frozenset(),
    )


def _list(document: str, name: str) -> str:
    begin = document.find(f"<{name}>")
    if begin < 0:
        return ""
    end = document.find(f"</{name}>", begin, begin + _MAX_LIST)
    return document[begin : max(end, begin)]


def _number(value: Any) -> int | None:
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else None


def _ttl(channel: Mapping[str, Any]) -> timedelta | None:
    minutes = _number(channel.get("ttl", ""))
    return timedelta(minutes=minutes) if minutes and minutes <= _MAX_MINUTES else None


def _syndication(channel: Mapping[str, Any]) -> timedelta | None:
    period = _PERIODS.get(str(channel.get("sy_updateperiod", "")).strip().lower())
    if period is None:
        return None
    return period / (_number(channel.get("sy_updatefrequency", "1")) or 1)
