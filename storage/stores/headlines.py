"""The titles and links of items, by which stories are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage import schema
from storage.engine.sql import in_lists
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Connection

_items, _matches = schema.items.c, schema.matches.c
_LINKED = select(_items.id, _items.title, _items.url)
# Written once: to describe a statement costs SQLAlchemy as much as to run it.
_OF_ITEMS = _LINKED.where(_items.id.in_(bindparam("items", expanding=True)))
_TITLED = (
    _LINKED.join(schema.matches, _items.id == _matches.item_id)
    .where(_matches.story_id == bindparam("story"), _items.title_key == bindparam("key"))
    .order_by(_items.first_seen, _items.id)
)


@value
class LinkedTitle:
    """The title and the link of an item."""

    item_id: int
    title: str
    url: str | None


class Headlines:
    """The possible headlines of stories in one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_items(self, item_ids: AbstractSet[int]) -> dict[int, LinkedTitle]:
        """Return the titles and links of these items by id."""
        found: dict[int, LinkedTitle] = {}
        for some in in_lists(sorted(item_ids)):
            rows = self._connection.execute(_OF_ITEMS, {"items": some})
            found |= {row.id: LinkedTitle(item_id=row.id, title=row.title, url=row.url) for row in rows}
        return found

    def titled(self, story_id: int, title_key: str) -> list[LinkedTitle]:
        """Return the items of a story whose titles have this key, the first seen first."""
        rows = self._connection.execute(_TITLED, {"story": story_id, "key": title_key})
        return [LinkedTitle(item_id=row.id, title=row.title, url=row.url) for row in rows]
