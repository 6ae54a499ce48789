"""Candidates: items that came near a topic, which are decided in order. Rows hold the decisions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, func, or_, select

from storage import schema
from storage.engine.sql import AnyRow, in_lists, insert
from storage.model.value import value
from storage.stores.item_rows import item_of, item_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.model import Item

COUNTED = 300  # last places that say whether an edited item left one
_candidates = schema.candidates.c
_items = schema.items.c
_article, _first = schema.candidates.alias("article"), schema.items.alias("first")
# Waiting items of a first poll, and others as long as their article's first item is one: an article matches once.
_IS_BACKLOG = or_(
    _items.at_first_poll,
    exists(
        select(_article.c.item_id)
        .join_from(_article, _first, _first.c.id == _article.c.item_id)
        .where(
            _article.c.item_id == _items.same_as,
            _article.c.topic == _candidates.topic,
            _article.c.position.is_(None),
            _first.c.at_first_poll,
        )
        .correlate(schema.items, schema.candidates)
    ),
)


@value
class Decision:
    """The decision on an item: its points, including those from neighbours, and the rule version."""

    item_id: int
    points: float
    matched: bool
    rule_version: int


@value
class DecidedItem:
    """A decided item, with the text that it had then."""

    item: Item
    position: int
    points: float
    matched: bool


@value
class Held:
    """The last decided position of a topic, and how many of its last places are filled."""

    last: int
    filled: int


class Candidates:
    """The candidates of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, found: Iterable[tuple[str, int]]) -> None:
        """Let items wait for a decision: (topic, item id) each. One that matches the topic already does not wait again."""
        rows = [{"topic": topic, "item_id": item_id} for topic, item_id in found]
        if not rows:
            return
        statement = insert(self._connection, schema.candidates)
        again = {
            "position": None,
            "points": None,
            "matched": None,
            "rule_version_id": None,
            "decided_at": None,
        }
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["topic", "item_id"], set_=again, where=_candidates.matched.is_(False)
            ),
            rows,
        )

    def waiting_topics(self) -> set[str]:
        """Return the topics with items that wait for a decision."""
        statement = select(_candidates.topic).where(_candidates.position.is_(None)).distinct()
        return set(self._connection.execute(statement).scalars())

    def topics_with_news(self) -> set[str]:
        """Return the topics with news that wait for a decision."""
        statement = select(_candidates.topic).join(schema.items, _items.id == _candidates.item_id)
        statement = statement.where(_candidates.position.is_(None), ~_IS_BACKLOG).distinct()
        return set(self._connection.execute(statement).scalars())

    def waiting(self, topic: str, *, limit: int, news_only: bool = False) -> list[Item]:
        """Return the topic's first items that wait: news before the backlog, each in the order (first seen, item id)."""
        statement = item_rows().join(schema.candidates, _candidates.item_id == _items.id)
        statement = statement.where(_candidates.topic == topic, _candidates.position.is_(None))
        if news_only:
            statement = statement.where(~_IS_BACKLOG)
        ordered = statement.order_by(_IS_BACKLOG, _items.first_seen, _items.id)
        return [item_of(row) for row in self._connection.execute(ordered.limit(limit))]

    def last_position(self, topic: str) -> int:
        """Return the position of the topic's last decision; 0 before the first."""
        last = select(func.coalesce(func.max(_candidates.position), 0)).where(_candidates.topic == topic)
        position: int = self._connection.execute(last).scalar_one()
        return position

    def decide(self, topic: str, decisions: Sequence[Decision], *, after: int, now: datetime) -> None:
        """Store decisions, in their order, behind the position `after`."""
        for position, one in enumerate(decisions, start=after + 1):
            values = {
                "position": position,
                "points": one.points,
                "matched": one.matched,
                "rule_version_id": one.rule_version,
                "decided_at": now,
            }
            statement = insert(self._connection, schema.candidates).values(
                topic=topic, item_id=one.item_id, **values
            )
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["topic", "item_id"], set_=values)
            )

    def drop(self, topic: str, item_ids: Sequence[int]) -> None:
        """Forget waiting items that are not near the topic."""
        for some in in_lists(item_ids):
            self._connection.execute(
                delete(schema.candidates).where(
                    _candidates.topic == topic, _candidates.item_id.in_(some), _candidates.position.is_(None)
                )
            )

    def seen_between(self, topic: str, start: datetime, end: datetime, *, most: int) -> list[Item]:
        """Return the last items first seen after `start` and before `end` that wait for nothing, in the order (first seen, id)."""
        unmatched = select(schema.to_match.c.item_id)
        waiting = select(_candidates.item_id).where(
            _candidates.topic == topic, _candidates.position.is_(None)
        )
        statement = item_rows().where(
            _items.first_seen > start,
            _items.first_seen < end,
            _items.id.not_in(unmatched),
            _items.id.not_in(waiting),
        )
        last = statement.order_by(_items.first_seen.desc(), _items.id.desc()).limit(most)
        return [item_of(row) for row in self._connection.execute(last)][::-1]

    def seen_after(self, topic: str, item: Item, *, most: int) -> list[Item]:
        """Return the first items that follow one in the order (first seen, id), were matched and never came near the topic."""
        unmatched = select(schema.to_match.c.item_id)
        near = select(_candidates.item_id).where(_candidates.topic == topic)
        statement = item_rows().where(
            or_(
                _items.first_seen > item.first_seen,
                and_(_items.first_seen == item.first_seen, _items.id > item.id),
            ),
            _items.id.not_in(unmatched),
            _items.id.not_in(near),
        )
        rows = self._connection.execute(statement.order_by(_items.first_seen, _items.id).limit(most))
        return [item_of(row) for row in rows]

    def held(self, topic: str) -> Held:
        """Return how far the topic was decided, and how many of its last places are filled.

        An edited item leaves its place and is decided again: as long as both stay, nothing changed.
        """
        last = self.last_position(topic)
        filled = select(func.count()).where(_candidates.topic == topic, _candidates.position > last - COUNTED)
        return Held(last=last, filled=self._connection.execute(filled).scalar_one())

    def decided_after(self, topic: str, position: int) -> list[DecidedItem]:
        """Return the items that the topic decided behind a position, in order, with the texts that were decided on."""
        statement = (
            item_rows()
            .add_columns(_candidates.position, _candidates.points, _candidates.matched)
            .join(schema.candidates, _candidates.item_id == _items.id)
            .where(_candidates.topic == topic, _candidates.position > position)
            .order_by(_candidates.position)
        )
        rows = self._connection.execute(statement).all()
        edited = self._texts_when_decided([row.id for row in rows], topic)
        return [
            DecidedItem(
                item=_with_text(item_of(row), edited.get(row.id)),
                position=row.position,
                points=row.points,
                matched=row.matched,
            )
            for row in rows
        ]

    def _texts_when_decided(self, item_ids: Sequence[int], topic: str) -> dict[int, AnyRow]:
        edits = schema.revisions.c
        found: dict[int, AnyRow] = {}
        for some in in_lists(item_ids):
            statement = (
                select(edits.item_id, edits.title, edits.summary, edits.content)
                .join(schema.candidates, _candidates.item_id == edits.item_id)
                .where(
                    _candidates.topic == topic,
                    edits.item_id.in_(some),
                    edits.replaced_at > _candidates.decided_at,
                )
                .order_by(edits.id.desc())  # the earliest edit comes last, and is kept
            )
            found |= {row.item_id: row for row in self._connection.execute(statement)}
        return found

    def points_since(self, topic: str, moment: datetime) -> list[tuple[datetime, float, bool]]:
        """Return when items first seen since then were seen, their points, and whether they matched, in order."""
        statement = (
            select(_items.first_seen, _candidates.points, _candidates.matched)
            .join(schema.items, _items.id == _candidates.item_id)
            .where(_candidates.topic == topic, _candidates.position.is_not(None), _items.first_seen > moment)
            .order_by(_candidates.position)
        )
        return [(row[0], row[1], row[2]) for row in self._connection.execute(statement)]


def _with_text(item: Item, text: AnyRow | None) -> Item:
    if text is None:
        return item
    return replace(item, title=text.title, summary=text.summary, content=text.content)
