"""Other workers take over from a worker that lost its network, and its return changes nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cable import Cable, cable
from fleet import PATIENCE_SECONDS, Fleet, configure, farm_of, fleet_in
from oracle import is_told, news, polled, publish
from postgresql import server_of
from tellers import receiver

from storage.database import Database

pytestmark = pytest.mark.slow
FEEDS, HOSTS, ITEMS = 120, 30, 3


@contextmanager
def ledger_at(cable_: Cable, programs: Path) -> Iterator[tuple[Database, str]]:
    """Run a server at the near end, and open a database on it."""
    with server_of(programs, listens=(cable_.near, cable_.free_port())) as server:
        url = server.url.format(name="postgres")
        database = Database.open(url)
        yield database, url
        database.close()


def works(database: Database, name: str) -> bool:
    """Whether a worker has renewed its lease in time."""
    with database.read() as ledger:
        return name in {one.holder for one in ledger.worker_leases.current("worker:", clock=database.clock())}


def test_claims_of_a_worker_without_network_are_taken_over(tmp_path: Path, server_folder: Path) -> None:
    """It is cut off while polling and while sending, beyond its leases, and its return changes nothing (W2)."""
    with (
        cable() as link,
        ledger_at(link, server_folder) as (database, url),
        farm_of(feeds=FEEDS, hosts=HOSTS, latency=200, address=link.near) as farm,
        receiver(link.near) as hook,
        fleet_in(tmp_path) as fleet,
    ):
        configure(fleet.folder, database=url, opml=farm.ask("opml"), hook=hook.url, delay="100ms")
        fleet.hire(1, inside=link.inside)
        cut_while_it_polls(fleet, link, database)
        first = farm.stats()
        hook.slow = 0.3
        items = FEEDS * ITEMS + publish(database, farm)
        fleet.until(lambda: bool(hook.posts), what="the far worker sends, which no other does")
        link.pull()
        fleet.hire(1, "--queue", "deliver")
        fleet.until(lambda: is_told(database, hook, items=items), what="another sends the rest")
        link.plug()
        fleet.until(lambda: works(database, "w1"), what="the far worker is back again")
        second = farm.stats()
        fleet.signal(signal.SIGTERM)
        assert {worker.wait(timeout=PATIENCE_SECONDS) for worker in fleet.workers} == {0}
        assert is_told(database, hook, items=items)
        assert sorted(hook.titles()) == news(database)
    assert (first["side_by_side"], second["side_by_side"]) == (0, 0)
    # Feeds that were polled but not stored before a cut are polled once more.
    assert max(first["most_hits"], second["most_hits"]) <= 2
    assert all(hook.messages()[number] == body for number, body in hook.posts)


def cut_while_it_polls(fleet: Fleet, link: Cable, database: Database) -> None:
    """Cut off the one worker until others have polled its feeds, and reconnect it."""
    fleet.until(lambda: polled(database) > FEEDS / 10, what="the far worker polls")
    link.pull()
    assert polled(database) < FEEDS
    fleet.hire(2, "--queue", "poll", "--queue", "settle")
    fleet.until(lambda: polled(database) == FEEDS, what="others polled the rest")
    assert not works(database, "w1")
    link.plug()
    fleet.until(lambda: works(database, "w1"), what="the far worker is back")
