"""Reads the routes: which topics go to which channels, and how."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from monitor.config.cron import is_twice_limited
from monitor.config.schema import RouteTable
from storage.model import Policy, Route

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from monitor.config.error_log import ErrorLog
    from monitor.config.read_tables import Entry

FOR_ALERTS = ("group_wait", "updates", "max_per_hour", "cap", "quiet", "priority")


def read_routes(
    entries: list[Entry[RouteTable]], error_log: ErrorLog, *, channels: tuple[str, ...], zone: ZoneInfo
) -> tuple[Route, ...]:
    """Return the routes without errors; when none is configured, every topic alerts every channel."""
    for entry in entries:
        _check_time(entry, error_log)
    tables = [entry.table for entry in entries if entry.table is not None] if entries else [RouteTable()]
    names: Counter[str] = Counter()
    routes = []
    for table in tables:
        name = _name(table, channels)
        names[name] += 1
        numbered = name if names[name] == 1 else f"{name} ({names[name]})"
        routes.append(_route(numbered, table, channels, zone))
    return tuple(routes)


def _name(table: RouteTable, channels: tuple[str, ...]) -> str:
    """Return a route's name in the database; it describes the route, since its position in the file may change."""
    return f"{table.send} of {', '.join(table.topics)} to {', '.join(table.channels or channels)}"


def _check_time(entry: Entry[RouteTable], error_log: ErrorLog) -> None:
    is_digest = entry.written.get("send") == "digest"
    if is_digest and "at" not in entry.written:
        error_log.miss(entry.place, "a digest needs 'at'", "add a time such as at = '0 7 * * mon-fri'")
    if not is_digest and "at" in entry.written:
        error_log.refuse(
            (*entry.place, "at"), "applies only to digests", "remove it or write send = 'digest'"
        )
    if not is_digest and "when_empty" in entry.written:
        error_log.warn((*entry.place, "when_empty"), "does not apply to alerts", "move it to a digest route")
    for key in FOR_ALERTS:
        if is_digest and key in entry.written:
            error_log.warn((*entry.place, key), "does not apply to a digest", "move it to an alert route")
    if entry.table is not None and entry.table.at is not None and is_twice_limited(entry.table.at):
        error_log.warn(
            (*entry.place, "at"),
            "limits both the day and the weekday",
            "the digest is sent on dates that match both",
        )


def _route(name: str, table: RouteTable, channels: tuple[str, ...], zone: ZoneInfo) -> Route:
    policy = Policy(
        group_wait=table.group_wait,
        updates=table.updates,
        max_per_hour=table.max_per_hour,
        quiet=table.quiet,
        timezone=table.timezone or zone,
        priority=table.priority,
        has_own_cap=table.cap == "route",
    )
    return Route(
        name=name,
        topics=table.topics,
        channels=table.channels or channels,
        policy=policy,
        at=table.at,
        sends_empty=table.when_empty == "one-line",
    )
