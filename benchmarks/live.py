"""The live pass under load: `python benchmarks/live.py [--stream story|broad|bench] [--server URL]`.

Items are matched, grouped and decided on in rounds, as a daemon does it. Three streams of invented items: one story of
9,800 items; a broad topic that takes 16,600 of 40,000 items, which arrive at once; and the items of
`benchmarks/stories.py`, all on one topic.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent.parent))

from alerts.alert import alert
from alerts.deciding.routing import Routing
from benchmarks.stories import invented
from monitor.matching.match import Matching, WatchedTopic
from monitor.matching.portion import Portion
from monitor.polling.attribute import with_source
from monitor.polling.parsing.identity import identify
from monitor.topics.judging.score import Judgement
from monitor.topics.vocabulary.document import Document
from storage.database import Database
from storage.model import Channel, Policy, Publication, Route, Updates, Why
from storage.stores.feeds import Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


START = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = 5
OUTLETS = 300
TOPIC = "live"
STORED = 400  # items a transaction, from so many feeds:
PARTS = 8
REPORTED = 10  # rounds between two printed lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A stream of invented items: how many, how many arrive at once, and which of them are on the topic."""

    items: int
    at_once: int
    made: Callable[[int], Iterator[Document]]
    matches: Callable[[str], bool] = bool


def one_story(items: int) -> Iterator[Document]:
    """Yield items of one event; every third repeats an earlier one, as copies of an agency's text do."""
    rng, told = random.Random(7), list[Document]()
    wording = [word for document in invented(400) for word in document.summary.split()[4:]]
    names = ["Orlvek", "Tambrusil", "Ganderol", "Silbrut"]
    facts = rng.sample(wording, 40)
    for number in range(items):
        if told and number % 3 == 0:
            title, summary = (copied := rng.choice(told[-50:])).title, copied.summary
        else:
            title = " ".join([*names[:2], *rng.sample(facts, 5), *rng.sample(wording, 3)])
            summary = " ".join([*names, *rng.sample(facts, 15), *rng.sample(wording, 26)])
        told.append(Document(id=str(number), title=title, summary=summary))
        yield told[-1]


STREAMS = {
    "story": Stream(items=9_800, at_once=200, made=one_story),
    "broad": Stream(
        items=40_000,
        at_once=40_000,
        made=invented,
        matches=lambda title: sum(title.encode()) % 1000 < 415,  # noqa: PLR2004 (16,600 of 40,000)
    ),
    "bench": Stream(items=10_000, at_once=200, made=invented),
}


class TimedDatabase(Database):
    """A database that measures its longest write transaction by kind of work, in seconds of CPU and by the clock."""

    doing: str
    longest: dict[str, tuple[float, float]]

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Measure a write transaction, and keep its times if they are the longest."""
        with super()._turn():
            cpu, wall = time.thread_time(), time.perf_counter()
            yield
            spent = time.thread_time() - cpu, time.perf_counter() - wall
            self.longest[self.doing] = max(self.longest.get(self.doing, (0.0, 0.0)), spent)


class Judge:
    """A judge without costs of its own: the pass around it is measured."""

    def __init__(self, matches: Callable[[str], bool]) -> None:
        self._matches = matches

    def judge(self, document: Document) -> dict[str, Judgement]:
        """Return a match, or nothing."""
        if not self._matches(document.title):
            return {}
        return {TOPIC: Judgement(score=0.9, why=(Why(term="orlvek", weight=1.0, where="title"),))}

    def is_near(self, document: Document) -> bool:
        """Return False: no head of a page is wanted."""
        del document
        return False


@dataclass(slots=True)
class Spent:
    """Seconds of CPU and by the clock, by kind of work."""

    cpu: dict[str, float] = field(default_factory=dict)
    wall: dict[str, float] = field(default_factory=dict)

    def add(self, doing: str, cpu: float, wall: float) -> None:
        """Add some."""
        self.cpu[doing] = self.cpu.get(doing, 0.0) + cpu
        self.wall[doing] = self.wall.get(doing, 0.0) + wall


def live(name: str, url: str, items: int | None) -> None:
    """Let a stream arrive round by round, run the passes after each, and print what they cost."""
    stream = STREAMS[name]
    count = items or stream.items
    database = TimedDatabase.open(url)
    assert isinstance(database, TimedDatabase)
    database.doing, database.longest = "prepare", {}
    feeds = subscribed(database)
    matching = Matching([WatchedTopic(name=TOPIC, text=TOPIC, hash=TOPIC)], Judge(stream.matches))
    routing, spent, documents = _routing(), Spent(), stream.made(count)
    matching.watch(database, now=START - HOUR)
    at_once = min(stream.at_once, count)
    rounds, matched = count // at_once, 0
    reported, matched_then = Spent(), 0
    for number in range(rounds):
        now = START + number * timedelta(days=DAYS) / rounds
        with timed(database, spent, "store"):
            arrive(database, feeds, [next(documents) for _ in range(at_once)], number, now)
        with timed(database, spent, "match"):
            matched += matching.match_news(database, now=now).matches
            matching.match_backlog(
                database, Portion(), now=now
            )  # there is none: it indexes the words of the others
        with timed(database, spent, "group"):
            for topic in matching.ungrouped(database, Portion()):
                matching.group(database, topic, Portion(), now=now)
        with timed(database, spent, "alert"):
            alert(database, routing, now=now)
        if number + 1 < rounds and (number + 1) % REPORTED == 0:
            _print_part(name, (number + 1) * at_once, matched - matched_then, spent, reported)
            matched_then, reported = matched, Spent(cpu=dict(spent.cpu), wall=dict(spent.wall))
    _print_whole(name, rounds * at_once, matched, spent, database)
    database.close()


@contextmanager
def timed(database: TimedDatabase, spent: Spent, doing: str) -> Iterator[None]:
    """Measure one kind of work."""
    database.doing, cpu, wall = doing, time.process_time(), time.perf_counter()
    yield
    spent.add(doing, time.process_time() - cpu, time.perf_counter() - wall)


def subscribed(database: Database) -> list[int]:
    """Subscribe to the outlets' feeds and return their ids."""
    urls = [f"https://outlet{number}.example/feed" for number in range(OUTLETS)]
    with database.write() as ledger:
        ledger.feeds.subscribe(
            [
                Subscription(url=url, title=f"Outlet {number}", host=url, access_hash=None, interval=HOUR)
                for number, url in enumerate(urls)
            ],
            now=START,
        )
        return [feed.id for feed in ledger.feeds.named(urls)]


def arrive(
    database: Database, feeds: list[int], documents: list[Document], number: int, now: datetime
) -> None:
    """Store items as a poll does: a part of them by each of several feeds."""
    for first in range(0, len(documents), STORED):
        some = documents[first : first + STORED]
        with database.write() as ledger:
            for part in range(PARTS):
                feed = (number * PARTS + first + part) % len(feeds)
                publications = [_publication(one, feed) for one in some[part::PARTS]]
                found = [with_source(item, None, feeds[feed]) for item in identify(publications)]
                ledger.items.add(feeds[feed], found, now=now, at_first_poll=False)


def _publication(document: Document, feed: int) -> Publication:
    return Publication(
        publisher_id=document.id,
        title=document.title,
        summary=document.summary,
        url=f"https://www.outlet{feed}.example/news/{document.id}",
    )


def _routing() -> Routing:
    policy = Policy(
        group_wait=timedelta(minutes=2),
        updates=Updates.WHEN_IT_GROWS,
        max_per_hour=20,
        quiet=None,
        timezone=ZoneInfo("UTC"),
    )
    route = Route(name="alerts", topics=("*",), channels=("hook",), policy=policy)
    hook = Channel(name="hook", type="webhook", url="http://x.example")
    return Routing(channels={"hook": hook}, routes=(route,))


def _print_part(name: str, items: int, matched: int, spent: Spent, before: Spent) -> None:
    def since(doing: str) -> float:
        return spent.cpu[doing] - before.cpu.get(doing, 0.0)

    rate = matched / since("group")
    print(
        f"{name:6} {items:6} items: grouped {rate:6.0f}/s; "
        + ", ".join(f"{doing} {since(doing):5.2f} s" for doing in spent.cpu),
        flush=True,
    )


def _print_whole(name: str, items: int, matched: int, spent: Spent, database: TimedDatabase) -> None:
    both = spent.cpu["match"] + spent.cpu["group"]
    print(
        f"{name}: {items} items, {matched} on the topic; grouped {matched / spent.cpu['group']:.0f} a second of CPU"
        f" ({matched / spent.wall['group']:.0f} by the clock), matched and grouped {items / both:.0f} a second"
    )
    for doing, (cpu, wall) in database.longest.items():
        print(
            f"  {doing:8} {spent.cpu.get(doing, 0):6.2f} s of CPU; longest write {cpu * 1000:5.0f} ms of CPU,"
            f" {wall * 1000:5.0f} ms by the clock"
        )


def main() -> None:
    """Run the streams asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stream", choices=[*STREAMS, "all"], default="all")
    parser.add_argument("--items", type=int, help="instead of the stream's own number")
    parser.add_argument("--server", metavar="URL", help="an empty database on PostgreSQL")
    asked = parser.parse_args()
    for name in STREAMS if asked.stream == "all" else (asked.stream,):
        with tempfile.TemporaryDirectory() as folder:
            live(name, asked.server or f"sqlite:///{folder}/ledger.db", asked.items)


if __name__ == "__main__":
    main()
