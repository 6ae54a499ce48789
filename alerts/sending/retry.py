"""When a delivery is tried again: the schedules of mail and of webhooks, pure.

Mail follows RFC 5321 4.5.4.1 (retry for four to five days); webhooks follow the example schedule of
Standard Webhooks, with its jitter of a fifth either way.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.channels.interface import PROBE_AFTER
from storage.model import ChannelType

if TYPE_CHECKING:
    from collections.abc import Sequence

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
MAIL_FIRST = tuple(_MINUTE * minutes for minutes in (1, 5, 15, 30))
MAIL_GIVE_UP = timedelta(days=5)
MAIL_TRIES = 24  # at least, before giving up: days in which the channel or we were down are no tries
WEBHOOK_STEPS = (
    timedelta(seconds=5), 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR,
    24 * _HOUR,
)  # fmt: skip
JITTER = 0.2  # share of a step, either way
MAX_RETRY_AFTER = timedelta(hours=24)  # a server may ask for more; the owner would not wait longer
REFUSED_TRIES = 3  # an endpoint that answers 4xx may be in the middle of a deployment


def next_try(
    kind: ChannelType,
    *,
    created_at: datetime,
    attempts: int,
    retry_after: timedelta | None,
    jitter: float,
    now: datetime,
) -> datetime | None:
    """Return when to try again after `attempts` tries, `jitter` in [0, 1); None to give up."""
    if kind is ChannelType.EMAIL:
        step = _step(MAIL_FIRST, attempts) or _HOUR
        due = now + step * (1 + JITTER * jitter)
        return due if due <= created_at + MAIL_GIVE_UP or attempts < MAIL_TRIES else None
    planned = _step(WEBHOOK_STEPS, attempts)
    if planned is None:
        return None
    spread = planned * (1 + JITTER * (2 * jitter - 1))
    return now + max(spread, min(retry_after or timedelta(0), MAX_RETRY_AFTER))


def next_probe(kind: ChannelType, *, failures: int, retry_after: timedelta | None, now: datetime) -> datetime:
    """Return when a channel that took nothing in `failures` tries in a row is tried by one message again.

    The steps are those of a message, but at most `PROBE_AFTER`: a queue waits behind it.
    """
    steps = MAIL_FIRST if kind is ChannelType.EMAIL else WEBHOOK_STEPS
    planned = min((_step(steps, failures) or PROBE_AFTER) * (1 - JITTER), PROBE_AFTER)
    return now + max(planned, min(retry_after or timedelta(0), MAX_RETRY_AFTER))


def _step(steps: Sequence[timedelta], attempts: int) -> timedelta | None:
    return steps[attempts - 1] if attempts <= len(steps) else None
