"""Items as values: rows of them, with the names of the feed and of the outlet, and new ones to store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, func, literal, select

from storage import schema
from storage.model import SITEMAPS, Item
from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from storage.engine.sql import AnyRow
    from storage.model import Publication
    from storage.model.packed import PackedTexts

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
# The columns beside an item's own that `item_of` reads: the title and kind of its feed, and the title of its outlet's.
NAMES_OF_SOURCES = (
    schema.feeds.c.title.label("feed_title"),
    schema.feeds.c.kind.label("feed_kind"),
    _TITLE_OF_OUTLET.label("home_title"),
)
# An item from before outlets has its feed's until it is filled in.
OUTLET: ColumnElement[str] = func.coalesce(_items.outlet, literal("feed:") + cast(_items.feed_id, Text))
# The id of the first item with the same article.
ARTICLE: ColumnElement[int] = func.coalesce(_items.same_as, _items.id)
_ITEM_ROWS = select(schema.items, *NAMES_OF_SOURCES).join_from(
    schema.items, schema.feeds, schema.feeds.c.id == _items.feed_id
)


@value
class NewItem:
    """A publication to store, with the keys that identify it; `packed` are its texts if they were packed for SQLite."""

    publication: Publication
    key: str
    content_hash: str
    title_key: str | None
    outlet: str | None = None
    source_name: str | None = None
    article_link: str | None = None
    same_as: int | None = None
    packed: PackedTexts | None = None


@value
class KnownItem:
    """A stored item, as compared with its feed's next document; `item_id` is None after it was pruned.

    `first_seen` is the item's or, after pruning, the key's.
    """

    item_id: int | None
    key: str
    content_hash: str | None
    title_key: str | None
    first_seen: datetime
    revisions: int


def item_rows() -> Select[Any]:
    """Return the SELECT whose rows `item_of` reads."""
    return _ITEM_ROWS


def article_of(item_id: int) -> ColumnElement[int]:
    """Return the article of an item, as an expression."""
    return select(ARTICLE).where(_items.id == item_id).scalar_subquery()


def item_of(row: AnyRow, *, page: str = "") -> Item:
    """Return the item in a row of `item_rows`; `page` is the text of its page, where that was read."""
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
        of_sitemap=row.feed_kind in SITEMAPS,
        page=page,
    )


def outlet_name(row: AnyRow) -> str:
    """Return the name of an item's outlet: by its aggregator, else the title of the outlet's own feed, else its id."""
    if row.outlet is None or row.outlet.startswith("feed:"):
        return str(row.feed_title)
    return str(row.source_name or row.home_title or row.outlet)


def known_of(row: AnyRow) -> KnownItem:
    """Return the stored facts about an item from a row of the statements in `items`."""
    return KnownItem(
        item_id=row.item_id,
        key=row.key,
        content_hash=row.content_hash,
        title_key=row.title_key,
        first_seen=row.first_seen,
        revisions=row.revisions or 0,
    )


def columns_of(item: NewItem) -> dict[str, Any]:
    """Return the columns of an item that its document decides."""
    publication = item.publication
    texts = item.packed or publication
    return {
        "content_hash": item.content_hash,
        "title_key": item.title_key,
        "outlet": item.outlet,
        "source_name": item.source_name,
        "article_link": item.article_link,
        "publisher_id": publication.publisher_id,
        "title": publication.title,
        "summary": texts.summary,
        "content": texts.content,
        "url": publication.url,
        "author": publication.author,
        "language": publication.language,
        "published_at": publication.published_at,
    }
