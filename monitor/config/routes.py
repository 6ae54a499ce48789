"""Routes: which topics go to which channels, and how."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.config.cron import is_twice_limited
from monitor.config.schema import RouteTable
from monitor.config.units import known_zone
from storage.model import Policy, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.config.error_log import ErrorLog
    from monitor.config.read_tables import Entry

LOCALTIME = Path("/etc/localtime")  # a link into the time zone database on every common system
FOR_ALERTS = ("group_wait", "updates", "max_per_hour", "quiet", "priority")


def read_routes(
    entries: list[Entry[RouteTable]], findings: ErrorLog, *, channels: tuple[str, ...], zone: ZoneInfo
) -> tuple[Route, ...]:
    """Return the routes without errors; when none is configured, every topic alerts every channel."""
    for entry in entries:
        _check_time(entry, findings)
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
    """Return what a route is known by in the ledger: what it does, since its place in the file may change."""
    return f"{table.send} of {', '.join(table.topics)} to {', '.join(table.channels or channels)}"


def local_zone(environ: Mapping[str, str], localtime: Path = LOCALTIME) -> ZoneInfo:
    """Return this machine's time zone: `$TZ`, else where its clock's link points, else UTC."""
    _, _, linked = str(localtime.resolve()).partition("zoneinfo/")
    asked = environ.get("TZ", "").removeprefix(":")
    return known_zone(asked) or known_zone(linked) or ZoneInfo("UTC")


def _check_time(entry: Entry[RouteTable], findings: ErrorLog) -> None:
    is_digest = entry.written.get("send") == "digest"
    if is_digest and "at" not in entry.written:
        findings.miss(entry.place, "a digest has no 'at'", "say when, such as at = '0 7 * * mon-fri'")
    if not is_digest and "at" in entry.written:
        findings.refuse((*entry.place, "at"), "alerts have no time", "remove it or write send = 'digest'")
    if not is_digest and "when_empty" in entry.written:
        findings.warn((*entry.place, "when_empty"), "means nothing to alerts", "move it to a digest")
    for key in FOR_ALERTS:
        if is_digest and key in entry.written:
            findings.warn((*entry.place, key), "means nothing to a digest", "move it to a route of alerts")
    if entry.table is not None and entry.table.at is not None and is_twice_limited(entry.table.at):
        findings.warn((*entry.place, "at"), "names a day and a weekday", "both must hold on the same date")


def _route(name: str, table: RouteTable, channels: tuple[str, ...], zone: ZoneInfo) -> Route:
    policy = Policy(
        group_wait=table.group_wait,
        updates=table.updates,
        max_per_hour=table.max_per_hour,
        quiet=table.quiet,
        timezone=table.timezone or zone,
        priority=table.priority,
    )
    return Route(
        name=name,
        topics=table.topics,
        channels=table.channels or channels,
        policy=policy,
        at=table.at,
        tells_nothing=table.when_empty == "one-line",
    )
