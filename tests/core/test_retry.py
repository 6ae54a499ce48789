"""Deliveries are repeated and given up according to D1 and D5."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from builders import DAY, HOUR, MINUTE, SECOND, STANDARD_WEBHOOKS
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.registry import kind_of
from alerts.sending.retry import next_try

CREATED = datetime(2026, 3, 4, 12, tzinfo=UTC)


def wait(
    kind: str,
    attempts: int,
    *,
    jitter: float = 0.5,
    now: datetime = CREATED,
    retry_after: timedelta | None = None,
) -> timedelta | None:
    due = next_try(
        kind_of(kind).retries,
        created_at=CREATED,
        attempts=attempts,
        retry_after=retry_after,
        jitter=jitter,
        now=now,
    )
    return None if due is None else due - now


@pytest.mark.parametrize(
    ("attempts", "pause"),
    [(1, MINUTE), (2, 5 * MINUTE), (3, 15 * MINUTE), (4, 30 * MINUTE), (5, HOUR), (6, HOUR), (90, HOUR)],
)
def test_mail_is_tried_after_1_5_15_30_minutes_and_then_hourly(attempts: int, pause: timedelta) -> None:
    """Mail follows the schedule of D1; jitter only lengthens a pause."""
    assert wait("email", attempts, jitter=0.0) == pause
    longest = wait("email", attempts, jitter=0.999)
    assert longest is not None
    assert pause < longest <= pause * 1.2


def test_mail_is_given_up_after_five_days() -> None:
    """No attempt is made after the fifth day."""
    last = CREATED + 5 * DAY
    assert wait("email", 120, jitter=0.0, now=last - HOUR) == HOUR
    assert wait("email", 120, jitter=0.0, now=last - 59 * MINUTE) is None


def test_days_without_tries_are_no_reason_to_give_up_a_mail() -> None:
    """A mail that waited a week for its channel still gets a day of attempts."""
    late = CREATED + 7 * DAY
    assert wait("email", 1, jitter=0.0, now=late) == MINUTE
    assert wait("email", 23, jitter=0.0, now=late) == HOUR
    assert wait("email", 24, jitter=0.0, now=late) is None


def test_webhooks_follow_the_schedule_of_standard_webhooks() -> None:
    """Ten attempts in all, then the delivery is dead."""
    pauses = [wait("webhook", attempts) for attempts in range(1, 11)]
    assert pauses == [*STANDARD_WEBHOOKS, None]


@given(attempts=st.integers(1, 9), jitter=st.floats(0, 1, exclude_max=True))
def test_a_webhooks_pause_varies_by_a_fifth_at_most(attempts: int, jitter: float) -> None:
    """Deliveries that failed together are not retried at the same moment."""
    pause = wait("webhook", attempts, jitter=jitter)
    planned = STANDARD_WEBHOOKS[attempts - 1]
    assert pause is not None
    assert planned * 0.8 - SECOND <= pause <= planned * 1.2


def test_retry_after_is_obeyed_up_to_a_day_and_never_shortens_a_pause() -> None:
    """Retry-After lengthens the pause up to a day, and never shortens it."""
    assert wait("webhook", 1, retry_after=HOUR) == HOUR
    assert wait("webhook", 1, retry_after=7 * DAY) == DAY
    assert wait("webhook", 4, retry_after=SECOND) == 2 * HOUR


@pytest.mark.parametrize("kind", ["console", "command", "feed"])
def test_local_channels_are_tried_as_webhooks_are(kind: str) -> None:
    """Every other channel follows the schedule of webhooks."""
    assert wait(kind, 1) == 5 * SECOND
    assert wait(kind, 10) is None
