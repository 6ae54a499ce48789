"""Workers as processes on a real PostgreSQL: the oracle is the farm's log for each host and what a receiver got."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet import Fleet, configure, farm_of, fleet_in
from oracle import is_told, news, polled, publish
from shell import spoken
from tellers import Receiver, receiver

from storage.database import Database

FEEDS, HOSTS, ITEMS = 120, 30, 3


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
        held = {one.name for one in ledger.claims.current("", clock=database.clock())}
    assert held <= {"prune"}  # which was done for the day


def test_workers_and_a_daemon_exclude_each_other(
    postgresql_ledger_url: str, fleet: Fleet, hook: Receiver
) -> None:
    """`run` and `once` exit with 75 beside a worker, a worker beside `run`; there is no `--now` for a worker."""
    with farm_of(feeds=2, hosts=1) as farm:
        configure(fleet.folder, database=postgresql_ledger_url, farm=farm, hook=hook.url)
        assert spoken("worker", "--now", "2026-01-01T00:00:00Z", folder=fleet.folder).code == 2
        assert "--lease must be at least" in spoken("worker", "--lease", "1s", folder=fleet.folder).err
        database = Database.open(postgresql_ledger_url)
        with database.hold():
            assert spoken("worker", folder=fleet.folder).code == 75
        with database.join():
            assert [spoken(command, folder=fleet.folder).code for command in ("run", "once")] == [75, 75]
            with database.join():
                assert database.is_held()
        assert not database.is_held()
        database.close()


def test_a_file_has_no_workers(fleet: Fleet) -> None:
    """SQLite is refused with the way out."""
    (fleet.folder / "storywatch.toml").write_text("", encoding="utf-8")
    refused = spoken("worker", folder=fleet.folder)
    assert refused.code == 2
    assert "db move" in refused.err
