"""Reads `[polling]`; missing bounds are derived from the interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.config.settings import INTERVAL, MAX_INTERVAL, MIN_INTERVAL, PollingSettings
from monitor.config.units import format_duration

if TYPE_CHECKING:
    from datetime import timedelta

    from monitor.config.error_log import ErrorLog
    from monitor.config.schema import PollingTable
    from monitor.text.toml_positions import TomlPath


def read_polling(table: PollingTable, error_log: ErrorLog) -> PollingSettings:
    """Return the settings with `min_interval` ≤ `interval` ≤ `max_interval`; record bounds that contradict each other."""
    asked = table.interval or INTERVAL
    lower = table.min_interval or min(MIN_INTERVAL, asked)
    upper = table.max_interval or max(MAX_INTERVAL, asked, lower)
    if table.min_interval is None:
        lower = min(lower, upper)
    if lower > upper:
        cause = f"{format_duration(lower)} is longer than max_interval ({format_duration(upper)})"
        error_log.refuse(("polling", "min_interval"), cause, "make it shorter")
    if table.interval is not None and not lower <= asked <= upper:
        cause = f"{format_duration(asked)} is outside its bounds, {format_duration(lower)} to {format_duration(upper)}"
        error_log.warn(("polling", "interval"), cause, "the nearer bound is used")
    warn_if_short(("polling", "interval"), table.interval, error_log)
    warn_if_short(("polling", "min_interval"), table.min_interval, error_log)
    return PollingSettings(
        interval=max(lower, min(asked, upper)),
        min_interval=lower,
        max_interval=upper,
        concurrency=table.concurrency,
        timeout=table.timeout,
        max_bytes=table.max_bytes,
        host_delay=table.host_delay,
        allow_networks=table.allow_networks,
        allow_ports=table.allow_ports,
        heads_per_hour=table.heads_per_hour,
        fulltext=table.fulltext,
    )


def warn_if_short(place: TomlPath, interval: timedelta | None, error_log: ErrorLog) -> None:
    """Warn about an interval so short that publishers may block us."""
    if interval is not None and interval < MIN_INTERVAL:
        least = format_duration(MIN_INTERVAL)
        cause = f"{format_duration(interval)} is under {least}, and publishers may block clients that poll so often"
        error_log.warn(place, cause, f"use {least} or more")
