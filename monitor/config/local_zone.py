"""This machine's time zone, as its C library determines it (POSIX.1-2017, 8.3; tzset(3))."""

from __future__ import annotations

import io
import re
import struct
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.config.units import known_zone
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCALTIME = Path("/etc/localtime")  # a link into the time zone database, or a copy of one of its files
UTC = ZoneInfo("UTC")
ZONES = "zoneinfo/"
ABBREVIATION = r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)"
OFFSET = r"[+-]?[0-9]{1,3}(?::[0-9]{2}){0,2}"
DATE = rf"(?:J?[0-9]{{1,3}}|M[0-9]{{1,2}}\.[1-5]\.[0-6])(?:/{OFFSET})?"
POSIX = rf"{ABBREVIATION}{OFFSET}(?P<summer>{ABBREVIATION}(?:{OFFSET})?(?P<rules>,{DATE},{DATE})?)?"
USUAL_RULES = ",M3.2.0,M11.1.0"  # what C libraries assume for a summer time without rules
NO_TRANSITIONS = struct.pack(">6l", 0, 0, 0, 0, 1, 4)  # one kind of time, four characters of abbreviation
ONE_KIND = struct.pack(">lbb", 0, 0, 0) + b"UTC\0"


@value
class LocalZone:
    """The time zone; `unknown` is the value of `$TZ` if it is not a known zone (then the zone is UTC)."""

    zone: ZoneInfo
    unknown: str | None = None


def local_zone(environ: Mapping[str, str], localtime: Path = LOCALTIME) -> LocalZone:
    """Return the time zone of `$TZ`, else that of the machine's clock, else UTC."""
    written = environ.get("TZ")
    if written is None:
        return LocalZone(zone=_of_file(localtime) or UTC)
    name = written.removeprefix(":")
    if not name:
        return LocalZone(zone=UTC)
    zone = _of_file(Path(name)) if name.startswith("/") else known_zone(name) or _of_posix(name)
    return LocalZone(zone=UTC, unknown=written) if zone is None else LocalZone(zone=zone)


@cache  # zones of files are compared by identity
def _of_file(path: Path) -> ZoneInfo | None:
    """Return the zone that a file describes: by its name in the database, else by its content."""
    _, _, linked = str(path.resolve()).partition(ZONES)
    if (known := known_zone(linked)) is not None:
        return known
    try:
        with path.open("rb") as file:
            return ZoneInfo.from_file(file, key=str(path))
    except (OSError, ValueError, struct.error):
        return None


@cache
def _of_posix(text: str) -> ZoneInfo | None:
    """Return the zone of a rule such as `CET-1CEST,M3.5.0,M10.5.0/3`, as a zone file (RFC 8536) with only a footer."""
    found = re.fullmatch(POSIX, text)
    if found is None:
        return None
    footer = text if found["rules"] or not found["summer"] else text + USUAL_RULES
    block = b"TZif2" + bytes(15) + NO_TRANSITIONS + ONE_KIND
    try:
        return ZoneInfo.from_file(io.BytesIO(block + block + f"\n{footer}\n".encode()), key=text)
    except ValueError:
        return None
