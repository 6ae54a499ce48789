"""Outlets for items from earlier versions: the items without one, and the counts that depend on outlets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update

from storage import schema
from storage.model.value import value
from storage.stores.item_rows import OUTLET
from storage.stores.story_counts import count_again

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

_items, _feeds = schema.items.c, schema.feeds.c
_matches, _alerts = schema.matches.c, schema.alerts.c
RECENT = 50  # items of a feed that say whose it is


@value
class ItemSource:
    """The known facts about the origin of an item."""

    item_id: int
    feed_id: int
    url: str | None
    author: str | None


@value
class FilledItem:
    """An item's outlet and the canonical link of its article."""

    item_id: int
    outlet: str
    article_link: str | None


class Outlets:
    """The outlets of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lacking(self, *, limit: int) -> list[ItemSource]:
        """Return items without an outlet, the newest first."""
        rows = self._connection.execute(
            select(_items.id, _items.feed_id, _items.url, _items.author)
            .where(_items.outlet.is_(None))
            .order_by(_items.id.desc())
            .limit(limit)
        )
        return [
            ItemSource(item_id=row.id, feed_id=row.feed_id, url=row.url, author=row.author) for row in rows
        ]

    def fill(self, filled: Sequence[FilledItem]) -> None:
        """Store the outlets of items, and count the outlets of their stories and alerts by them."""
        statement = update(schema.items).where(_items.id == bindparam("item"))
        self._connection.execute(
            statement.values(outlet=bindparam("of"), article_link=bindparam("link")),
            [{"item": one.item_id, "of": one.outlet, "link": one.article_link} for one in filled],
        )
        story_ids = count_again(self._connection, [one.item_id for one in filled])
        if story_ids:
            self._recount_alerts(story_ids)

    def _recount_alerts(self, story_ids: Sequence[int]) -> None:
        # The count at the time of an alert, from which the growth of a story is measured.
        then = (
            select(func.count(OUTLET.distinct()))
            .select_from(schema.matches.join(schema.items, _items.id == _matches.item_id))
            .where(_matches.story_id == _alerts.story_id, _matches.matched_at <= _alerts.decided_at)
        )
        self._connection.execute(
            update(schema.alerts)
            .where(_alerts.story_id.in_(story_ids))
            .values(sources=then.scalar_subquery())
        )

    def homeless(self) -> dict[int, str]:
        """Return the feeds of which it is not known whose they are, with their addresses."""
        rows = self._connection.execute(
            select(_feeds.id, _feeds.current_url).where(
                _feeds.home.is_(None), _feeds.last_success.is_not(None)
            )
        )
        return {row.id: row.current_url for row in rows}

    def recent(self, feed_id: int) -> list[str]:
        """Return the outlets of a feed's newest items."""
        newest = select(_items.outlet).where(_items.feed_id == feed_id, _items.outlet.is_not(None))
        return list(self._connection.execute(newest.order_by(_items.id.desc()).limit(RECENT)).scalars())

    def settle(self, homes: Mapping[int, str]) -> None:
        """Store whose feeds these are."""
        if homes:
            self._connection.execute(
                update(schema.feeds).where(_feeds.id == bindparam("feed")).values(home=bindparam("of")),
                [{"feed": feed_id, "of": home} for feed_id, home in homes.items()],
            )
