"""Items: their texts, the keys that identify them, and their earlier revisions."""

from __future__ import annotations

from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from storage import schema
from storage.engine.sql import AnyRow, execute_many, in_lists, insert_for, new_ids
from storage.stores.item_rows import KnownItem, NewItem, columns_of, item_of, item_rows, known_of
from storage.stores.item_words import index_words, unindexed
from storage.stores.story_counts import count_again

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Insert, Select, Table

    from storage.model import Item

_items = schema.items.c
_identities = schema.identities.c
_KNOWN = select(
    _identities.key,
    _identities.item_id,
    func.coalesce(_items.first_seen, _identities.first_seen).label("first_seen"),
    _items.content_hash,
    _items.title_key,
    _items.revisions,
)
# Built once: building a statement takes SQLAlchemy as long as running it.
_KNOWN_BY_KEY = _KNOWN.outerjoin_from(schema.identities, schema.items).where(
    _identities.feed_id == bindparam("feed"), _identities.key.in_(bindparam("keys", expanding=True))
)
_KNOWN_BY_TITLE = _KNOWN.join_from(schema.items, schema.identities).where(
    _items.feed_id == bindparam("feed"),
    _items.title_key.in_(bindparam("titles", expanding=True)),
    _items.first_seen > bindparam("since"),
)
# Ordered by id, which is indexed: sorting all waiting items by time took seconds for each slice of a first fetch.
_WAITING = select(schema.to_match.c.item_id).order_by(schema.to_match.c.item_id)
_MATCHED = delete(schema.to_match).where(schema.to_match.c.item_id.in_(bindparam("ids", expanding=True)))
_IN_ORDER = (
    item_rows().where(_items.id.in_(bindparam("ids", expanding=True))).order_by(_items.first_seen, _items.id)
)
_NEW_ITEMS = insert(schema.items)
_IS_NAMED = select(_identities.item_id).where(_identities.feed_id == bindparam("feed")).limit(1)
_COUNT_NEW = (
    select(_items.feed_id, func.count())
    .where(
        _items.feed_id.in_(bindparam("feeds", expanding=True)),
        _items.first_seen > bindparam("since"),
        ~_items.at_first_poll,
    )
    .group_by(_items.feed_id)
)
_DOCUMENT_HASHES = select(schema.readings.c.stood).where(schema.readings.c.feed_id == bindparam("feed"))


@cache
def _storing(dialect: str, table: Table, key: str, column: str) -> Insert:
    """Return the statement that inserts or replaces a column's value by key."""
    statement = insert_for(dialect, table)
    return statement.on_conflict_do_update(index_elements=[key], set_={column: statement.excluded[column]})


@cache
def _naming(dialect: str) -> Insert:
    return insert_for(dialect, schema.identities).on_conflict_do_nothing()


class Items:
    """The items of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def are_known(self, feed_id: int) -> bool:
        """Return whether any item of a feed is known, even if it was pruned."""
        return self._connection.execute(_IS_NAMED, {"feed": feed_id}).first() is not None

    def known(
        self, feed_id: int, *, keys: Sequence[str], title_keys: Sequence[str], since: datetime
    ) -> list[KnownItem]:
        """Return the feed's items known by any of `keys`, or first seen after `since` with one of `title_keys`."""
        found: dict[str, KnownItem] = {}
        for some_keys, some_titles in zip_longest(in_lists(keys), in_lists(title_keys), fillvalue=()):
            # Two queries, each with an index: a single one with OR would scan all items of the feed.
            rows = self._connection.execute(_KNOWN_BY_KEY, {"feed": feed_id, "keys": some_keys})
            found |= {row.key: known_of(row) for row in rows}
            if some_titles:
                asked = {"feed": feed_id, "titles": some_titles, "since": since}
                rows = self._connection.execute(_KNOWN_BY_TITLE, asked)
                found |= {row.key: known_of(row) for row in rows}
        return list(found.values())

    def add(
        self,
        feed_id: int,
        items: Sequence[NewItem],
        *,
        now: datetime,
        at_first_poll: bool,
        gap_since: datetime | None = None,
    ) -> list[int]:
        """Store new items, queue them for matching, and return their ids in the same order.

        `gap_since` is the last successful poll, if that is so long ago that alerts mention the gap.
        """
        if not items:
            return []
        ids = new_ids(self._connection, schema.items, len(items))
        common = {
            "feed_id": feed_id,
            "first_seen": now,
            "at_first_poll": at_first_poll,
            "gap_since": gap_since,
        }
        rows = [
            {
                "id": item_id,
                "same_as": item.same_as,
                **common,
                **columns_of(item),
            }
            for item_id, item in zip(ids, items, strict=True)
        ]
        execute_many(self._connection, _NEW_ITEMS, rows)
        self._name(feed_id, [(item.key, item_id) for item, item_id in zip(items, ids, strict=True)], now)
        self._await_match(ids, now)
        return ids

    def document_hashes(self, feed_id: int) -> bytes:
        """Return the hashes of the items in the feed's last document; nothing if there was none."""
        return self._connection.execute(_DOCUMENT_HASHES, {"feed": feed_id}).scalar() or b""

    def store_document_hashes(self, readings: Mapping[int, bytes]) -> None:
        """Store by feed the hashes of its document, by which the next poll recognises items; they must all be stored."""
        if not readings:
            return
        execute_many(
            self._connection,
            _storing(self._connection.dialect.name, schema.readings, "feed_id", "stood"),
            [{"feed_id": feed_id, "stood": stood} for feed_id, stood in readings.items()],
        )

    def alias(self, feed_id: int, keys: Sequence[tuple[str, int]], *, now: datetime) -> None:
        """Add keys to items: pairs of key and item id."""
        self._name(feed_id, keys, now)

    def revise(self, item_id: int, item: NewItem, *, now: datetime) -> None:
        """Replace an item's text, keep the former as a revision, and queue the item for matching again."""
        former = self._connection.execute(select(schema.items).where(_items.id == item_id)).one()
        self._keep(former, now)
        text = columns_of(item)
        if former.summary and not (item.publication.summary or item.publication.content):
            text["summary"] = self._description(item_id)  # its feed never gave it one; its page did
        self._connection.execute(
            update(schema.items)
            .where(_items.id == item_id)
            .values(
                revisions=_items.revisions + 1,
                **text,
            )
        )
        if former.outlet != item.outlet:
            count_again(self._connection, [item_id])
        self._await_match([item_id], now)

    def describe(
        self, item_id: int, *, summary: str, published_at: datetime | None, in_story: bool, now: datetime
    ) -> None:
        """Give an item that has a title alone a text, and put it before match again.

        `in_story` keeps the former text as a revision: the item is in a story, and was grouped by that text.
        """
        item = self._connection.execute(select(schema.items).where(_items.id == item_id)).first()
        if item is None or item.summary or item.content:
            return
        if in_story:
            self._keep(item, now)
        self._connection.execute(
            update(schema.items)
            .where(_items.id == item_id)
            .values(summary=summary, published_at=item.published_at or published_at)
        )
        self._await_match([item_id], now)

    def _description(self, item_id: int) -> str:
        heads = schema.page_heads.c
        statement = select(heads.description).where(heads.item_id == item_id)
        return self._connection.execute(statement).scalar() or ""

    def _keep(self, former: AnyRow, now: datetime) -> None:
        self._connection.execute(
            insert(schema.revisions).values(
                item_id=former.id,
                replaced_at=now,
                title=former.title,
                summary=former.summary,
                content=former.content,
            )
        )

    def _name(self, feed_id: int, keys: Sequence[tuple[str, int]], now: datetime) -> None:
        if keys:
            execute_many(
                self._connection,
                _naming(self._connection.dialect.name),
                [
                    {"feed_id": feed_id, "key": key, "item_id": item_id, "first_seen": now}
                    for key, item_id in keys
                ],
            )

    def _await_match(self, item_ids: Sequence[int], now: datetime) -> None:
        if not item_ids:
            return
        execute_many(
            self._connection,
            # The update waits for a transaction that is matching the item's former text, then queues the item again.
            _storing(self._connection.dialect.name, schema.to_match, "item_id", "since"),
            [{"item_id": item_id, "since": now} for item_id in item_ids],
        )

    def is_waiting(self) -> bool:
        """Return whether any item waits for matching."""
        return self._connection.execute(_WAITING.limit(1)).first() is not None

    def awaiting_match(self, *, limit: int) -> list[Item]:
        """Return the items with the lowest ids that wait for matching, in the order (first seen, id)."""
        return self._waiting(_WAITING.limit(limit))

    def take_for_match(self, *, limit: int) -> list[Item]:
        """Return the same and lock them: other processes skip these items until this transaction ends."""
        return self._waiting(_WAITING.limit(limit).with_for_update(skip_locked=True))

    def _waiting(self, chosen: Select[Any]) -> list[Item]:
        ids = self._connection.execute(chosen).scalars().all()
        return [item_of(row) for row in self._connection.execute(_IN_ORDER, {"ids": ids})]

    def matched(self, item_ids: Iterable[int]) -> None:
        """Record that these items were matched."""
        for some in in_lists(list(item_ids)):
            self._connection.execute(_MATCHED, {"ids": some})

    def unindexed(self) -> int:
        """Return how many matched items full-text search does not find yet, up to the number that is indexed at once."""
        return unindexed(self._connection)

    def index_words(self) -> None:
        """Let full-text search find the next matched items."""
        index_words(self._connection)

    def new_since(self, feed_ids: Sequence[int], moment: datetime) -> dict[int, int]:
        """Return how many items of each feed were first seen after a time, without those of its first poll."""
        counts: dict[int, int] = {}
        for some in in_lists(feed_ids):
            rows = self._connection.execute(_COUNT_NEW, {"feeds": some, "since": moment})
            counts |= {row[0]: row[1] for row in rows}
        return counts

    def get(self, item_id: int) -> Item | None:
        """Return one item, or None."""
        found = self._load(item_rows().where(_items.id == item_id))
        return found[0] if found else None

    def since(self, moment: datetime, *, limit: int | None = None) -> list[Item]:
        """Return items first seen after then, in the order (first seen, id); of more than `limit`, the last."""
        statement = item_rows().where(_items.first_seen > moment)
        if limit is not None:
            statement = statement.order_by(_items.id.desc()).limit(limit)
        return sorted(self._load(statement), key=lambda item: (item.first_seen, item.id))

    def count(self, *, since: datetime | None = None) -> int:
        """Return how many items the database holds, or how many were first seen after then."""
        statement = select(func.count()).select_from(schema.items)
        if since is not None:
            statement = statement.where(_items.first_seen > since)
        return self._connection.execute(statement).scalar_one()

    def _load(self, statement: Select[Any]) -> list[Item]:
        return [item_of(row) for row in self._connection.execute(statement)]
