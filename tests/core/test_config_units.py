"""Durations, sizes, hours, zones, networks and database URLs in the configuration."""

import contextlib
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.database import database_url
from monitor.config.errors import BadValueError
from monitor.config.units import (
    format_duration,
    parse_duration,
    parse_network,
    parse_quiet,
    parse_size,
    parse_zone,
)

BASE = Path("/srv/desk")


@given(st.integers(min_value=0, max_value=36_525 * 86_400_000))
def test_a_duration_written_and_read_back_is_the_same(milliseconds):
    """Formatting and parsing a duration keeps it to the millisecond."""
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(duration)) == duration


@given(st.text(max_size=12))
def test_every_text_is_a_duration_or_a_bad_value(text):
    """Any text gives a duration or `BadValueError`."""
    with contextlib.suppress(BadValueError):
        assert parse_duration(text) >= timedelta(0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("100ms", 0.1), ("2m", 120), ("1h30m", 5400), ("7d", 604_800), ("2w", 1_209_600)],
)
def test_durations_are_read(text, seconds):
    """All documented units and sums of them are read."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "15", "15 m", "1.5h", "-2m", "m", "٣m", "15min", "99999999999d", "9" * 5000 + "s"]
)
def test_invalid_durations_are_refused(text):
    """A number without a unit, a fraction, a sign, foreign digits and a century are errors."""
    with pytest.raises(BadValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("5MB", 5_000_000),
        ("5 MB", 5_000_000),
        ("500kB", 500_000),
        ("5MiB", 5 * 2**20),
        ("1KiB", 1024),
        ("9B", 9),
    ],
)
def test_sizes_are_read(text, size):
    """Decimal and binary units are distinguished."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "5", "MB", "5mb", "5 lightyears", "-1MB"])
def test_invalid_sizes_are_refused(text):
    """A size needs a number and a unit."""
    with pytest.raises(BadValueError, match="size"):
        parse_size(text)


def test_quiet_hours_may_cross_midnight():
    """Both ends are kept as written; midnight may be 00:00 or 24:00."""
    assert parse_quiet("22:00-07:00") == (time(22), time(7))
    assert parse_quiet("9:30 - 24:00") == (time(9, 30), time(0))


@pytest.mark.parametrize(
    "text", ["", "22-7", "22:00", "25:00-07:00", "22:00-07:60", "24:00-07:00", "07:00-07:00"]
)
def test_invalid_quiet_hours_are_refused(text):
    """Both ends must be times of day and must differ."""
    with pytest.raises(BadValueError, match="quiet hours"):
        parse_quiet(text)


def test_a_mistyped_time_zone_gets_a_suggestion():
    """The fix names the most similar zone of the time zone database."""
    assert parse_zone("Europe/Berlin").key == "Europe/Berlin"
    with pytest.raises(BadValueError, match="did you mean 'Europe/Berlin'"):
        parse_zone("Europe/Berln")


@pytest.mark.parametrize("name", ["", "Europe", "/etc/passwd", "../UTC", "\0", "x" * 300])
def test_invalid_time_zones_are_refused(name):
    """Folders, paths and nonsense are refused like any unknown name."""
    with pytest.raises(BadValueError, match="not a time zone"):
        parse_zone(name)


def test_networks_are_read():
    """A network or a single address is read; a network with host bits set gets a suggestion."""
    assert parse_network("127.0.0.0/8") == ip_network("127.0.0.0/8")
    assert parse_network("::1") == ip_network("::1/128")
    with pytest.raises(BadValueError, match=r"did you mean '127\.0\.0\.0/8'"):
        parse_network("127.0.0.1/8")


def test_an_sqlite_path_is_relative_to_the_configuration():
    """A relative path is made absolute; absolute paths and options stay."""
    assert database_url("sqlite:///x.db", base=BASE) == "sqlite:////srv/desk/x.db"
    assert database_url("sqlite:////tmp/x.db?timeout=5", base=BASE) == "sqlite:////tmp/x.db?timeout=5"
    assert database_url("postgresql+psycopg://u@h/d", base=BASE) == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize(
    "url",
    [
        "canary",
        "mysql://u:canary@h/d",
        "postgresql://u:canary@h/d",
        "postgresql+psycopg://u:canary@h:port/d",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
    ],
)
def test_other_databases_are_refused_without_quoting_them(url):
    """The error says what to write and does not repeat the URL, which may hold a password."""
    with pytest.raises(BadValueError) as refused:
        database_url(url, base=BASE)
    assert "sqlite:///storywatch.db" in str(refused.value)
    assert "canary" not in str(refused.value)
