"""Articles: items of different feeds that lead to the same page, and the outlets of items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select

from storage import schema
from storage.engine.sql import in_lists
from storage.stores.item_rows import ARTICLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_items = schema.items.c
_feeds = schema.feeds.c
_LINKED = (
    select(
        _items.id,
        _items.feed_id,
        _items.article_link,
        _items.title,
        _items.first_seen,
        _items.at_first_poll,
        _items.same_as,
    )
    .where(_items.article_link.in_(bindparam("links", expanding=True)), _items.article_link.is_not(None))
    .order_by(_items.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedItem:
    """A stored item that leads to an article."""

    item_id: int
    feed_id: int
    article_link: str
    title: str
    first_seen: datetime
    at_first_poll: bool
    same_as: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleSighting:
    """A feed by which an article came, and the item that it gave."""

    item_id: int
    feed: str
    first_seen: datetime


class Articles:
    """The articles of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def linked(self, links: Sequence[str]) -> dict[str, list[LinkedItem]]:
        """Return the items that lead to these articles, by canonical link, in the order they were stored."""
        found: dict[str, list[LinkedItem]] = {}
        for some in in_lists(links):
            for row in self._connection.execute(_LINKED, {"links": some}):
                found.setdefault(row.article_link, []).append(
                    LinkedItem(
                        item_id=row.id,
                        feed_id=row.feed_id,
                        article_link=row.article_link,
                        title=row.title,
                        first_seen=row.first_seen,
                        at_first_poll=row.at_first_poll,
                        same_as=row.same_as,
                    )
                )
        return found

    def sightings(self, article_ids: Sequence[int]) -> dict[int, list[ArticleSighting]]:
        """Return by which feeds each article came, in the order of sight."""
        found: dict[int, list[ArticleSighting]] = {article_id: [] for article_id in article_ids}
        for some in in_lists(article_ids):
            rows = self._connection.execute(
                select(ARTICLE.label("article"), _items.id, _items.first_seen, _feeds.title, _feeds.url)
                .join_from(schema.items, schema.feeds, _feeds.id == _items.feed_id)
                .where(or_(_items.id.in_(some), _items.same_as.in_(some)))
                .order_by(_items.first_seen, _items.id)
            )
            for row in rows:
                sighting = ArticleSighting(
                    item_id=row.id, feed=row.title or row.url, first_seen=row.first_seen
                )
                found.setdefault(row.article, []).append(sighting)
        return found

    def feeds_of(self, article_ids: Sequence[int]) -> dict[int, set[int]]:
        """Return the ids of the feeds by which each article came."""
        found: dict[int, set[int]] = {}
        for some in in_lists(article_ids):
            rows = self._connection.execute(
                select(ARTICLE.label("article"), _items.feed_id).where(
                    or_(_items.id.in_(some), _items.same_as.in_(some))
                )
            )
            for row in rows:
                found.setdefault(row.article, set()).add(row.feed_id)
        return found
