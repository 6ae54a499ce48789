"""Pages of matched items: the queue of those to read, and the texts of those read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage import schema
from storage.engine.sql import insert
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Table

_pages = schema.page_texts.c


@value
class WantedPage:
    """A page to be read: its head if `head_wanted_at` is set, otherwise the whole page."""

    item_id: int
    url: str
    head_wanted_at: datetime | None = None


def queue_pages(connection: Connection, queue: Table, urls: Mapping[int, str], *, now: datetime) -> None:
    """Add the pages of items {item id: URL} to a queue; a page that was ever in it is not added again."""
    rows = [{"item_id": item_id, "url": url, "wanted_at": now} for item_id, url in urls.items()]
    if rows:
        connection.execute(insert(connection, queue).on_conflict_do_nothing(), rows)


class PageTexts:
    """The pages of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def want(self, urls: Mapping[int, str], *, now: datetime) -> None:
        """Queue the pages of items {item id: URL} for reading; each page is tried once."""
        queue_pages(self._connection, schema.page_texts, urls, now=now)

    def waiting(self, *, limit: int) -> list[WantedPage]:
        """Return pages that wait, longest first."""
        statement = select(_pages.item_id, _pages.url).where(_pages.done_at.is_(None))
        rows = self._connection.execute(statement.order_by(_pages.wanted_at, _pages.item_id).limit(limit))
        return [WantedPage(item_id=row.item_id, url=row.url) for row in rows]

    def done(self, item_id: int, *, text: str, error: str | None, now: datetime) -> None:
        """Store the text of a page, or the reason why it could not be read."""
        self._connection.execute(
            update(schema.page_texts)
            .where(_pages.item_id == item_id)
            .values(text=text, error=error, done_at=now)
        )
