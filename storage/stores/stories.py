"""Stories: the items of one event within a topic, and when the alert pass decides on each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select, update

from storage import schema
from storage.engine.sql import AnyRow, in_lists, insert
from storage.model import Match, Story
from storage.stores.item_rows import OUTLET

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

_stories = schema.stories.c
_of_story = schema.matches.c.story_id == bindparam("story")
_joined = schema.matches.join(schema.items, schema.items.c.id == schema.matches.c.item_id)
# Written once: to describe a statement costs SQLAlchemy as much as to run it.
_CARRYING = (
    select(func.count(OUTLET.distinct()).label("outlets"))
    .select_from(_joined)
    .where(_of_story)
    .group_by(func.coalesce(schema.matches.c.text_of, schema.matches.c.item_id))
    .subquery()
)
_SPAN = (
    select(
        func.min(schema.items.c.first_seen),
        func.max(schema.items.c.first_seen),
        func.count(OUTLET.distinct()),
        func.count(),
        select(func.max(_CARRYING.c.outlets)).scalar_subquery(),
    )
    .select_from(_joined)
    .where(_of_story)
)
SAME_TEXT = 2  # outlets with one text, from which on it is no longer one's own
CONTROL_FEED = "control-feed"  # as
MUTED_FEED = "feed-muted"  # as `alerts.deciding.policy` names the silence


class Stories:
    """The stories of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, first: Match, *, continues: int | None = None) -> int:
        """Store a story with its first match and return its id; `continues` is the older story that it continues."""
        statement = insert(self._connection, schema.stories).values(
            topic=first.topic,
            title=first.item.title,
            url=first.item.url,
            first_seen=first.item.first_seen,
            last_seen=first.item.first_seen,
            sources=0,
            size=0,
            continues=continues,
        )
        story_id: int = self._connection.execute(statement.returning(_stories.id)).scalar_one()
        return story_id

    def refresh(self, story_id: int, *, headline_item_id: int) -> None:
        """Bring a story's headline, span, outlets and size up to its matches."""
        span = self._connection.execute(_SPAN, {"story": story_id}).one()
        first_seen, last_seen, sources, size, copies = span
        headline = self._connection.execute(
            select(schema.items.c.title, schema.items.c.url).where(schema.items.c.id == headline_item_id)
        ).one()
        self._connection.execute(
            update(schema.stories)
            .where(_stories.id == story_id)
            .values(
                title=headline.title,
                url=headline.url,
                first_seen=first_seen,
                last_seen=last_seen,
                sources=sources,
                size=size,
                copies=copies if copies and copies >= SAME_TEXT else 0,
            )
        )

    def absorb(self, story_id: int, *, into: int) -> None:
        """Record that the owner merged a story, and those merged into it before, into another."""
        self._connection.execute(
            update(schema.stories)
            .where(or_(_stories.id == story_id, _stories.merged_into == story_id))
            .values(merged_into=into, due_at=None, sources=0, size=0, copies=0)
        )
        self._connection.execute(
            update(schema.stories).where(_stories.continues == story_id).values(continues=into)
        )
        self._connection.execute(
            update(schema.stories)
            .where(_stories.id == into, _stories.continues == into)
            .values(continues=None)
        )

    def schedule(self, story_id: int, *, due_at: datetime | None) -> None:
        """Set when the alert pass decides on the story next; None if it has nothing more to tell."""
        self._connection.execute(update(schema.stories).where(_stories.id == story_id).values(due_at=due_at))

    def hasten(self, feed_id: int, *, now: datetime) -> None:
        """Make waiting stories with items of a feed due now."""
        matches, items = schema.matches.c, schema.items.c
        of_feed = select(matches.story_id).join(schema.items, items.id == matches.item_id)
        of_feed = of_feed.where(items.feed_id == feed_id, matches.story_id.is_not(None))
        self._connection.execute(
            update(schema.stories).where(_stories.due_at > now, _stories.id.in_(of_feed)).values(due_at=now)
        )

    def requeue_for_articles(self, article_ids: Sequence[int], *, now: datetime) -> None:
        """Make the stories of these articles due: another feed brought them, after a muted or control feed had."""
        matches, silences = schema.matches.c, schema.silences.c
        for some in in_lists(article_ids):
            silenced = (
                select(matches.story_id)
                .join(schema.silences, silences.match_id == matches.id)
                .where(matches.article_id.in_(some), silences.reason.in_((MUTED_FEED, CONTROL_FEED)))
            )
            self._connection.execute(
                update(schema.stories).where(_stories.id.in_(silenced)).values(due_at=now)
            )

    def due(self, *, now: datetime, limit: int) -> list[Story]:
        """Return stories that may have news to tell, longest waiting first, for the one who decides on them now.

        A story that another is adding to at this moment is passed over; who adds to one of these waits, and makes it
        due again.
        """
        statement = (
            select(schema.stories).where(_stories.due_at <= now).order_by(_stories.due_at, _stories.id)
        )
        return self._load(statement.limit(limit).with_for_update(skip_locked=True))

    def get(self, story_ids: Sequence[int]) -> list[Story]:
        """Return these stories, oldest first."""
        found: list[Story] = []
        for some in in_lists(sorted(story_ids)):
            found += self._load(select(schema.stories).where(_stories.id.in_(some)).order_by(_stories.id))
        return found

    def next_due(self) -> datetime | None:
        """Return when the next story is due; None when none waits."""
        return self._connection.execute(select(func.min(_stories.due_at))).scalar()

    def waiting(self) -> list[Story]:
        """Return every story that waits for the alert pass, due or not."""
        return self._load(select(schema.stories).where(_stories.due_at.is_not(None)).order_by(_stories.id))

    def since(self, moment: datetime, *, topics: Sequence[str] | None = None) -> list[Story]:
        """Return stories with an item seen since a time, largest and newest first."""
        statement = select(schema.stories).where(_stories.last_seen >= moment, _stories.merged_into.is_(None))
        if topics is not None:
            statement = statement.where(_stories.topic.in_(topics))
        largest = _stories.sources.desc(), _stories.size.desc(), _stories.last_seen.desc(), _stories.id
        return self._load(statement.order_by(*largest))

    def latest(self, topic: str, *, limit: int) -> list[Story]:
        """Return the stories of a topic with the newest items, the newest first."""
        of_topic = select(schema.stories).where(_stories.topic == topic, _stories.merged_into.is_(None))
        return self._load(of_topic.order_by(_stories.last_seen.desc(), _stories.id.desc()).limit(limit))

    def count(self) -> int:
        """Return how many stories the database holds, without those merged into others."""
        current = select(func.count()).select_from(schema.stories).where(_stories.merged_into.is_(None))
        return self._connection.execute(current).scalar_one()

    def _load(self, statement: Select[Any]) -> list[Story]:
        return [story_of(row) for row in self._connection.execute(statement)]


def story_of(row: AnyRow) -> Story:
    """Return the story in a row of its table."""
    return Story(
        id=row.id,
        topic=row.topic,
        title=row.title,
        url=row.url,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        sources=row.sources,
        size=row.size,
        copies=row.copies,
        continues=row.continues,
        merged_into=row.merged_into,
    )
