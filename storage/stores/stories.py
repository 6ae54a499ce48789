"""Stories: the items of one event within a topic, and when the alert pass decides on each."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, or_, select, update

from storage import schema
from storage.engine.sql import AnyRow, in_lists, new_ids
from storage.model import Match, Story
from storage.model.value import value
from storage.stores.headlines import Headlines
from storage.stores.story_counts import StoryCounts, counts_of, recounts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

_stories = schema.stories.c
# Written once: to describe a statement costs SQLAlchemy as much as to run it.
_OPEN = insert(schema.stories)
_TAKEN = select(_stories.id).where(_stories.id.in_(bindparam("stories", expanding=True))).limit(1)
_GROW = (
    update(schema.stories)
    .where(_stories.id == bindparam("story"))
    .values(
        title=bindparam("headline"),
        url=bindparam("link"),
        first_seen=bindparam("first"),
        last_seen=bindparam("last"),
        sources=bindparam("outlets"),
        size=bindparam("items"),
        copies=bindparam("same_text"),
        due_at=func.coalesce(bindparam("due", type_=_stories.due_at.type), _stories.due_at),
    )
)
_SCHEDULE = update(schema.stories).where(_stories.id == bindparam("story")).values(due_at=bindparam("due"))
CONTROL_FEED = "control-feed"  # as
MUTED_FEED = "feed-muted"  # as `alerts.deciding.policy` names the silence


@value
class NewStory:
    """A story to store, with its first match; `continues` is the older story that it continues."""

    id: int
    first: Match
    continues: int | None = None


@value
class GrownStory:
    """A story that gained items: its headline item, its counts, and when it is due if it has news."""

    headline_item_id: int
    counts: StoryCounts
    due_at: datetime | None = None


@value
class DueStory:
    """A story that waits for the alert pass since `due_at`, as it was then."""

    story: Story
    due_at: datetime


class Stories:
    """The stories of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, first: Match, *, continues: int | None = None) -> int:
        """Store a story with its first match and return its id; `continues` is the older story that it continues."""
        story_id = next(self.next_ids())
        self.open_all([NewStory(id=story_id, first=first, continues=continues)])
        return story_id

    def next_ids(self) -> Iterator[int]:
        """Yield ids for new stories, ascending. On SQLite they are not reserved: ask `are_free` before they are stored.

        A server reserves one id, then as many as it gave before: few statements for many stories, no gap after one.
        """
        given = 0
        while self._connection.dialect.name == "postgresql":
            reserved = new_ids(self._connection, schema.stories, given or 1)
            given += len(reserved)
            yield from reserved
        yield from count(new_ids(self._connection, schema.stories, 1)[0])

    def are_free(self, story_ids: Sequence[int]) -> bool:
        """Return whether no story has one of these ids."""
        return not any(
            self._connection.execute(_TAKEN, {"stories": some}).first() for some in in_lists(story_ids)
        )

    def open_all(self, opened: Sequence[NewStory]) -> None:
        """Store stories without items; those are placed next."""
        if opened:
            self._connection.execute(_OPEN, [_row_of(one) for one in opened])

    def counts(self, story_ids: Sequence[int]) -> dict[int, StoryCounts]:
        """Return the counts of stories from their rows."""
        return counts_of(self._connection, story_ids)

    def recounts(self, story_ids: Sequence[int]) -> dict[int, int]:
        """Return how often each story was counted anew."""
        return recounts_of(self._connection, story_ids)

    def grow(self, grown: Mapping[int, GrownStory]) -> None:
        """Store the headlines and counts of stories, and when those with news are due."""
        headlines = Headlines(self._connection).of_items({one.headline_item_id for one in grown.values()})
        rows = [
            {
                "story": story_id,
                "headline": headlines[one.headline_item_id].title,
                "link": headlines[one.headline_item_id].url,
                "first": one.counts.first_seen,
                "last": one.counts.last_seen,
                "outlets": one.counts.sources,
                "items": one.counts.size,
                "same_text": one.counts.copies,
                "due": one.due_at,
            }
            for story_id, one in sorted(grown.items())
        ]
        if rows:
            self._connection.execute(_GROW, rows)

    def refresh(self, story_id: int, *, headline_item_id: int) -> None:
        """Compute a story's headline, span, outlets and size anew from its matches."""
        counts = self.counts([story_id])[story_id]
        self.grow({story_id: GrownStory(headline_item_id=headline_item_id, counts=counts)})

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

    def schedule(self, due: Mapping[int, datetime | None]) -> None:
        """Set when the alert pass decides on stories next, by id; None if a story has nothing more to tell."""
        if due:
            rows = [{"story": story_id, "due": due_at} for story_id, due_at in due.items()]
            self._connection.execute(_SCHEDULE, rows)

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

    def due(self, *, now: datetime, limit: int) -> list[DueStory]:
        """Return stories that may have news to tell, longest waiting first."""
        statement = (
            select(schema.stories).where(_stories.due_at <= now).order_by(_stories.due_at, _stories.id)
        )
        return [_due_story(row) for row in self._connection.execute(statement.limit(limit))]

    def take(self, due: Sequence[DueStory]) -> list[DueStory]:
        """Return which of these stories are as they were, and lock them for the one who decides on them now.

        A story that another is adding to at this moment is passed over; who adds to one of these waits, and makes it
        due again.
        """
        ids = [one.story.id for one in due]
        statement = select(schema.stories).where(_stories.id.in_(ids)).with_for_update(skip_locked=True)
        now = [_due_story(row) for row in self._connection.execute(statement)]
        return [one for one in due if one in now]

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


def _row_of(opened: NewStory) -> dict[str, Any]:
    item = opened.first.item
    return {
        "id": opened.id,
        "topic": opened.first.topic,
        "title": item.title,
        "url": item.url,
        "first_seen": item.first_seen,
        "last_seen": item.first_seen,
        "sources": 0,
        "size": 0,
        "continues": opened.continues,
    }


def _due_story(row: AnyRow) -> DueStory:
    return DueStory(story=story_of(row), due_at=row.due_at)


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
