"""Places of matches in stories: the matches that wait for one, and the rows from which a story index is rebuilt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select, update

from storage import schema
from storage.model.value import value
from storage.stores.item_rows import OUTLET
from storage.stores.matches import match_of, match_rows
from storage.stores.story_counts import CountedItem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from storage.engine.sql import AnyRow
    from storage.model import Match

_matches = schema.matches.c
_items = schema.items.c
_IS_BACKLOG = or_(_matches.before_topic, _items.at_first_poll)  # of what causes no alert
_TAKEN = (
    select(_matches.id, _matches.item_id, OUTLET.label("outlet"), _items.first_seen)
    .join_from(schema.matches, schema.items, _items.id == _matches.item_id)
    .where(_matches.id.in_(bindparam("matches", expanding=True)), _matches.story_id.is_(None))
    .with_for_update(of=schema.matches)
)
_PLACE = (
    update(schema.matches)
    .where(_matches.id == bindparam("match"))
    .values(
        story_id=bindparam("story"),
        text_of=bindparam("same_text"),
        same_meaning_as=bindparam("same_meaning"),
        position=bindparam("place"),
    )
)


@value
class NewPlacement:
    """A match to put into a story; `text_of` is the first item of the story whose text it repeats.

    `same_meaning_as` is the item in another language by which it joins.
    """

    match_id: int
    story_id: int
    text_of: int | None = None
    same_meaning_as: int | None = None


@value
class Grouped:
    """A match with its story."""

    match: Match
    story_id: int


class Placements:
    """The places of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def waiting(self, topic: str, *, limit: int, pages_since: datetime, news_only: bool = False) -> list[int]:
        """Return the topic's first matches in no story: news before the backlog, each in the order (first seen, item id).

        Those whose page, or its head, has been waiting to be read since `pages_since` or later are left for later.
        """
        pages, heads = schema.page_texts.c, schema.page_heads.c
        page = select(pages.item_id).where(
            pages.item_id == _items.id, pages.done_at.is_(None), pages.wanted_at >= pages_since
        )
        head = select(heads.item_id).where(
            heads.item_id == _items.id, heads.done_at.is_(None), heads.wanted_at >= pages_since
        )
        statement = select(_matches.id).join(schema.items, _items.id == _matches.item_id)
        statement = statement.where(_matches.topic == topic, _matches.story_id.is_(None))
        statement = statement.where(~page.exists(), ~head.exists())
        if news_only:
            statement = statement.where(~_IS_BACKLOG)
        first = statement.order_by(_IS_BACKLOG, _items.first_seen, _items.id).limit(limit)
        return list(self._connection.execute(first).scalars())

    def ungrouped(self, match_ids: Sequence[int]) -> list[Match]:
        """Return these matches in the order of `waiting`, without those that are in a story or gone by now."""
        statement = match_rows().where(_matches.id.in_(match_ids), _matches.story_id.is_(None))
        ordered = statement.order_by(_IS_BACKLOG, _items.first_seen, _items.id)
        return [match_of(row) for row in self._connection.execute(ordered)]

    def take_ungrouped(self, match_ids: Sequence[int]) -> dict[int, CountedItem]:
        """Return how each of these matches counts in a story, and lock them, except deleted ones and those in a story."""
        rows = self._connection.execute(_TAKEN, {"matches": match_ids})
        return {
            row.id: CountedItem(outlet=row.outlet, text=row.item_id, first_seen=row.first_seen)
            for row in rows
        }

    def place(self, placed: Sequence[NewPlacement], *, after: int) -> None:
        """Put matches into their stories, in this order, behind the position that their topic has reached."""
        rows = [
            {
                "match": one.match_id,
                "story": one.story_id,
                "same_text": one.text_of,
                "same_meaning": one.same_meaning_as,
                "place": position,
            }
            for position, one in enumerate(placed, start=after + 1)
        ]
        if rows:
            self._connection.execute(_PLACE, rows)

    def ungrouped_topics(self) -> set[str]:
        """Return the topics with matches that belong to no story yet."""
        statement = select(_matches.topic).where(_matches.story_id.is_(None)).distinct()
        return set(self._connection.execute(statement).scalars())

    def topics_with_news(self) -> set[str]:
        """Return the topics with news that belong to no story yet."""
        statement = select(_matches.topic).join(schema.items, _items.id == _matches.item_id)
        statement = statement.where(_matches.story_id.is_(None), ~_IS_BACKLOG).distinct()
        return set(self._connection.execute(statement).scalars())

    def window(self, topic: str, *, since: datetime) -> list[Grouped]:
        """Return all matches of the topic's stories that have an item since a time, in the order of grouping.

        The time of an item is when it was published, or else first seen. The texts are those that were matched: later
        edits do not affect grouping.
        """
        happened = func.coalesce(_items.published_at, _items.first_seen)
        recent = select(_matches.story_id).join(schema.items, _items.id == _matches.item_id)
        recent = recent.where(_matches.topic == topic, _matches.story_id.is_not(None), happened >= since)
        statement = match_rows().where(_matches.topic == topic, _matches.story_id.in_(recent))
        return self._as_grouped(topic, statement.order_by(_matches.position))

    def beginnings(self, topic: str, *, stories: int, items: int) -> list[Grouped]:
        """Return the first `items` matches of the topic's last `stories` stories, in the order of the stories."""
        last = select(schema.stories.c.id).where(
            schema.stories.c.topic == topic, schema.stories.c.merged_into.is_(None)
        )
        last = last.order_by(schema.stories.c.id.desc()).limit(stories)
        rank = func.row_number().over(partition_by=_matches.story_id, order_by=_matches.position)
        ranked = select(_matches.id, rank.label("rank")).where(_matches.story_id.in_(last)).subquery()
        first = select(ranked.c.id).where(ranked.c.rank <= items)
        statement = match_rows().where(_matches.id.in_(first))
        return self._as_grouped(topic, statement.order_by(_matches.story_id, _matches.position))

    def grouped_after(self, topic: str, position: int) -> list[Grouped]:
        """Return the topic's matches grouped after a position, in that order, with the texts that were matched."""
        statement = match_rows().where(_matches.topic == topic, _matches.position > position)
        return self._as_grouped(topic, statement.order_by(_matches.position))

    def last_position(self, topic: str) -> int:
        """Return the position of the match that the topic grouped last; 0 before the first."""
        last = select(func.coalesce(func.max(_matches.position), 0)).where(_matches.topic == topic)
        position: int = self._connection.execute(last).scalar_one()
        return position

    def _as_grouped(self, topic: str, statement: Select[Any]) -> list[Grouped]:
        rows = self._connection.execute(statement).all()
        edited = self._texts_when_matched(topic) if rows else {}
        return [
            Grouped(match=_with_text(match_of(row), edited.get(row.id)), story_id=row.story_id)
            for row in rows
        ]

    def _texts_when_matched(self, topic: str) -> dict[int, AnyRow]:
        """Return, by item id, the matched text of each item that was edited after it matched the topic."""
        edits = schema.revisions.c
        statement = (
            select(edits.item_id, edits.title, edits.summary, edits.content)
            .join(schema.matches, _matches.item_id == edits.item_id)
            .where(_matches.topic == topic, edits.replaced_at > _matches.matched_at)
            .order_by(edits.id.desc())  # the earliest edit comes last and overwrites later ones
        )
        return {row.item_id: row for row in self._connection.execute(statement)}


def _with_text(match: Match, text: AnyRow | None) -> Match:
    if text is None:
        return match
    item = replace(match.item, title=text.title, summary=text.summary, content=text.content)
    return replace(match, item=item)
