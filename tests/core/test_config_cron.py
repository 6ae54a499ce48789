"""Digest times are rewritten to a form that every cron parser reads the same way."""

from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.cron import is_twice_limited, parse_cron
from monitor.config.errors import BadValueError

SUNDAY = datetime(2026, 3, 1, tzinfo=UTC)


def fields(first, last):
    """Return a strategy for one field: a star, a number, a range or a list, with or without a step."""
    number = st.integers(first, last)
    span = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    part = st.one_of(st.just("*"), number.map(str), span)
    stepped = st.tuples(part, st.sampled_from(["", "/1", "/2", "/5"])).map("".join)
    return st.lists(stepped, min_size=1, max_size=3).map(",".join)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("0 7 * * mon-fri", "0 7 * * mon-fri"),
        ("0 7 * * 1-5", "0 7 * * mon-fri"),
        ("0 7 * * 0", "0 7 * * sun"),
        ("0 7 * * 7", "0 7 * * sun"),
        ("0 7 * * 5-7", "0 7 * * fri-sun"),
        ("0 7 * * fri-mon", "0 7 * * mon,fri-sun"),
        ("0 7 * * 0-6", "0 7 * * *"),
        ("0 7 * * */2", "0 7 * * tue,thu,sat-sun"),
        ("*/15 7-9 1,15 JAN-mar,12 *", "0,15,30,45 7-9 1,15 1-3,12 *"),
        ("  5   4 * *  Sat ", "5 4 * * sat"),
    ],
)
def test_expressions_are_simplified(written, plain):
    """Weekday names become names, all else numbers, and steps are written out."""
    assert parse_cron(written) == plain


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0 7 * *",
        "0 7 * * * *",
        "@daily",
        "60 7 * * *",
        "0 24 * * *",
        "0 7 0 * *",
        "0 7 * 13 *",
        "0 7 * * 8",
        "0 7 * * xyz",
        "0 9-7 * * *",
        "*/0 7 * * *",
        "*/x 7 * * *",
        "1, 7 * * *",
        "0 7 31 2 *",
        "٣ 7 * * *",
    ],
)
def test_invalid_expressions_are_refused(written):
    """Wrong field counts, values out of bounds, backward ranges and dates that never occur are errors."""
    with pytest.raises(BadValueError, match="mon-fri"):
        parse_cron(written)


@given(st.tuples(fields(0, 59), fields(0, 23), fields(1, 28), fields(1, 12), fields(0, 7)))
def test_simplifying_is_idempotent(parts):
    """Simplifying twice equals simplifying once, and the scheduler accepts the result."""
    plain = parse_cron(" ".join(parts))
    assert parse_cron(plain) == plain
    CronTrigger.from_crontab(plain, timezone=UTC)


@pytest.mark.parametrize("weekday", range(8))
def test_weekday_numbers_follow_cron(weekday):
    """Both 0 and 7 mean Sunday, in the configuration and in the scheduler."""
    trigger = CronTrigger.from_crontab(parse_cron(f"0 7 * * {weekday}"), timezone=UTC)
    fires = trigger.get_next_fire_time(None, SUNDAY)
    assert fires == SUNDAY + timedelta(days=weekday % 7, hours=7)


def test_day_and_weekday_together_are_detected():
    """An expression with both is reported, because cron programs disagree whether both must match."""
    assert is_twice_limited("0 7 1 * mon")
    assert not is_twice_limited("0 7 1 * *")
    assert not is_twice_limited("0 7 * * mon")
