"""The activity of a feed: the times of its items, and how often it was the first with a story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage import schema

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_items = schema.items.c
_matches = schema.matches.c
_stories = schema.stories.c


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryShare:
    """The stories of several outlets in which a feed had a part, and how many of them it had first."""

    stories: int = 0
    first: int = 0


class FeedHistory:
    """The past of single feeds, within one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def seen_since(self, feed_id: int, moment: datetime) -> list[datetime]:
        """Return when each item was first seen since then, those of the first poll left out, oldest first."""
        statement = (
            select(_items.first_seen)
            .where(_items.feed_id == feed_id, _items.first_seen >= moment, ~_items.at_first_poll)
            .order_by(_items.first_seen)
        )
        return list(self._connection.execute(statement).scalars())

    def latest(self, feed_id: int, *, limit: int) -> list[tuple[int, str, datetime]]:
        """Return the feed's latest items as (id, title, first seen)."""
        statement = (
            select(_items.id, _items.title, _items.first_seen)
            .where(_items.feed_id == feed_id)
            .order_by(_items.first_seen.desc(), _items.id.desc())
            .limit(limit)
        )
        return [(row.id, row.title, row.first_seen) for row in self._connection.execute(statement)]

    def story_share(self, feed_id: int, *, since: datetime) -> StoryShare:
        """Return how a feed took part in the stories of several outlets that were seen since then."""
        of_feed = (
            select(_matches.story_id)
            .join(schema.items, _items.id == _matches.item_id)
            .join(schema.stories, _stories.id == _matches.story_id)
            .where(_items.feed_id == feed_id, _stories.sources > 1, _stories.last_seen >= since)
        )
        happened = func.coalesce(_items.published_at, _items.first_seen)
        rank = func.row_number().over(partition_by=_matches.story_id, order_by=(happened, _items.id))
        ranked = (
            select(_matches.story_id, _items.feed_id, rank.label("rank"))
            .join(schema.items, _items.id == _matches.item_id)
            .where(_matches.story_id.in_(of_feed))
            .subquery()
        )
        first = select(ranked.c.feed_id).where(ranked.c.rank == 1)
        owners = list(self._connection.execute(first).scalars())
        return StoryShare(stories=len(owners), first=owners.count(feed_id))
