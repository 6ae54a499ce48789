"""Parses durations, sizes, quiet hours, networks and time zones. Each parser raises `BadValueError`."""

from __future__ import annotations

import ipaddress
import re
from datetime import time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from monitor.config.errors import BadValueError

MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
LONGEST = timedelta(days=36_525)  # a century: sums with any date still fit a datetime

DURATION = re.compile(r"(?:[0-9]+(?:ms|[smhdw]))+")
DURATION_PART = re.compile(r"([0-9]+)(ms|[smhdw])")
SIZE = re.compile(r"([0-9]{1,18}) ?([kKMG]i?B|B)")
LAST_PORT = 65_535
QUIET = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})")  # noqa: RUF001 - people paste the long dash


def parse_duration(text: str) -> timedelta:
    """Return the duration of `90s`, `100ms`, `2m`, `1h30m`, `7d` or `2w`."""
    if not DURATION.fullmatch(text):
        raise BadValueError(
            f"{text!r} is not a duration", "write a number and ms, s, m, h, d or w, such as '15m'"
        )
    parts = DURATION_PART.findall(text)
    try:
        duration = timedelta(milliseconds=sum(int(number) * MILLISECONDS[unit] for number, unit in parts))
    except (OverflowError, ValueError):
        duration = timedelta.max
    if duration > LONGEST:
        raise BadValueError("the duration is longer than a century", "write a shorter one, such as '400d'")
    return duration


def format_duration(duration: timedelta) -> str:
    """Return the duration as the configuration writes it, to the millisecond: `1h30m`."""
    left = duration // timedelta(milliseconds=1)
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        number, left = divmod(left, MILLISECONDS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"


def parse_size(text: str) -> int:
    """Return the bytes of `5MB` (millions), `5MiB` (2²⁰), `500kB` or `100B`."""
    found = SIZE.fullmatch(text)
    if not found:
        raise BadValueError(f"{text!r} is not a size", "write a number and B, kB, MB or GB, such as '5MB'")
    unit = found[2].replace("K", "k") if len(found[2]) == len("kB") else found[2].replace("k", "K")
    return int(found[1]) * BYTES[unit]


def parse_quiet(text: str) -> tuple[time, time]:
    """Return the two ends of `22:00-07:00`; `24:00` is midnight."""
    found = QUIET.fullmatch(text.strip())
    try:
        start_hour, start_minute, end_hour, end_minute = map(int, found.groups() if found else ())
        start = time(start_hour, start_minute)
        end = time(0) if (end_hour, end_minute) == (24, 0) else time(end_hour, end_minute)
    except ValueError:
        raise BadValueError(
            f"{text!r} is not a range of quiet hours", "write from-to, such as '22:00-07:00'"
        ) from None
    if start == end:
        raise BadValueError("the quiet hours start and end at the same time", "give two different times")
    return start, end


def parse_zone(name: str) -> ZoneInfo:
    """Return a time zone by its name in the IANA database."""
    zone = known_zone(name)
    if zone is None:
        from difflib import get_close_matches  # noqa: PLC0415  # only for errors

        near = get_close_matches(name, available_timezones(), n=1)
        remedy = f"did you mean '{near[0]}'?" if near else "write one such as 'Europe/Berlin' or 'UTC'"
        raise BadValueError(f"{name!r} is not a time zone", remedy)
    return zone


def known_zone(name: str) -> ZoneInfo | None:
    """Return a time zone by its name in the IANA database, None if it has no such name."""
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError, KeyError):  # a folder's name, a path or an unknown zone
        return None


def parse_listen(text: str) -> tuple[str, int]:
    """Return host and port of `127.0.0.1:8765`, `[::1]:8765` or `localhost:8765`."""
    host, colon, port = text.rpartition(":")
    host = "127.0.0.1" if host == "localhost" else host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
        number = int(port) if colon and port.isascii() and port.isdecimal() else -1
    except ValueError:
        number = -1
    if not 0 <= number <= LAST_PORT:
        raise BadValueError(f"{text!r} is not an address with a port", "write one such as '127.0.0.1:8765'")
    return host, number


def parse_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Return the network of `127.0.0.0/8`, `fd00::/8` or of one address."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        remedy = f"did you mean '{ipaddress.ip_network(text, strict=False)}'?"
    except ValueError:
        remedy = "write one such as '127.0.0.0/8'"
    raise BadValueError(f"{text!r} is not a network", remedy)
