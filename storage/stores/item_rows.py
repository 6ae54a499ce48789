"""Rows of items, with the names of the feed and of the outlet, read as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, func, literal, select

from storage import schema
from storage.model import Item

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from storage.engine.sql import AnyRow

_items = schema.items.c
_home = schema.feeds.alias("home").c
_TITLE_OF_OUTLET = (
    select(_home.title)
    .where(_home.home == _items.outlet, _home.title != "")
    .order_by(_home.id)
    .limit(1)
    .scalar_subquery()
)
# Written once: to describe a statement costs SQLAlchemy as much as to run it.
# The columns beside an item's own that `item_of` reads: the titles of its feed, and of its outlet's.
NAMES_OF_SOURCES = (schema.feeds.c.title.label("feed_title"), _TITLE_OF_OUTLET.label("home_title"))
# An item from before outlets has its feed's until it is filled in.
OUTLET: ColumnElement[str] = func.coalesce(_items.outlet, literal("feed:") + cast(_items.feed_id, Text))
# The id of the first item with the same article.
ARTICLE: ColumnElement[int] = func.coalesce(_items.same_as, _items.id)
_ITEM_ROWS = select(schema.items, *NAMES_OF_SOURCES).join_from(
    schema.items, schema.feeds, schema.feeds.c.id == _items.feed_id
)


def item_rows() -> Select[Any]:
    """Return the SELECT whose rows `item_of` reads."""
    return _ITEM_ROWS


def article_of(item_id: int) -> ColumnElement[int]:
    """Return the article of an item, as an expression."""
    return select(ARTICLE).where(_items.id == item_id).scalar_subquery()


def item_of(row: AnyRow) -> Item:
    """Return the item in a row of `item_rows`."""
    return Item(
        id=row.id,
        feed_id=row.feed_id,
        feed=row.feed_title,
        publisher_id=row.publisher_id,
        title=row.title,
        summary=row.summary,
        content=row.content,
        url=row.url,
        author=row.author,
        language=row.language,
        published_at=row.published_at,
        first_seen=row.first_seen,
        at_first_poll=row.at_first_poll,
        gap_since=row.gap_since,
        outlet=row.outlet or f"feed:{row.feed_id}",
        outlet_name=outlet_name(row),
        same_as=row.same_as,
    )


def outlet_name(row: AnyRow) -> str:
    """Return the name of an item's outlet: by its aggregator, else the title of the outlet's own feed, else its id."""
    if row.outlet is None or row.outlet.startswith("feed:"):
        return str(row.feed_title)
    return str(row.source_name or row.home_title or row.outlet)
