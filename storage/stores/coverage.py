"""Coverage: which feeds carried which stories, and the feeds that were found at outlets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Integer, cast, func, or_, select

from storage import schema
from storage.engine.sql import in_lists, insert
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_items, _matches, _stories = schema.items.c, schema.matches.c, schema.stories.c
_found = schema.outlet_feeds.c


@value
class Carried:
    """When a feed first brought an item of a story; `is_backlog` if it did so at its first poll only."""

    story_id: int
    feed_id: int
    first_seen: datetime
    is_backlog: bool


class Coverage:
    """The coverage of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def carried(
        self, *, since: datetime, until: datetime, topics: Sequence[str] | None = None
    ) -> list[Carried]:
        """Return by which feeds each story of a period came, every copy of an article counted."""
        of_article = or_(_items.id == _matches.item_id, _items.same_as == _matches.article_id)
        statement = (
            select(
                _matches.story_id,
                _items.feed_id,
                func.min(_items.first_seen).label("first_seen"),
                func.min(cast(_items.at_first_poll, Integer)).label("is_backlog"),
            )
            .join_from(schema.stories, schema.matches, _matches.story_id == _stories.id)
            .join(schema.items, of_article)
            .where(_stories.first_seen >= since, _stories.first_seen <= until, _stories.merged_into.is_(None))
            .group_by(_matches.story_id, _items.feed_id)
            .order_by(_matches.story_id, _items.feed_id)
        )
        if topics is not None:
            statement = statement.where(_stories.topic.in_(topics))
        return [
            Carried(
                story_id=row.story_id,
                feed_id=row.feed_id,
                first_seen=row.first_seen,
                is_backlog=bool(row.is_backlog),
            )
            for row in self._connection.execute(statement)
        ]

    def found(self, outlets: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the feeds that were found at these outlets; an outlet that was not asked is left out."""
        feeds: dict[str, tuple[str, ...]] = {}
        for some in in_lists(outlets):
            rows = self._connection.execute(select(schema.outlet_feeds).where(_found.outlet.in_(some)))
            feeds |= {row.outlet: tuple(row.urls.split()) for row in rows}
        return feeds

    def note_found(self, outlet: str, urls: Sequence[str], *, now: datetime) -> None:
        """Store the feeds found at an outlet, which is not requested again."""
        statement = insert(self._connection, schema.outlet_feeds)
        self._connection.execute(
            statement.values(outlet=outlet, looked_at=now, urls="\n".join(urls)).on_conflict_do_nothing()
        )
