"""The items that wait for matching: news, which may cause an alert, before the backlog, which causes none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, cast, delete, select

from storage import schema
from storage.engine.sql import execute_many, in_lists, replacing
from storage.model import Urgency
from storage.stores.item_rows import item_of, item_rows
from storage.stores.item_words import index_words, unindexed

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from storage.model import Item

_items, _waiting = schema.items.c, schema.to_match.c
# Ordered by id, which is indexed: sorting all waiting items by time took seconds for each slice of a first fetch.
_WAITING = {
    urgency: select(_waiting.item_id, cast(_waiting.since, Text)).where(is_chosen).order_by(_waiting.item_id)
    for urgency, is_chosen in ((Urgency.NEWS, ~_waiting.backlog), (Urgency.BACKLOG, _waiting.backlog))
}
_BACKLOG_AMONG = select(_waiting.item_id).where(
    _waiting.item_id.in_(bindparam("ids", expanding=True)), _waiting.backlog
)
_MATCHED = delete(schema.to_match).where(_waiting.item_id.in_(bindparam("ids", expanding=True)))
_FEEDS_OF = select(_items.id, _items.feed_id).where(_items.id.in_(bindparam("ids", expanding=True)))
_IN_ORDER = (
    item_rows().where(_items.id.in_(bindparam("ids", expanding=True))).order_by(_items.first_seen, _items.id)
)


class MatchQueue:
    """The queue in one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, articles: Mapping[int, int | None], *, now: datetime, at_first_poll: bool) -> None:
        """Let items wait, each given with the first item of its article if that is another.

        As an article matches a topic once, an item is backlog as long as its article's first item waits as backlog.
        """
        firsts = sorted({first for first in articles.values() if first is not None})
        backlog = set() if at_first_poll else self._backlog_among(firsts)
        rows = [
            {"item_id": item_id, "since": now, "backlog": at_first_poll or first in backlog}
            for item_id, first in articles.items()
        ]
        # The update waits for a transaction that is matching the item's former text, then queues the item again.
        storing = replacing(self._connection.dialect.name, schema.to_match, "item_id", "since", "backlog")
        execute_many(self._connection, storing, rows)

    def _backlog_among(self, item_ids: Sequence[int]) -> set[int | None]:
        found: set[int | None] = set()
        for some in in_lists(item_ids):
            found |= set(self._connection.execute(_BACKLOG_AMONG, {"ids": some}).scalars())
        return found

    def waits(self, urgency: Urgency) -> bool:
        """Return whether any news, or any backlog, wait."""
        return bool(self.next(urgency, limit=1))

    def first(self, *, limit: int) -> list[Item]:
        """Return the items that are matched next, in that order."""
        news = self.next(Urgency.NEWS, limit=limit)
        backlog = self.next(Urgency.BACKLOG, limit=limit - len(news))
        return self.items(list(news)) + self.items(list(backlog))

    def next(self, urgency: Urgency, *, limit: int) -> dict[int, str]:
        """Return the waiting news, or backlog, with the lowest ids, and since when each waits."""
        return self._times(_WAITING[urgency].limit(limit))

    def take(self, urgency: Urgency, *, limit: int) -> dict[int, str]:
        """Return the same and lock them: other processes skip these items until this transaction ends."""
        return self._times(_WAITING[urgency].limit(limit).with_for_update(skip_locked=True))

    def of_feeds(self, item_ids: Sequence[int], feed_ids: Container[int]) -> list[int]:
        """Return those of these items that came by one of these feeds."""
        rows = self._connection.execute(_FEEDS_OF, {"ids": item_ids})
        return [item_id for item_id, feed_id in rows if feed_id in feed_ids]

    def items(self, item_ids: Sequence[int]) -> list[Item]:
        """Return items in the order (first seen, id)."""
        if not item_ids:
            return []
        return [item_of(row) for row in self._connection.execute(_IN_ORDER, {"ids": item_ids})]

    def remove(self, item_ids: Iterable[int]) -> None:
        """Remove items that were matched."""
        for some in in_lists(list(item_ids)):
            self._connection.execute(_MATCHED, {"ids": some})

    def unindexed(self) -> int:
        """Return how many matched items full-text search does not find yet, up to the number that is indexed at once."""
        return unindexed(self._connection)

    def index_words(self) -> None:
        """Let full-text search find the next matched items."""
        index_words(self._connection)

    def _times(self, chosen: Select[Any]) -> dict[int, str]:
        return {row[0]: row[1] for row in self._connection.execute(chosen)}
