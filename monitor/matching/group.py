"""Groups the waiting matches of a topic into stories, in the order (first seen, item id), which is stored.

The index of a topic is a cache, built from the window's rows including the owner's corrections. So grouping is the same
after a restart, and a correction made while a daemon runs counts from the next item on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from alerts.deciding.policy import BEFORE_TOPIC, FIRST_POLL
from monitor.matching.item_document import document_of, story_time
from monitor.stories.continuation import BEGINNING, REMEMBERED
from monitor.stories.index import WINDOW, StoryIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from storage.database import Database, Ledger
    from storage.model import Match
    from storage.stores.matches import Grouped

SLICE = 25  # matches per transaction, which so stays under 100 ms even under load
EVERY_CHANNEL = "*"
PAGE_PATIENCE = timedelta(minutes=3)  # after this an item is grouped without its page
MayStore: TypeAlias = "Callable[[Ledger], bool]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """A topic's story index: it holds everything since a time, and reflects corrections up to a number."""

    stories: StoryIndex
    since: datetime
    built_at: datetime
    corrected: int
    position: int  # position of the match grouped last

    def holds(self, *, since: datetime, corrected: int, last: int, now: datetime) -> bool:
        """Return whether it reaches back far enough and agrees with the stored order; its last item may be pruned."""
        is_old = now - self.built_at > WINDOW
        return self.since <= since and self.corrected == corrected and self.position <= last and not is_old


def turn_of(topic: str) -> str:
    """Return the turn that serialises grouping a topic's matches and correcting its stories."""
    return f"stories of {topic}"


class Grouping:
    """The story index of each topic."""

    def __init__(self) -> None:
        self._indexes: dict[str, _Index] = {}

    def run(self, database: Database, topic: str, *, now: datetime, may_store: MayStore) -> set[int]:
        """Put every waiting match of a topic into a story; return these stories.

        Only one process at a time may group a topic: each transaction asks `may_store` whether this one still may.
        """
        touched: set[int] = set()
        try:
            while (grouped := self._slice(database, topic, now=now, may_store=may_store)) is not None:
                touched |= grouped
        except BaseException:
            self._indexes.pop(topic, None)  # it may contain items whose transaction was rolled back
            raise
        return touched

    def _slice(
        self, database: Database, topic: str, *, now: datetime, may_store: MayStore
    ) -> set[int] | None:
        """Group some of the topic's waiting matches; return their stories, None if none is left or another process groups it."""
        with (
            database.read() as ledger
        ):  # building an index may take seconds, too long for a write transaction
            waiting = ledger.matches.ungrouped(topic, limit=SLICE, pages_since=now - PAGE_PATIENCE)
            if not waiting:
                return None
            index = self._index(ledger, topic, waiting, now=now)
        with database.write(turn_of(topic)) as ledger:
            if not may_store(ledger):
                return None
            if ledger.corrections.latest(topic) != index.corrected:
                return set()  # the owner moved items meanwhile: read them again
            grouped = _group(ledger, index.stories, waiting, now=now)
        self._indexes[topic] = replace(index, position=index.position + len(waiting))
        return grouped

    def _index(self, ledger: Ledger, topic: str, waiting: Sequence[Match], *, now: datetime) -> _Index:
        """Return the topic's index; build it from rows if it is missing or does not reach back far enough."""
        since = min(story_time(match.item) for match in waiting) - WINDOW
        corrected = ledger.corrections.latest(topic)
        last = ledger.matches.last_position(topic)
        held = self._indexes.get(topic)
        # Now and then the index is rebuilt, since it only grows.
        if held is None or not held.holds(since=since, corrected=corrected, last=last, now=now):
            rows = ledger.matches.window(topic, since=since)
            index = StoryIndex(earlier=last - len(rows))
            held = _Index(stories=index, since=since, built_at=now, corrected=corrected, position=last)
            for grouped in ledger.matches.beginnings(topic, stories=REMEMBERED, items=BEGINNING):
                held.stories.remember(document_of(grouped.match.item), grouped.story_id)
            _fill(held.stories, rows)
        elif held.position < last:  # other processes grouped the topic meanwhile
            _fill(held.stories, ledger.matches.grouped_after(topic, held.position))
        self._indexes[topic] = replace(held, position=last)
        return self._indexes[topic]


def _fill(stories: StoryIndex, rows: Sequence[Grouped]) -> None:
    for grouped in rows:
        item = grouped.match.item
        text_of = None if grouped.match.text_of is None else str(grouped.match.text_of)
        stories.add(document_of(item), story_time(item), grouped.story_id, text_of=text_of)


def _group(ledger: Ledger, index: StoryIndex, waiting: Sequence[Match], *, now: datetime) -> set[int]:
    """Put matches into stories, in their order; return these stories."""
    news: dict[int, bool] = {}
    for match in waiting:
        story_id = _place(ledger, index, match)
        news[story_id] = news.get(story_id, False) or not match.is_backlog
    _record_silences(ledger, [match for match in waiting if match.is_backlog], now=now)
    for story_id, has_news in news.items():
        ledger.stories.refresh(story_id, headline_item_id=int(index.headline(story_id)))
        if has_news:
            ledger.stories.schedule(story_id, due_at=now)
    return set(news)


def _record_silences(ledger: Ledger, backlog: Sequence[Match], *, now: datetime) -> None:
    """Record why items from before the topic are not alerted."""
    for reason, at_first_poll in ((FIRST_POLL, True), (BEFORE_TOPIC, False)):
        silent = [match.id for match in backlog if match.item.at_first_poll is at_first_poll]
        ledger.alerts.record_silence(silent, channel=EVERY_CHANNEL, reason=reason, now=now)


def _place(ledger: Ledger, index: StoryIndex, match: Match) -> int:
    document, at = document_of(match.item), story_time(match.item)
    placement = index.find(document, at)
    story_id = (
        placement.story if placement else ledger.stories.open(match, continues=index.continued(document))
    )
    text_of = index.text_of(document, placement) if placement else None
    ledger.matches.place(match, story_id=story_id, text_of=None if text_of is None else int(text_of))
    index.add(document, at, story_id, text_of=text_of)
    return story_id
