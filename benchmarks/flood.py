"""A flood of alerts at full size: `python benchmarks/flood.py [--items 10000]`.

The matches arrive within a minute, each an event of its own, under a route with an hourly cap. The passes run once a
second. One channel has a digest; another has none and gets the remaining alerts hour by hour.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from alerts.alert import alert
from alerts.deciding.routing import Routing
from alerts.digest import digest
from monitor.matching.match import Matching, WatchedTopic
from monitor.polling.attribute import with_source
from monitor.polling.parsing.identity import identify
from monitor.service.cron import next_turn
from monitor.topics.judging.score import Judgement
from storage.database import Database
from storage.model import Channel, Message, Policy, Publication, Route, Updates, Why
from storage.stores.feeds import Subscription

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.topics.vocabulary.document import Document

START = datetime(2026, 3, 4, 12, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
TICKS = 60
CAP = 20
TOPIC = "flood"
OUTLETS = 100
PATIENCE = 48  # hours after which the run gives up on held alerts
ALERTS = ("story.new", "story.grew", "stories")
MAIL, HOOK, HOURLY = "desk", "hook", "hourly"
CHANNELS = {
    MAIL: Channel(name=MAIL, type="email", to=("desk@news.example",), sender="s@news.example"),
    HOOK: Channel(name=HOOK, type="webhook", url="http://x.example"),
    HOURLY: Channel(name=HOURLY, type="webhook", url="http://x.example"),
}


class TimedDatabase(Database):
    """A database that measures the CPU of its longest write transaction, by kind of work."""

    longest: dict[str, float]
    doing: str

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with super()._turn():
            began = time.thread_time()
            yield
            self.longest[self.doing] = max(self.longest[self.doing], time.thread_time() - began)


class Everything:
    """A judge that matches every item."""

    def judge(self, document: Document) -> dict[str, Judgement]:
        del document
        return {TOPIC: Judgement(score=0.9, why=(Why(term=TOPIC, weight=1.0, where="title"),))}


@dataclass(slots=True)
class Flood:
    """The result: messages by channel, and the CPU of each pass."""

    items: int
    messages: list[Message] = field(default_factory=list)
    alerts: Counter[str] = field(default_factory=Counter)  # by channel
    told: Counter[str] = field(default_factory=Counter)  # of them, those in a message
    seconds: Counter[str] = field(default_factory=Counter)
    longest: dict[str, float] = field(default_factory=dict)

    def of(self, channel: str, *kinds: str) -> list[Message]:
        """Return the channel's messages of these kinds, oldest first."""
        return [one for one in self.messages if one.channel == channel and one.kind in kinds]


def flood(path: Path, items: int) -> Flood:
    """Store the events within a minute and run the passes until nothing is held."""
    database = TimedDatabase.open(f"sqlite:///{path}")
    assert isinstance(database, TimedDatabase)
    database.longest, database.doing = defaultdict(float), "prepare"
    found = Flood(items=items, longest=database.longest)
    feeds = _subscribed(database)
    routing, matching = _routing(), Matching([WatchedTopic(name=TOPIC, text=TOPIC, hash=TOPIC)], Everything())

    def timed(doing: str, now: datetime) -> None:
        database.doing, began = doing, time.process_time()
        if doing == "match":
            matching.run(database, now=now)
        elif doing == "alert":
            alert(database, routing, now=now)
        else:
            digest(database, routing, next_turn=next_turn, now=now)
        found.seconds[doing] += time.process_time() - began

    timed("digest", START - HOUR)
    for tick in range(TICKS):
        now = START + tick * SECOND
        database.doing = "poll"
        _arrive(
            database, feeds[tick % OUTLETS], range(items * tick // TICKS, items * (tick + 1) // TICKS), now
        )
        timed("match", now)
        timed("alert", now)
    for hour in range(1, PATIENCE):
        timed("alert", START + hour * HOUR)
        timed("digest", START + hour * HOUR)
    _read(database, path, found)
    database.close()
    return found


def _read(database: Database, path: Path, found: Flood) -> None:
    with database.read() as ledger:
        postings = {posting.message.id: posting.message for posting in ledger.outbox.postings()}
    found.messages = sorted(postings.values(), key=lambda one: one.created_at)
    with closing(sqlite3.connect(path)) as rows:
        found.alerts = Counter(dict(rows.execute("SELECT channel, count(*) FROM alerts GROUP BY channel")))
        told = "SELECT channel, count(*) FROM alerts WHERE message_id IS NOT NULL GROUP BY channel"
        found.told = Counter(dict(rows.execute(told)))


def _subscribed(database: Database) -> list[int]:
    urls = [f"https://{number}.example/feed" for number in range(OUTLETS)]
    subscriptions = [
        Subscription(url=url, title=f"Outlet {number}", host=url, access_hash=None, interval=HOUR)
        for number, url in enumerate(urls)
    ]
    with database.write() as ledger:
        ledger.feeds.subscribe(subscriptions, now=START)
        return [feed.id for feed in ledger.feeds.named(urls)]


def _arrive(database: Database, feed_id: int, numbers: range, now: datetime) -> None:
    publications = [_publication(number) for number in numbers]
    items = [with_source(item, None, feed_id) for item in identify(publications)]
    with database.write() as ledger:
        ledger.items.add(feed_id, items, now=now, at_first_poll=False, gap_since=None)


def _publication(number: int) -> Publication:
    """Return an item that shares no word with another."""
    words = [f"{sound}{number}" for sound in ("orl", "vek", "tam", "bru", "sil", "gan")]
    return Publication(
        publisher_id=str(number),
        title=" ".join(words[:4]),
        summary=" ".join(words),
        url=f"https://news.example/{number}",
    )


def _routing() -> Routing:
    policy = Policy(
        group_wait=timedelta(0),
        updates=Updates.WHEN_IT_GROWS,
        max_per_hour=CAP,
        quiet=None,
        timezone=ZoneInfo("UTC"),
    )
    told = Route(name="alerts", topics=("*",), channels=(MAIL, HOOK, HOURLY), policy=policy)
    daily = Route(name="digest", topics=("*",), channels=(MAIL, HOOK), policy=policy, at="0 7 * * *")
    return Routing(channels=CHANNELS, routes=(told, daily))


def stories_in(message: Message) -> list[str]:
    """Return the stories of a webhook's body."""
    told = json.loads(message.body)["data"]
    return [one["story"]["id"] for one in told.get("stories", [told])]


def main() -> None:
    """Print the messages and the CPU time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=10_000)
    with tempfile.TemporaryDirectory() as folder:
        found = flood(Path(folder) / "ledger.db", parser.parse_args().items)
    for channel in CHANNELS:
        first = [one for one in found.of(channel, *ALERTS) if one.created_at < START + HOUR]
        later = [one for one in found.of(channel, *ALERTS) if one.created_at >= START + HOUR]
        digests = found.of(channel, "digest")
        largest = max((len(one.body) + len(one.html or b"") for one in digests), default=0)
        print(
            f"{channel:7} {found.alerts[channel]} alerts, {found.told[channel]} told; alert messages: {len(first)} in"
            f" the first hour, {len(later)} later; {len(digests)} digests, the largest {largest:,} bytes"
        )
    for doing, seconds in found.seconds.items():
        print(f"{doing:7} {seconds:6.1f} s of CPU, longest write {found.longest[doing] * 1000:6.0f} ms of it")


if __name__ == "__main__":
    main()
