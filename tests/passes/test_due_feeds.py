"""The choice of due feeds bounds how many are polled at a time."""

from __future__ import annotations

from builders import HOUR
from fakes import NOW
from sqlalchemy import update

from monitor.polling.due_feeds import OF_A_HOST, ROUND, DueFeeds
from storage import schema
from storage.database import Database
from storage.stores.feeds import Subscription


def _subscribe(database: Database, hosts: list[str]) -> None:
    feeds = [
        Subscription(url=f"https://{host}/{number}", title="", host=host, access_hash=None, interval=HOUR)
        for number, host in enumerate(hosts)
    ]
    with database.write() as ledger:
        ledger.feeds.subscribe(feeds, now=NOW)


def test_a_host_with_many_feeds_leaves_places_to_others(sqlite_database: Database) -> None:
    """Only some feeds of a host wait for their turn at a time; the others stay due and do not hide other hosts."""
    _subscribe(sqlite_database, ["many.example"] * (ROUND + OF_A_HOST) + ["other.example"])
    due_feeds = DueFeeds(sqlite_database, concurrency=100)
    first = due_feeds.choose(frozenset(), now=NOW)
    assert len(first) == OF_A_HOST
    second = due_feeds.choose(frozenset(feed.id for feed in first), now=NOW)
    assert [feed.host for feed in second] == ["other.example"]


def test_an_import_leaves_half_of_the_places_to_feeds_polled_before(sqlite_database: Database) -> None:
    """While half of the places are taken by feeds that were never polled, only other feeds are chosen."""
    _subscribe(sqlite_database, [f"{number}.example" for number in range(ROUND + 3)])
    due_feeds = DueFeeds(sqlite_database, concurrency=100)
    under_way = frozenset(feed.id for feed in due_feeds.choose(frozenset(), now=NOW))
    assert len(under_way) == ROUND
    assert due_feeds.choose(under_way, now=NOW) == []
    with sqlite_database.write() as ledger:
        known = update(schema.feeds).where(schema.feeds.c.host == f"{ROUND + 1}.example")
        ledger.feeds._connection.execute(known.values(last_poll=NOW - HOUR))
    assert [feed.host for feed in due_feeds.choose(under_way, now=NOW)] == [f"{ROUND + 1}.example"]
