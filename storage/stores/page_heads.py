"""Page heads of items without a text: the queue of those to read, and the descriptions of those read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from storage import schema
from storage.model.value import value
from storage.stores.page_texts import WantedPage, queue_pages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

_heads = schema.page_heads.c


@value
class HeadRecord:
    """A queued page head: its description once it was read, or the error; `done_at` is None while it waits."""

    wanted_at: datetime
    done_at: datetime | None
    description: str
    error: str | None


class PageHeads:
    """The page heads, in one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def want(self, urls: Mapping[int, str], *, now: datetime) -> None:
        """Queue the heads of items {item id: URL} for reading; each head is tried once."""
        queue_pages(self._connection, schema.page_heads, urls, now=now)

    def waiting(self, *, limit: int) -> list[WantedPage]:
        """Return heads that wait, longest first."""
        statement = select(_heads.item_id, _heads.url, _heads.wanted_at).where(_heads.done_at.is_(None))
        rows = self._connection.execute(statement.order_by(_heads.wanted_at, _heads.item_id).limit(limit))
        return [WantedPage(item_id=row.item_id, url=row.url, head_wanted_at=row.wanted_at) for row in rows]

    def asked_since(self, moment: datetime) -> int:
        """Return how many pages were requested after then."""
        statement = select(func.count(_heads.item_id)).where(_heads.asked_at > moment)
        return self._connection.execute(statement).scalar_one()

    def asked(self, item_id: int, *, now: datetime) -> None:
        """Record that the page is requested now."""
        self._connection.execute(
            update(schema.page_heads).where(_heads.item_id == item_id).values(asked_at=now)
        )

    def failed(self, item_id: int, *, error: str, now: datetime) -> None:
        """Record why the head could not be read."""
        self._connection.execute(
            update(schema.page_heads).where(_heads.item_id == item_id).values(error=error, done_at=now)
        )

    def read(self, item_id: int, *, description: str, now: datetime) -> None:
        """Store the description; `Items.describe` adds it to the item."""
        self._connection.execute(
            update(schema.page_heads)
            .where(_heads.item_id == item_id)
            .values(description=description, done_at=now)
        )

    def of(self, item_id: int) -> HeadRecord | None:
        """Return the record of an item's head, None if it was never queued."""
        statement = select(schema.page_heads).where(_heads.item_id == item_id)
        row = self._connection.execute(statement).first()
        if row is None:
            return None
        return HeadRecord(
            wanted_at=row.wanted_at,
            done_at=row.done_at,
            description=row.description,
            error=row.error,
        )
