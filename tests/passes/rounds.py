"""Shared parts of the polling tests: rounds over a fake network, and the resulting rows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from fakes import (
    NOW,
    FakeFetcher,
    a_polling,
)

from monitor.polling.http.outcome import Outcome
from monitor.polling.poll import Polling
from monitor.polling.record import Polled
from storage.database import Database, Ledger
from storage.model import Feed

FEED = "https://example.org/feed"
TITLE = "Council pauses face recognition"


def poll(polling: Polling, now: datetime = NOW) -> list[Polled]:
    """Run a round, and return what was stored, with the items."""
    stored: list[Polled] = []
    polling.on_stored = stored.extend
    asyncio.run(polling.run(now=now))
    return stored


def poll_once(database: Database, answer: Outcome, now: datetime = NOW, **given: object) -> Polled:
    """Poll the one feed as a newly started process would."""
    [polled] = poll(a_polling(database, FakeFetcher({FEED: answer}), **given), now)
    return polled


def seen(polled: Polled) -> list[tuple[str, str]]:
    return [(str(noted.seen), str(noted.publication.publisher_id)) for noted in polled.noted]


def feed_of(database: Database, url: str = FEED) -> Feed:
    with database.read() as ledger:
        return ledger.feeds.named([url])[0]


def waiting(database: Database) -> list[tuple[str, bool]]:
    with database.read() as ledger:
        items = ledger.match_queue.first(limit=9_999)
    return [(item.title, item.at_first_poll) for item in items]


class Killed(BaseException):
    """The process was killed."""


class DoomedDatabase:
    """A database whose writer dies after its last statement and before its commit."""

    def __init__(self, database: Database) -> None:
        self.read = database.read
        self.prove_writable = database.prove_writable
        self._database = database

    @contextmanager
    def write(self) -> Iterator[Ledger]:
        with self._database.write() as ledger:
            yield ledger
            raise Killed
