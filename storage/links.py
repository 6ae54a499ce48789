"""The addresses of a feed's recent items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import schema

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_items = schema.items.c


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentLink:
    """Where an item stood when it was last read, and under which title."""

    item_id: int
    url: str
    title: str


class Links:
    """The item addresses of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def recent(self, feed_id: int, *, since: datetime) -> list[RecentLink]:
        """Return the addresses of a feed's items first seen after then, the newest first."""
        statement = (
            select(_items.id, _items.url, _items.title)
            .where(_items.feed_id == feed_id, _items.first_seen > since, _items.url.is_not(None))
            .order_by(_items.id.desc())
        )
        return [
            RecentLink(item_id=row.id, url=row.url, title=row.title)
            for row in self._connection.execute(statement)
        ]
