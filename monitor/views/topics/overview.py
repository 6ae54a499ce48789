"""An overview of the configured topics: stories per week, alerts marked yes or no, and mutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.views.topics.topics import made_of
from storage.model import MuteKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.config.settings import TopicConfig
    from storage.database import Ledger

WEEK = timedelta(days=7)
WEEKS = 8  # of a topic's picture
ALERTS_SINCE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicOverview:
    """A topic: the stories of each of the last weeks, the oldest first, and its alerts of the last 30 days.

    `yes` and `no` count the alerted stories that the owner marked.
    """

    name: str
    made_of: str
    feeds: int | None
    weeks: tuple[int, ...]
    alerts: int
    yes: int
    no: int
    muted_until: datetime | None

    @property
    def this_week(self) -> int:
        """The stories of the last seven days."""
        return self.weeks[-1]


def read_overview(
    ledger: Ledger, topics: Sequence[TopicConfig], *, now: datetime
) -> tuple[TopicOverview, ...]:
    """Return a row for each configured topic, in the order of the configuration."""
    times = ledger.topic_counts.story_times(since=now - WEEKS * WEEK)
    alerted = ledger.topic_counts.alerted(since=now - ALERTS_SINCE)
    mutes = {mute.target: mute.until for mute in ledger.mutes.active(now=now) if mute.kind is MuteKind.TOPIC}
    rows = []
    for topic in topics:
        counts = alerted.get(topic.name)
        rows.append(
            TopicOverview(
                name=topic.name,
                made_of=made_of(topic),
                feeds=None if topic.feeds is None else len(topic.feeds),
                weeks=_weeks(times.get(topic.name, []), now),
                alerts=counts.alerted if counts else 0,
                yes=counts.yes if counts else 0,
                no=counts.no if counts else 0,
                muted_until=mutes.get(topic.name),
            )
        )
    return tuple(rows)


def _weeks(times: Sequence[datetime], now: datetime) -> tuple[int, ...]:
    ages = [min(WEEKS - 1, max(0, (now - at) // WEEK)) for at in times]
    return tuple(ages.count(age) for age in reversed(range(WEEKS)))
