"""The state after the first round of a daemon: the stories that already match the topics, and the next poll."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.views.history.stories import read_stories

if TYPE_CHECKING:
    from monitor.views.history.stories import StoryRow
    from storage.database import Ledger

SHOWN_PERIOD = timedelta(days=30)  # stories whose last item is older are not shown at the start


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRoundView:
    """The stories of the last month, the largest first, and when the next feed is due (None without feeds)."""

    stories: tuple[StoryRow, ...]
    next_poll: datetime | None


def read_first_round(ledger: Ledger, *, since: datetime, now: datetime) -> FirstRoundView | None:
    """Return the state after the round of the feeds that were due at `since`; None while that round is under way."""
    # Feeds due by now do not count: with short intervals or a slow machine there are always some.
    if ledger.feeds.due(now=since, limit=1) or ledger.match_queue.first(limit=1):
        return None
    stories = read_stories(ledger, since=now - SHOWN_PERIOD)
    return FirstRoundView(stories=stories, next_poll=ledger.feeds.next_due())
