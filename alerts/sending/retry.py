"""Computes when a delivery is tried again, by its channel type's plan and a jitter of one fifth. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.channels.interface import PROBE_AFTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alerts.channels.kind import RetryPlan

JITTER = 0.2  # share of a step, either way
MAX_RETRY_AFTER = timedelta(hours=24)  # upper limit for the wait that a server may request
REFUSED_TRIES = 3  # an endpoint that answers 4xx may be being deployed


def next_try(
    plan: RetryPlan,
    *,
    created_at: datetime,
    attempts: int,
    retry_after: timedelta | None,
    jitter: float,
    now: datetime,
) -> datetime | None:
    """Return when to try again after `attempts` tries, `jitter` in [0, 1); None to give up."""
    planned = _step(plan.steps, attempts) or plan.then
    if planned is None:
        return None
    share = jitter if plan.is_never_early else 2 * jitter - 1
    due = now + max(planned * (1 + JITTER * share), min(retry_after or timedelta(0), MAX_RETRY_AFTER))
    is_too_old = plan.give_up is not None and due > created_at + plan.give_up
    return None if is_too_old and attempts >= plan.least_tries else due


def next_probe(plan: RetryPlan, *, failures: int, retry_after: timedelta | None, now: datetime) -> datetime:
    """Return when to probe a channel that accepted nothing in `failures` tries in a row.

    The steps are those of a message, but at most `PROBE_AFTER`, since a queue is waiting.
    """
    planned = min((_step(plan.steps, failures) or PROBE_AFTER) * (1 - JITTER), PROBE_AFTER)
    return now + max(planned, min(retry_after or timedelta(0), MAX_RETRY_AFTER))


def _step(steps: Sequence[timedelta], attempts: int) -> timedelta | None:
    return steps[attempts - 1] if attempts <= len(steps) else None
