"""Replays archived feed bodies through every pass but deliver, with the clock set to each body's time.

    for decision in replay(archived(folder), routing, matching):
        ...

An archive has a folder for each feed, with files named by the time of the fetch: `20210518T093000Z.xml`.
All feeds are merged by time. The database is temporary.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alerts.alert import alert
from monitor.polling.feed_state.schedule import Bounds
from monitor.polling.feed_state.transition import body_hash
from monitor.polling.http.outcome import Fetched, ParseFailure
from monitor.polling.parsing.read_body import read_document
from monitor.polling.record import Received, record
from monitor.views.replayed import FeedTally, ReplaySummary, read_replayed_alert, read_replayed_items
from storage.database import Database
from storage.model import ItemStatus, Validators
from storage.stores.feeds import Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from alerts.deciding.routing import Routing
    from monitor.matching.match import Matching
    from monitor.views.replayed import Replayed, ReplayedAlert, ReplayedItem
    from storage.model import Feed
    from storage.stores.alerts import Alert

_TIME = re.compile(r"(\d{8}T\d{6}Z)")
OK = 200
HOUR = timedelta(hours=1)


class ReplayError(ValueError):
    """A folder that is not an archive; the message describes an archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One archived body: its feed, the time of the fetch, and its path."""

    feed: str
    at: datetime
    path: Path


def archived(folder: Path) -> list[Body]:
    """Return the bodies of an archive, oldest first.

    Raises:
        ReplayError: there is none.
    """
    bodies = []
    for path in folder.glob("*/*"):
        named = _TIME.match(path.name)
        if named and path.is_file():
            at = datetime.strptime(named[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            bodies.append(Body(feed=path.parent.name, at=at, path=path))
    if not bodies:
        raise ReplayError(
            f"{folder}: no archived bodies; it should hold FEED/20210518T093000Z.xml and the like"
        )
    return sorted(bodies, key=lambda body: (body.at, body.feed, body.path.name))


def replay(
    bodies: list[Body], routing: Routing, matching: Matching, *, done: Callable[[int], None] = lambda _: None
) -> Iterator[Replayed]:
    """Yield every decision on an item, every alert, and finally a summary.

    `done` is called after every body.
    """
    with _scratch_ledger() as database:
        stage = _Replay(database, routing, matching)
        stage.subscribe(bodies)
        for body in bodies:
            yield from stage.alerts_until(body.at)
            yield from stage.poll(body)
            done(1)
        yield from stage.alerts_until(None)
        yield stage.summary(len(bodies))


@contextmanager
def _scratch_ledger() -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="storywatch-replay-") as folder:
        database = Database.open(f"sqlite:///{folder}/ledger.db")
        try:
            yield database
        finally:
            database.close()


class _Replay:
    """A replay under way: its database and the alerts so far."""

    def __init__(self, database: Database, routing: Routing, matching: Matching) -> None:
        self._database = database
        self._routing = routing
        self._matching = matching
        self._shown: set[int] = set()
        self._alerts = 0
        self._parsed = 0
        self._feeds: dict[str, Counter[str]] = {}

    def subscribe(self, bodies: list[Body]) -> None:
        names = sorted({body.feed for body in bodies})
        self._feeds = {name: Counter(items=0, revisions=0, errors=0) for name in names}
        subscriptions = [
            Subscription(url=name, title=name, host=name, access_hash=None, interval=HOUR) for name in names
        ]
        with self._database.write() as ledger:
            ledger.feeds.subscribe(subscriptions, now=bodies[0].at)

    def poll(self, body: Body) -> Iterator[ReplayedItem | ReplayedAlert]:
        """Poll, match and alert at a body's time, and yield the decisions."""
        with self._database.write() as ledger:
            [feed] = ledger.feeds.named([body.feed])
            [polled] = record(ledger, [self._received(feed, body)], now=body.at, backfill=False)
        self._matching.run(self._database, now=body.at)
        counts = self._feeds[body.feed]
        counts["errors"] += polled.failed
        with self._database.read() as ledger:
            for item in read_replayed_items(ledger, polled.noted, feed=body.feed, at=body.at):
                counts["items"] += item.status in {ItemStatus.NEW, ItemStatus.FIRST_POLL}
                counts["revisions"] += item.status is ItemStatus.REVISION
                yield item
        yield from self._alert(body.at)

    def _received(self, feed: Feed, body: Body) -> Received:
        content = body.path.read_bytes()
        fetched = Fetched(
            body=content, url=f"https://{body.feed}.invalid/", status=OK, validators=Validators(), headers={}
        )
        read = None
        if body_hash(content) != feed.body_hash:
            read = read_document(content, url=fetched.url, headers={}, now=body.at)
            self._parsed += not isinstance(read, ParseFailure)
        return Received(feed=feed, outcome=fetched, read=read, bounds=Bounds())

    def alerts_until(self, moment: datetime | None) -> Iterator[ReplayedAlert]:
        """Run the alert pass at every due time up to a time; None: to the end."""
        while True:
            with self._database.read() as ledger:
                waits = [due for due in (ledger.stories.next_due(), ledger.alerts.next_release()) if due]
            due = min(waits, default=None)
            if due is None or (moment is not None and due > moment):
                return
            yield from self._alert(due)

    def _alert(self, now: datetime) -> Iterator[ReplayedAlert]:
        alert(self._database, self._routing, now=now)
        with self._database.read() as ledger:
            fresh = [one for one in ledger.alerts.in_messages_of(now) if one.id not in self._shown]
            for one in fresh:
                self._shown.add(one.id)
                if one.channel == self._first_channel(one):
                    self._alerts += 1
                    yield read_replayed_alert(ledger, one, at=now)

    def _first_channel(self, one: Alert) -> str:
        """Return the channel whose alerts are shown: a decision is shown once, not for each copy of it."""
        return next(name for route in self._routing.alert_routes(one.topic) for name in route.channels)

    def summary(self, bodies: int) -> ReplaySummary:
        with self._database.read() as ledger:
            return ReplaySummary(
                bodies=bodies,
                parsed=self._parsed,
                items=ledger.items.count(),
                matches=ledger.matches.count(),
                stories=ledger.stories.count(),
                alerts=self._alerts,
                feeds={name: FeedTally(**counts) for name, counts in self._feeds.items()},
            )
