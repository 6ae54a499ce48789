"""Pruning: deletes ended stories with their items and messages in slices, but never open or unsent ones.

The key of a pruned item is kept as long as its feed may still serve the item, so that it is not taken for a new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, func, or_, select, update

from storage import schema
from storage.model import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select, Table

SLICE = 200  # rows of the first table per transaction, which so stays under 100 ms
KEPT_KEYS = 1_000  # an old key is dropped behind this many newer ones of its feed: no document has more items
KEPT_DOCUMENTS = 3  # or behind this many times the items of the feed's last document
_stories, _matches, _alerts = schema.stories.c, schema.matches.c, schema.alerts.c
_items, _messages, _deliveries = schema.items.c, schema.messages.c, schema.deliveries.c
_keys, _digested = schema.identities.c, schema.digested.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Numbers of deleted rows."""

    stories: int = 0
    items: int = 0
    messages: int = 0
    keys: int = 0

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(
            stories=self.stories + other.stories,
            items=self.items + other.items,
            messages=self.messages + other.messages,
            keys=self.keys + other.keys,
        )


class Pruning:
    """The pruning of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def prune(self, *, before: datetime) -> Pruned:
        """Delete a slice of the rows that ended before a time; all counts are 0 when nothing is left."""
        self._prune_links(before)
        return Pruned(
            stories=self._prune_stories(before),
            messages=self._prune_messages(before),
            items=self._prune_items(before),
            keys=self._prune_keys(),
        )

    def _prune_stories(self, before: datetime) -> int:
        """Delete stories that have ended, whose alerts are sent, and that have no unsent delivery."""
        of_story = _alerts.story_id == _stories.id
        waiting = exists(select(_alerts.id).where(of_story, _alerts.message_id.is_(None)))
        unsent = exists(
            select(_deliveries.id)
            .join(schema.alerts, _alerts.message_id == _deliveries.message_id)
            .where(of_story, _deliveries.state != DeliveryState.SENT)
        )
        ended = select(_stories.id).where(_stories.last_seen < before, _stories.due_at.is_(None))
        ids = self._some(ended.where(~waiting, ~unsent), _stories.id)
        if not ids:
            return 0
        alerts = select(_alerts.id).where(_alerts.story_id.in_(ids))
        matches = select(_matches.id).where(_matches.story_id.in_(ids))
        links = schema.alert_matches.c
        self._delete(schema.alert_matches, or_(links.alert_id.in_(alerts), links.match_id.in_(matches)))
        self._delete(schema.holdings, schema.holdings.c.alert_id.in_(alerts))
        self._delete(schema.alerts, _alerts.story_id.in_(ids))
        self._delete(schema.silences, schema.silences.c.match_id.in_(matches))
        topics = self._connection.execute(select(_stories.topic).where(_stories.id.in_(ids)).distinct())
        self._delete(schema.matches, _matches.story_id.in_(ids))
        self._lower_digests(topics.scalars().all())
        return self._delete(schema.stories, _stories.id.in_(ids))

    def _lower_digests(self, topics: Sequence[str]) -> None:
        """Lower the digests' positions to the last ones left in these topics: positions of deleted matches are reused."""
        last = select(func.coalesce(func.max(_matches.position), 0)).where(_matches.topic == _digested.topic)
        place = last.correlate(schema.digested).scalar_subquery()
        ahead = _digested.topic.in_(topics), _digested.position > place
        self._connection.execute(update(schema.digested).where(*ahead).values(position=place))

    def _prune_messages(self, before: datetime) -> int:
        """Delete messages that all recipients have and about no story that is still in the database."""
        of_message = _deliveries.message_id == _messages.id
        unsent = exists(select(_deliveries.id).where(of_message, _deliveries.state != DeliveryState.SENT))
        alerting = exists(select(_alerts.id).where(_alerts.message_id == _messages.id))
        ids = self._some(
            select(_messages.id).where(_messages.created_at < before, ~unsent, ~alerting), _messages.id
        )
        if not ids:
            return 0
        deliveries = select(_deliveries.id).where(_deliveries.message_id.in_(ids))
        self._delete(schema.attempts, schema.attempts.c.delivery_id.in_(deliveries))
        self._delete(schema.deliveries, _deliveries.message_id.in_(ids))
        return self._delete(schema.messages, _messages.id.in_(ids))

    def _prune_items(self, before: datetime) -> int:
        """Delete items that are in no story and wait for no pass; their keys are kept."""
        matched = exists(select(_matches.id).where(_matches.item_id == _items.id))
        waiting = exists(select(schema.to_match.c.item_id).where(schema.to_match.c.item_id == _items.id))
        ids = self._some(select(_items.id).where(_items.first_seen < before, ~matched, ~waiting), _items.id)
        if not ids:
            return 0
        self._connection.execute(update(schema.identities).where(_keys.item_id.in_(ids)).values(item_id=None))
        self._delete(schema.revisions, schema.revisions.c.item_id.in_(ids))
        return self._delete(schema.items, _items.id.in_(ids))

    def _prune_links(self, before: datetime) -> None:
        """Delete old uses of links, and mutes of recipients that were undone long ago; nothing counts them."""
        self._delete(schema.link_uses, schema.link_uses.c.done_at < before)
        self._delete(schema.recipient_mutes, schema.recipient_mutes.c.until < before)

    def _prune_keys(self) -> int:
        """Delete keys of pruned items that are so many keys old that the feed cannot serve the item any more."""
        pruned = select(_keys.feed_id, func.min(_keys.first_seen).label("oldest")).where(
            _keys.item_id.is_(None)
        )
        rows = self._connection.execute(pruned.group_by(_keys.feed_id)).all()
        return sum(self._prune_keys_of(row.feed_id, row.oldest) for row in rows)

    def _prune_keys_of(self, feed_id: int, oldest: datetime) -> int:
        held = select(schema.feeds.c.document_items).where(schema.feeds.c.id == feed_id)
        kept = max(KEPT_KEYS, KEPT_DOCUMENTS * int(self._connection.execute(held).scalar_one()))
        of_feed = select(_keys.first_seen).where(_keys.feed_id == feed_id)
        newest = of_feed.order_by(_keys.first_seen.desc()).offset(kept).limit(1)
        border = self._connection.execute(newest).scalar()
        if border is None or oldest >= border:
            return 0
        gone = and_(_keys.feed_id == feed_id, _keys.item_id.is_(None), _keys.first_seen < border)
        return self._delete(schema.identities, gone)

    def _some(
        self, statement: Select[tuple[int]] | Select[tuple[str]], column: ColumnElement[object]
    ) -> Sequence[object]:
        return self._connection.execute(statement.order_by(column).limit(SLICE)).scalars().all()

    def _delete(self, table: Table, which: ColumnElement[bool]) -> int:
        return self._connection.execute(delete(table).where(which)).rowcount
