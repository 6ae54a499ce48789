"""This machine's time zone, interpreted like in the C library."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config.load import parse_settings
from monitor.config.local_zone import local_zone

NOWHERE = Path("/nonexistent")
DATABASE = Path("/usr/share/zoneinfo")
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
KNOWN = [
    "Asia/Tokyo",
    ":Asia/Tokyo",
    "CET-1CEST,M3.5.0,M10.5.0/3",
    "CET-1CEST",
    "<+03>-3",
    "NZST-12NZDT,M9.5.0,M4.1.0/3",
    "EST5EDT",
    "UTC0",
    f"{DATABASE}/Europe/Paris",
    "",
]
UNKNOWN = [
    "America/New York",
    '"Europe/Rome"',
    " ",
    "x",
    "Europe/Berlyn",
    "/nonexistent/zone",
]


@pytest.fixture
def of_the_machine() -> Iterator[None]:
    """Let a test set `$TZ` for the C library."""
    before = os.environ.get("TZ")
    yield
    os.environ.pop("TZ", None)
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("of_the_machine")
@pytest.mark.skipif(not DATABASE.is_dir(), reason="no time zone database of the system")
@pytest.mark.parametrize("written", [*KNOWN, *UNKNOWN])
def test_the_zone_is_that_of_the_c_library(written: str) -> None:
    """Names, paths, POSIX strings and invalid values of TZ give the same offsets as `date`, in winter and in summer."""
    zone = local_zone({"TZ": written}, NOWHERE).zone
    os.environ["TZ"] = written
    time.tzset()
    for moment in (NOON, NOON + timedelta(days=180)):
        assert moment.astimezone(zone).utcoffset() == moment.astimezone().utcoffset()


@pytest.mark.parametrize("written", UNKNOWN)
def test_an_unknown_zone_is_utc_with_a_warning(written: str) -> None:
    """`check` names the variable TZ and says which times are in UTC."""
    assert local_zone({"TZ": written}, NOWHERE).unknown == written
    settings = parse_settings("", Path("s.toml"), environ={"TZ": written})
    [warning] = [str(one) for one in settings.warnings if "TZ" in str(one)]
    assert "quiet hours and digests in UTC" in warning


@pytest.mark.parametrize("written", KNOWN)
def test_a_known_zone_warns_of_nothing_and_equals_itself(written: str) -> None:
    """A known zone gives no warning, and two readings of one environment are equal, so a reload sees no change."""
    first, second = (local_zone({"TZ": written}, NOWHERE) for _ in range(2))
    assert (first, first.unknown) == (second, None)


def test_without_tz_the_machine_zone_is_used(tmp_path: Path) -> None:
    """Without TZ the zone comes from /etc/localtime as a link or a copy, else it is UTC."""
    assert local_zone({}, DATABASE / "Europe/Rome").zone.key == "Europe/Rome"
    assert local_zone({}, NOWHERE).zone.key == "UTC"
    copy = tmp_path / "localtime"
    copy.write_bytes((DATABASE / "Europe/Rome").read_bytes())
    assert NOON.astimezone(local_zone({}, copy).zone).utcoffset() == timedelta(hours=1)
