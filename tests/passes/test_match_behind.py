"""Items of a single round are matched while other feeds are polled, with the same result."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Event

import pytest
from fakes import NOW, contents, store, subscribe
from newsroom import distinct

from monitor.config.settings import TopicConfig
from monitor.matching.configured import ConfiguredTopics, marks_in
from monitor.matching.match import SLICE
from monitor.matching.portion import Portion
from monitor.polling.record import Polled, RecordedItem
from monitor.service.match_behind import matching_behind
from storage.database import Database
from storage.engine.errors import DatabaseUnavailable
from storage.model import ItemStatus, Publication

FEED = "https://example.org/feed"
TOPIC = TopicConfig(name="police", query="police", path=Path("storywatch.toml"), line=1)
SECONDS = 60  # within which a thread matches two slices, on any machine


def stored(database: Database, *, at_first_poll: bool) -> Polled:
    """Store more than two slices of items on the topic, and return the poll of their feed."""
    subscribe(database, FEED)
    ids = store(database, *distinct(2 * SLICE + 5), feed=FEED, at_first_poll=at_first_poll)
    noted = tuple(
        RecordedItem(seen=ItemStatus.NEW, item_id=item_id, publication=Publication()) for item_id in ids
    )
    with database.read() as ledger:
        [feed] = ledger.feeds.named([FEED])
    return Polled(feed=feed, noted=noted)


def waiting(database: Database) -> int:
    with database.read() as ledger:
        return len(ledger.match_queue.first(limit=9_999))


class Topics(ConfiguredTopics):
    """Topics that tell when a part of the backlog is matched."""

    def __init__(self, database: Database) -> None:
        super().__init__([TOPIC], marks_in(database))
        self.came_to_backlog = Event()

    def match_backlog(self, database: Database, portion: Portion, *, now: datetime) -> bool:
        try:
            return super().match_backlog(database, portion, now=now)
        finally:
            self.came_to_backlog.set()


class BrokenTopics(Topics):
    def match_news(self, database: Database, *, now: datetime) -> None:
        del database, now
        self.came_to_backlog.set()
        raise DatabaseUnavailable("the disk is full")


async def behind_the_polls(topics: Topics, database: Database, polled: Polled) -> None:
    """Match as a round does while it polls."""
    async with matching_behind(topics, database, now=NOW) as behind:
        behind.note([polled])
        assert await asyncio.to_thread(topics.came_to_backlog.wait, SECONDS)


@pytest.mark.parametrize("at_first_poll", [False, True])
def test_items_matched_behind_the_polls_are_grouped_as_all_at_once(
    sqlite_database: Database, tmp_path: Path, *, at_first_poll: bool
) -> None:
    """Every row is the same, and nothing is grouped before the polls have ended."""
    polled = stored(sqlite_database, at_first_poll=at_first_poll)
    sqlite_database.copy_to(tmp_path / "other.db")
    topics = Topics(sqlite_database)
    asyncio.run(behind_the_polls(topics, sqlite_database, polled))
    assert waiting(sqlite_database) == 0
    assert not contents(sqlite_database)["stories"]
    topics.run(sqlite_database, now=NOW)
    with closing(Database.open(f"sqlite:///{tmp_path / 'other.db'}")) as other:
        Topics(other).run(other, now=NOW)
        assert contents(sqlite_database) == contents(other)
    assert contents(sqlite_database)["stories"]


def test_an_error_of_matching_ends_the_round(sqlite_database: Database) -> None:
    """It is raised after the polls, as an error of the match pass is."""
    polled = stored(sqlite_database, at_first_poll=True)

    with pytest.raises(DatabaseUnavailable):
        asyncio.run(behind_the_polls(BrokenTopics(sqlite_database), sqlite_database, polled))
