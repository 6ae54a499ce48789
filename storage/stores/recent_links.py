"""Recent items of a feed, used to recognise a known item under a new id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select

from storage import schema
from storage.engine.sql import in_lists

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Select

_items = schema.items.c
_keys = schema.identities.c
_others = schema.identities.alias("others").c
KEPT_KEYS = 24  # per item: a feed that gives new ids at every poll must not fill the database with keys
_OLDEST_KEPT = (
    select(_others.first_seen)
    .where(_others.item_id == bindparam("item"))
    .order_by(_others.first_seen.desc())
    .offset(KEPT_KEYS - 1)
    .limit(1)
    .scalar_subquery()
)
_FORGET = delete(schema.identities).where(_keys.item_id == bindparam("item"), _keys.first_seen < _OLDEST_KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentItem:
    """An item as last read: its link and title, the hash of its words, and its number of revisions."""

    item_id: int
    url: str | None
    title: str
    content_hash: str
    revisions: int = 0


class RecentLinks:
    """The recent items of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def forget_old_keys(self, item_ids: Iterable[int]) -> None:
        """Delete all but the newest keys of these items."""
        asked = [{"item": item_id} for item_id in item_ids]
        if asked:
            self._connection.execute(_FORGET, asked)

    def recent(self, feed_id: int, *, since: datetime) -> list[RecentItem]:
        """Return a feed's items first seen after a time, newest first."""
        return self._found(_newest_of(feed_id).where(_items.first_seen > since))

    def newest(self, feed_id: int, *, limit: int) -> list[RecentItem]:
        """Return a feed's newest items, newest first."""
        return self._found(_newest_of(feed_id).limit(limit))

    def keys(self, item_ids: Iterable[int]) -> dict[int, frozenset[str]]:
        """Return the keys of each of these items."""
        found: dict[int, set[str]] = {}
        for some in in_lists(list(item_ids)):
            for row in self._connection.execute(
                select(_keys.item_id, _keys.key).where(_keys.item_id.in_(some))
            ):
                found.setdefault(row.item_id, set()).add(row.key)
        return {item_id: frozenset(keys) for item_id, keys in found.items()}

    def _found(self, statement: Select[Any]) -> list[RecentItem]:
        return [
            RecentItem(
                item_id=row.id,
                url=row.url,
                title=row.title,
                content_hash=row.content_hash,
                revisions=row.revisions,
            )
            for row in self._connection.execute(statement)
        ]


def _newest_of(feed_id: int) -> Select[Any]:
    return (
        select(_items.id, _items.url, _items.title, _items.content_hash, _items.revisions)
        .where(_items.feed_id == feed_id)
        .order_by(_items.id.desc())
    )
