"""Feeds polled over real HTTP with a clock that the test sets, and the resulting events for operators.

with a_watch(tmp_path) as watch:
    watch.serve("/feed", ok(document("a")))
    watch.subscribe("/feed")
    watch.poll()
    watch.later(DAY)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hostile import Request, Route, rules, serving

from alerts.deciding.routing import Routing
from monitor.polling.feed_state.schedule import Bounds
from monitor.polling.http.fetch import Fetcher
from monitor.polling.http.outcome import ParseFailure
from monitor.polling.notify_operators import report
from monitor.polling.parsing.read_body import ReadFeed, read_document
from monitor.polling.poll import Polling
from monitor.polling.poll_rules import PollRules
from monitor.polling.record import Polled
from storage.database import Database
from storage.model import Channel, Feed
from storage.stores.feeds import Subscription

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BOUNDS = Bounds()


class ReadHere:
    """Reads bodies in this process, and counts them."""

    def __init__(self) -> None:
        self.reads = 0

    async def read(
        self, body: bytes, *, url: str, headers: Mapping[str, str], now: datetime, **_: Any
    ) -> ReadFeed | ParseFailure:
        self.reads += 1
        return read_document(body, url=url, headers=headers, now=now)


def document(*ids: str, **channel: str) -> bytes:
    """Return a feed with an item of each id, titled after it, and these elements of its channel."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{ident}</guid><title>About {ident}</title></item>" for ident in ids
    )
    said = "".join(f"<{name}>{value}</{name}>" for name, value in channel.items())
    return f"<rss version='2.0'><channel><title>Harbour Post</title>{said}{items}</channel></rss>".encode()


class Watch:
    """A database, a server whose routes may change, and a clock."""

    def __init__(self, database: Database, *, bounds: Bounds = BOUNDS) -> None:
        self.database = database
        self.routes: dict[str, Route] = {}
        self.now = NOON
        self.requests: list[tuple[datetime, Request]] = []
        self.parsers = ReadHere()
        self.port = 0
        self.bounds = bounds
        self.routing = Routing(
            channels={"hook": Channel(name="hook", type="webhook")}, routes=(), operators=("hook",)
        )

    def serve(self, path: str, route: Route | None) -> None:
        """Serve this answer at a path from now on; None means 404."""
        if route is None:
            self.routes.pop(path, None)
        else:
            self.routes[path] = route

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def subscribe(self, *paths: str) -> None:
        """Make the feeds at these paths the subscribed ones; a whole URL is used as it is."""
        urls = [path if "://" in path else self.url(path) for path in paths]
        subscriptions = [
            Subscription(url=url, title="", host=url.split("/")[2], access_hash=None, interval=HOUR)
            for url in urls
        ]
        with self.database.write() as ledger:
            ledger.feeds.subscribe(subscriptions, now=self.now)

    def feed(self, path: str = "/feed") -> Feed:
        with self.database.read() as ledger:
            [found] = ledger.feeds.named([self.url(path)])
        return found

    def poll(self, *, answering: bool = True) -> list[Polled]:
        """Run the poll pass and the report pass once, each as a newly started process would."""
        polled = asyncio.run(self._poll(answering=answering))
        report(self.database, self.routing, now=self.now)
        return polled

    async def _poll(self, *, answering: bool) -> list[Polled]:
        poll_rules = PollRules(bounds=self.bounds, concurrency=50, host_delay=timedelta(0))
        async with Fetcher(rules()) as fetcher:
            polling = Polling(
                database=self.database,
                fetcher=fetcher,
                parsers=self.parsers,  # type: ignore[arg-type]
                rules=poll_rules,
                access={},
                clock=lambda: self.now,
            )
            if not answering:
                return await polling.run(now=self.now)
            async with serving(self.routes, port=self.port) as server:
                polled = await polling.run(now=self.now)
                self.requests += [(self.now, request) for request in server.requests]
        return polled

    def later(self, span: timedelta) -> None:
        """Advance the clock."""
        self.now += span

    def until_due(self, path: str = "/feed") -> None:
        """Advance the clock to the time when a feed is due."""
        self.now = max(self.now, self.feed(path).next_poll)

    def through(self, span: timedelta, *, step: timedelta = MINUTE, answering: bool = True) -> None:
        """Run every poll that is due within a span of time, at the time it is due."""
        end = self.now + span
        while True:
            with self.database.read() as ledger:
                due = ledger.feeds.next_due()
            if due is None or due > end:
                break
            self.now = max(due, self.now + (step if due <= self.now else timedelta(0)))
            self.poll(answering=answering)
        self.now = end

    def told(self) -> list[str]:
        """Return the kinds of all events reported to the operators, in order."""
        return [str(message["type"]) for message in self.messages()]

    def messages(self) -> list[dict[str, Any]]:
        """Return the bodies of all messages to the operators, in order."""
        with self.database.read() as ledger:
            postings = sorted(ledger.outbox.postings(), key=lambda one: one.delivery.created_at)
        return [json.loads(posting.message.body) for posting in postings]

    def items(self) -> int:
        with self.database.read() as ledger:
            return ledger.items.count()


@contextmanager
def a_watch(folder: Path, **given: Any) -> Iterator[Watch]:
    """Open a watch on a database of its own, with a known server port."""
    database = Database.open(f"sqlite:///{folder / 'ledger.db'}")
    watch = Watch(database, **given)
    asyncio.run(_find_port(watch))
    yield watch
    database.close()


async def _find_port(watch: Watch) -> None:
    async with serving({}) as server:
        watch.port = server.port
