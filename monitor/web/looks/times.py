"""Times on pages: a short form in the reader's time zone, and the exact time on demand."""

from __future__ import annotations

from datetime import date as date_type
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from markupsafe import Markup

from alerts.render.parts.times import age, time_left
from monitor.config.units import known_zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from monitor.config.settings import Settings

EARLIEST_YEAR = 1970  # earlier days have no news, and the first of them cannot be told in every zone


def zone_of(cookie: str | None, settings: Settings) -> ZoneInfo:
    """Return the reader's zone: the one that the page's script reported, else the one of the routes."""
    named = known_zone(cookie or "")
    return named or settings.routes[0].policy.timezone


def exact(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment to the minute with the zone's name."""
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} {local:%Z}"


def ago(moment: datetime | None, *, now: datetime, zone: ZoneInfo) -> Markup:
    """Return how long ago a moment was, as an element that also has the exact time."""
    if moment is None:
        return Markup("never")
    return _element(moment, age(moment, now=now), zone)


def clock(moment: datetime | None, *, now: datetime, zone: ZoneInfo) -> Markup:
    """Return a moment as hours and minutes, with the date unless it is today's."""
    if moment is None:
        return Markup("never")
    local, today = moment.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return _element(moment, f"{local:%H:%M}", zone)
    year = "" if local.year == today.year else f" {local.year}"
    return _element(moment, f"{local.day} {local:%b}{year}, {local:%H:%M}", zone)


def day(moment: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """Return the day of a moment: Today, Yesterday, or its date."""
    local, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    near = {0: "Today", 1: "Yesterday"}.get((today - local).days)
    year = "" if local.year == today.year else f" {local.year}"
    return near or f"{local:%A} {local.day} {local:%B}{year}"


def day_bounds(date: str, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Return when a day (`2026-11-30`) begins and ends in a zone; None for anything else."""
    try:
        begins = datetime.combine(date_type.fromisoformat(date), time(), tzinfo=zone)
        ends = datetime.combine(begins.date() + timedelta(days=1), time(), tzinfo=zone)
    except (ValueError, OverflowError):
        return None
    return (begins, ends) if begins.year >= EARLIEST_YEAR else None


def coming(moment: datetime | None, *, now: datetime, zone: ZoneInfo) -> Markup:
    """Return the time until a moment."""
    if moment is None:
        return Markup("none")
    return _element(moment, "now" if moment <= now else f"in {time_left(moment, now=now)}", zone)


def _element(moment: datetime, words: str, zone: ZoneInfo) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), exact(moment, zone), words
    )
