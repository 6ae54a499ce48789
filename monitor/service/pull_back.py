"""Recovery from a clock that was ahead: what it set too far in the future is due again."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.polling.feed_state.schedule import MAX_RETRY_AFTER, Bounds
from storage.stores.clock_ahead import LongestWaits

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.settings import Settings
    from storage.database import Database

log = logging.getLogger(__name__)

SLACK = timedelta(minutes=5)  # by which the clocks of machines that share a database may differ
SKIPPED = timedelta(days=7)  # a feed may ask not to be polled on six days of the week
JITTER = 1.5  # every wait is spread by less


def pull_back(database: Database, settings: Settings, *, now: datetime, slack: timedelta = SLACK) -> None:
    """Make due what waits for a time that no right clock can have set, and log how much it was."""
    longest = longest_waits(settings, slack=slack)
    with database.write() as ledger:
        moved = ledger.clock_ahead.pull_back(now=now, clock=database.clock(), longest=longest)
    if moved:
        counts = " ".join(f"{kind}={count}" for kind, count in moved.items())
        log.warning(
            "clock outcome=was-ahead %s; these waited for a time too far ahead, and are due again", counts
        )


def longest_waits(settings: Settings, *, slack: timedelta = SLACK) -> LongestWaits:
    """Return how far ahead a right clock may set each time under this configuration."""
    polling = settings.polling
    bounds = Bounds(first=polling.interval, minimum=polling.min_interval, maximum=polling.max_interval)
    own = [feed.interval for feed in settings.feeds if feed.interval is not None]
    wish = max(MAX_RETRY_AFTER, polling.interval, polling.max_interval, bounds.longest_wish, *own)
    return LongestWaits(poll=wish * JITTER + SKIPPED, quiet=MAX_RETRY_AFTER * JITTER, slack=slack)
