"""Workers as processes on a real PostgreSQL: the oracle is the farm's log for each host and what a receiver got."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fleet import Farm, Fleet, configure, farm_of, fleet_in
from shell import spoken
from tellers import Receiver, receiver

from storage.database import Database

FEEDS, HOSTS, ITEMS = 120, 30, 3
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """A webhook that keeps everything."""
    with receiver() as opened:
        yield opened


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """A fleet without workers yet."""
    with fleet_in(tmp_path) as led:
        yield led


@pytest.fixture
def database(postgresql_ledger_url: str) -> Iterator[Database]:
    """The ledger the workers share."""
    opened = Database.open(postgresql_ledger_url)
    yield opened
    opened.close()


def polled(database: Database) -> int:
    """Return how many feeds were polled with success."""
    with database.read() as ledger:
        return sum(feed.last_success is not None for feed in ledger.feeds.subscribed())


def is_told(database: Database, hook: Receiver, *, items: int) -> bool:
    """Whether so many items were stored, nothing of them waits for any pass, and what is news has arrived."""
    now = database.clock()
    with database.read() as ledger:
        seen = ledger.controls.overview(now=now)
        waits = (
            ledger.matches.ungrouped_topics()
            or ledger.stories.waiting()
            or ledger.feeds.due(now=now, limit=1)
        )
    done = seen.items == items and not seen.unmatched and not waits and set(seen.deliveries) <= {"sent"}
    return done and len(hook.titles()) >= len(news(database))


def news(database: Database) -> list[str]:
    """Return the titles of what appeared after the first poll and is on the topic, as the ledger has it."""
    with database.read() as ledger:
        matched = [
            match for story in ledger.stories.since(LONG_AGO) for match in ledger.matches.of_story(story.id)
        ]
    return sorted(match.item.title for match in matched if not match.item.at_first_poll)


def test_workers_share_the_feeds_and_tell_each_story_once(
    database: Database, postgresql_ledger_url: str, fleet: Fleet, hook: Receiver
) -> None:
    """No feed is asked twice in its window, no host by two at once; every new item is told once (W1)."""
    with farm_of(feeds=FEEDS, hosts=HOSTS, latency=30) as farm:
        configure(fleet.folder, database=postgresql_ledger_url, farm=farm, hook=hook.url, delay="50ms")
        fleet.hire(3)
        fleet.until(lambda: polled(database) == FEEDS, seconds=60, what="every feed polled")
        seen = farm.stats()
        assert (seen["requests"], seen["feeds_hit"], seen["most_hits"]) == (FEEDS, FEEDS, 1)
        assert seen["side_by_side"] == 0
        assert seen["shortest_pause"] >= 0.045
        told = spoken("status", "--format", "json", folder=fleet.folder)
        assert told.code == 0, told.err
        listed = json.loads(told.out)
        assert {worker["name"] for worker in listed["workers"]} == {"w1", "w2", "w3"}
        items = FEEDS * ITEMS + publish(database, farm)
        fleet.until(lambda: is_told(database, hook, items=items), seconds=60, what="all is told")
        for worker in fleet.workers:
            worker.send_signal(signal.SIGTERM)
        assert [worker.wait(timeout=25) for worker in fleet.workers] == [0, 0, 0]
    assert news(database)
    assert sorted(hook.titles()) == news(database)
    assert "Traceback" not in fleet.said()
    with database.read() as ledger:
        assert ledger.claims.current("", clock=database.clock()) == []


def publish(database: Database, farm: Farm) -> int:
    """Let a tenth of the farm have news and every feed be due; return how many new items there are."""
    farm.ask("stats?reset=1")
    changed = json.loads(farm.ask("round?changed=0.1"))["changed"]
    with database.write() as ledger:
        for feed in ledger.feeds.subscribed():
            ledger.controls.make_due(feed.id, now=database.clock())
    return 2 * int(changed)
