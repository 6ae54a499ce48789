"""When a cron line is due next on a zone's clock: APScheduler's reading of it.

An hour that a change of clocks skips is taken at the first moment after it; one that it repeats is taken once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.triggers.cron import CronTrigger

if TYPE_CHECKING:
    from datetime import tzinfo

NEVER = datetime.max.replace(tzinfo=UTC)


def next_turn(cron: str, zone: tzinfo, after: datetime) -> datetime:
    """Return the first moment later than `after` at which a cron line (weekdays by name) is due, in UTC."""
    trigger = CronTrigger.from_crontab(cron, timezone=zone)
    found = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
    return NEVER if found is None else found.astimezone(UTC)
