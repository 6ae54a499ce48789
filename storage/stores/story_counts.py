"""The counts of stories: kept by the process that groups, where they grow with each item, or read from rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update

from storage import schema
from storage.engine.engines import take_turns
from storage.engine.sql import in_lists
from storage.model.value import value
from storage.stores.item_rows import OUTLET

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_items, _matches, _stories = schema.items.c, schema.matches.c, schema.stories.c
SAME_TEXT = 2  # outlets with the same text, from which the text counts as an agency's
_MEMBERS = (
    select(
        _matches.story_id,
        func.coalesce(_matches.text_of, _matches.item_id).label("text"),
        OUTLET.label("outlet"),
        _items.first_seen,
    )
    .join_from(schema.matches, schema.items, _items.id == _matches.item_id)
    .where(_matches.story_id.in_(bindparam("stories", expanding=True)))
)
_RECOUNTS = select(_stories.id, _stories.recounts).where(
    _stories.id.in_(bindparam("stories", expanding=True))
)


@value
class CountedItem:
    """An item of a story as far as it is counted; `text` is the first item of the story with the same text."""

    outlet: str
    text: int
    first_seen: datetime


@dataclass(slots=True)
class StoryCounts:
    """The span, size and outlets of a story. They grow item by item, in any order.

    `recounts` says how often the story was counted anew: counts in memory with another number are out of date.
    """

    recounts: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    size: int = 0
    _outlets: set[str] = field(default_factory=set)
    _carrying: dict[int, set[str]] = field(default_factory=dict)  # by text: the outlets
    _most: int = 0

    def add(self, item: CountedItem) -> None:
        """Count an item that joins the story."""
        self.size += 1
        self.first_seen = min(self.first_seen or item.first_seen, item.first_seen)
        self.last_seen = max(self.last_seen or item.first_seen, item.first_seen)
        self._outlets.add(item.outlet)
        carrying = self._carrying.setdefault(item.text, set())
        carrying.add(item.outlet)
        self._most = max(self._most, len(carrying))

    @property
    def sources(self) -> int:
        """The number of outlets of the story."""
        return len(self._outlets)

    @property
    def copies(self) -> int:
        """The number of outlets with the same text; 0 if each has its own."""
        return self._most if self._most >= SAME_TEXT else 0


def stories_turn(topic: str) -> str:
    """Return the turn that serialises grouping a topic's matches, correcting its stories and counting them anew."""
    return f"stories of {topic}"


def counts_of(connection: Connection, story_ids: Sequence[int]) -> dict[int, StoryCounts]:
    """Return the counts of stories from their rows."""
    found: dict[int, StoryCounts] = {}
    for some in in_lists(story_ids):
        for row in connection.execute(_RECOUNTS, {"stories": some}):
            found[row.id] = StoryCounts(recounts=row.recounts)
        for row in connection.execute(_MEMBERS, {"stories": some}):
            found[row.story_id].add(CountedItem(outlet=row.outlet, text=row.text, first_seen=row.first_seen))
    return found


def recounts_of(connection: Connection, story_ids: Sequence[int]) -> dict[int, int]:
    """Return how often each story was counted anew."""
    found: dict[int, int] = {}
    for some in in_lists(story_ids):
        found |= {row.id: row.recounts for row in connection.execute(_RECOUNTS, {"stories": some})}
    return found


def count_again(connection: Connection, item_ids: Sequence[int]) -> list[int]:
    """Count the stories of items anew whose outlets changed, and return these stories.

    Processes with counts in memory see it by `recounts`. Takes the turn of each topic: a story that is gaining one of the items at this moment has it, or reads the new outlet.
    """
    topics, touched = set[str](), set[int]()
    for some in in_lists(item_ids):
        of_items = select(_matches.topic).where(_matches.item_id.in_(some)).distinct()
        topics |= set(connection.execute(of_items).scalars())
    if connection.dialect.name == "postgresql":
        take_turns(connection, [stories_turn(topic) for topic in sorted(topics)])
    for some in in_lists(item_ids):
        grouped = select(_matches.story_id).where(_matches.item_id.in_(some), _matches.story_id.is_not(None))
        touched |= set(connection.execute(grouped.distinct()).scalars())
    rows = [
        {"story": story_id, "outlets": counts.sources, "same_text": counts.copies}
        for story_id, counts in counts_of(connection, sorted(touched)).items()
    ]
    if rows:
        recounted = update(schema.stories).where(_stories.id == bindparam("story"))
        connection.execute(
            recounted.values(
                sources=bindparam("outlets"),
                copies=bindparam("same_text"),
                recounts=_stories.recounts + 1,
            ),
            rows,
        )
    return sorted(touched)
