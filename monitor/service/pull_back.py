"""Recovery from a clock that was ahead: makes work due that it scheduled too far in the future."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.actions.feeds.follow_intervals import owner_bounds
from monitor.polling.feed_state.schedule import MAX_RETRY_AFTER
from storage.stores.clock_ahead import LongestWaits

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.settings import Settings
    from storage.database import Database

log = logging.getLogger(__name__)

SLACK = timedelta(minutes=5)  # largest normal difference between clocks of machines that share a database
SKIPPED = timedelta(days=7)  # a feed may forbid polling on six days of the week
JITTER = 1.5  # more than the random spread of any wait


def pull_back(database: Database, settings: Settings, *, now: datetime, slack: timedelta = SLACK) -> None:
    """Make rows due that wait for a time which a correct clock cannot have set, and log their number."""
    longest = longest_waits(settings, slack=slack)
    with database.write() as ledger:
        moved = ledger.clock_ahead.pull_back(now=now, clock=database.clock(), longest=longest)
    if moved:
        counts = " ".join(f"{kind}={count}" for kind, count in moved.items())
        log.warning(
            "clock outcome=was-ahead %s; these rows waited for a time too far ahead and are due now", counts
        )


def longest_waits(settings: Settings, *, slack: timedelta = SLACK) -> LongestWaits:
    """Return how far ahead a correct clock sets each kind of time under this configuration."""
    polling = settings.polling
    own = [feed.interval for feed in settings.feeds if feed.interval is not None]
    wish = max(
        MAX_RETRY_AFTER, polling.interval, polling.max_interval, owner_bounds(polling).longest_wish, *own
    )
    return LongestWaits(poll=wish * JITTER + SKIPPED, quiet=MAX_RETRY_AFTER * JITTER, slack=slack)
