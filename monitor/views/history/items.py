"""The result of a search for items, and one item with its topics and earlier titles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.text.ids import id_number
from monitor.views.iso import iso
from monitor.views.refused import ViewRefused
from storage.model.value import value
from storage.stores.search import read_search

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Ledger
    from storage.model import Feed, Item


class SearchRefused(ViewRefused):
    """The query of a search contains no required word."""


@value
class ItemRow:
    """An item in a list."""

    id: str
    title: str
    url: str | None
    feed: str
    outlet: str
    outlet_name: str
    published: datetime | None
    first_seen: datetime


@value
class ItemTopic:
    """A topic that an item matches; `story` is None until the item is grouped."""

    topic: str
    score: float
    story: str | None


@value
class EarlierTitle:
    """An earlier title of an edited item."""

    replaced_at: datetime
    title: str


@value
class ItemDetail:
    """An item with all stored facts about it."""

    row: ItemRow
    summary: str
    content: str
    author: str | None
    language: str | None
    publisher_id: str | None
    at_first_poll: bool
    topics: tuple[ItemTopic, ...]
    revisions: tuple[EarlierTitle, ...]


def search_items(
    ledger: Ledger,
    query: str,
    *,
    limit: int,
    after: datetime | None,
    feed: Feed | None,
    behind: str | None = None,
) -> tuple[ItemRow, ...]:
    """Return the items that match a search, the newest first; if `behind` is the id of an item, only those after it.

    Raises:
        SearchRefused: the query contains no required word.
    """
    terms = read_search(query)
    if all(term.absent for term in terms):
        raise SearchRefused("name a word that must occur", "for example: `storywatch items search harbour`")
    feed_id = None if feed is None else feed.id
    below = None if behind is None else id_number(behind, "i")
    found = ledger.search.items(terms, limit=limit, since=after, feed_id=feed_id, below=below)
    return tuple(_row(item) for item in found)


def read_item(ledger: Ledger, ident: str) -> ItemDetail:
    """Return the item with this id (`i12`).

    Raises:
        ViewRefused: there is no such item.
    """
    item = _find(ledger, ident)
    return ItemDetail(
        row=_row(item),
        summary=item.summary,
        content=item.content,
        author=item.author,
        language=item.language,
        publisher_id=item.publisher_id,
        at_first_poll=item.at_first_poll,
        topics=tuple(
            ItemTopic(
                topic=one.topic, score=one.score, story=None if one.story_id is None else f"s{one.story_id}"
            )
            for one in ledger.search.topics_of(item.id)
        ),
        revisions=tuple(
            EarlierTitle(replaced_at=at, title=title) for at, title in ledger.search.revisions_of(item.id)
        ),
    )


def item_id(ledger: Ledger, ident: str) -> str:
    """Return the id of an item, such as `i12`, by that id or its number alone.

    Raises:
        ViewRefused: there is no such item.
    """
    return f"i{_find(ledger, ident).id}"


def _find(ledger: Ledger, ident: str) -> Item:
    number = id_number(ident, "i")
    item = None if number is None else ledger.items.get(number)
    if item is None:
        raise ViewRefused(
            f"no item {ident}; ids look like i12",
            "`storywatch items search WORDS` shows items with their ids",
        )
    return item


def _row(item: Item) -> ItemRow:
    return ItemRow(
        id=f"i{item.id}",
        title=item.title,
        url=item.url,
        feed=item.feed,
        outlet=item.outlet,
        outlet_name=item.outlet_name,
        published=item.published_at,
        first_seen=item.first_seen,
    )


def item_row_json(row: ItemRow) -> dict[str, Any]:
    """Return an entry of the output of `items search --format json`."""
    return {
        "id": row.id,
        "title": row.title,
        "url": row.url,
        "feed": row.feed,
        "outlet": row.outlet,
        "outlet_name": row.outlet_name,
        "published": iso(row.published),
        "first_seen": iso(row.first_seen),
    }


def item_detail_json(item: ItemDetail) -> dict[str, Any]:
    """Return the output of `items show --format json`."""
    return item_row_json(item.row) | {
        "summary": item.summary,
        "content": item.content,
        "author": item.author,
        "language": item.language,
        "publisher_id": item.publisher_id,
        "at_first_poll": item.at_first_poll,
        "topics": [
            {"topic": one.topic, "score": round(one.score, 4), "story": one.story} for one in item.topics
        ],
        "revisions": [{"replaced_at": iso(one.replaced_at), "title": one.title} for one in item.revisions],
    }
