"""Items: their texts, the keys that identify them, and their earlier revisions."""

from __future__ import annotations

from functools import cache, cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from storage import schema
from storage.engine.sql import AnyRow, execute_many, in_lists, insert_for, new_ids, replacing
from storage.stores.item_rows import KnownItem, NewItem, columns_of, item_of, item_rows, known_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Insert, Select

    from storage.model import Item
    from storage.stores.match_queue import MatchQueue

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
def _naming(dialect: str) -> Insert:
    return insert_for(dialect, schema.identities).on_conflict_do_nothing()


class Items:
    """The items of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def _queue(self) -> MatchQueue:
        from storage.stores.match_queue import MatchQueue  # noqa: PLC0415  # commands that only read do without

        return MatchQueue(self._connection)

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
        articles = {item_id: item.same_as for item_id, item in zip(ids, items, strict=True)}
        self._queue.add(articles, now=now, at_first_poll=at_first_poll)
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
            replacing(self._connection.dialect.name, schema.readings, "feed_id", "stood"),
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
            from storage.stores.story_counts import count_again  # noqa: PLC0415  # commands that only read do without

            count_again(self._connection, [item_id])
        self._queue.add({item_id: former.same_as}, now=now, at_first_poll=former.at_first_poll)

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
        self._queue.add({item_id: item.same_as}, now=now, at_first_poll=item.at_first_poll)

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
