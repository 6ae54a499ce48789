"""Leases: one holder at a time, taken over after expiry, and never used again by a former holder."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import HOUR, MINUTE, SECOND
from fakes import NOW, subscribe
from sqlalchemy import create_engine, text

from storage.database import Database
from storage.engine.errors import AlreadyRunning
from storage.stores.feeds import Subscription
from storage.stores.worker_leases import LeaseRequest


def request_of(name: str, *, clock=NOW) -> LeaseRequest:
    return LeaseRequest(holder=name, token=f"token of {name} at {clock}", clock=clock, until=clock + MINUTE)


def test_a_claim_has_one_holder_until_it_expires(database: Database) -> None:
    """Another worker gets the free feeds, and the rest when the holder's lease expired; the holder notices (W2)."""
    mine, theirs = request_of("me"), request_of("them")
    late = request_of("them", clock=NOW + MINUTE)
    with database.write() as ledger:
        assert ledger.worker_leases.take({"host:a", "host:b"}, mine) == {"host:a", "host:b"}
        assert ledger.worker_leases.take({"host:b", "host:c"}, theirs) == {"host:c"}
        assert ledger.worker_leases.take({"host:b"}, late) == {"host:b"}
        assert ledger.worker_leases.still_held(mine.token, {"host:a", "host:b"}) == {"host:a"}
        assert ledger.worker_leases.renew(mine.token, {"host:a", "host:b"}, until=NOW + HOUR) == {"host:a"}


def test_released_hosts_are_free_after_their_pause(database: Database) -> None:
    """The pause between two requests to a host holds from one worker to the next."""
    mine = request_of("me")
    with database.write() as ledger:
        ledger.worker_leases.take({"host:a"}, mine)
        ledger.worker_leases.give_back(mine.token, {"host:a"}, free_at=NOW + SECOND)
        assert ledger.worker_leases.current("host:", clock=NOW) == []
        assert ledger.worker_leases.take({"host:a"}, request_of("them")) == set()
        assert ledger.worker_leases.take({"host:a"}, request_of("them", clock=NOW + SECOND)) == {"host:a"}
        assert ledger.worker_leases.count_by_holder("host:", clock=NOW + SECOND) == {"them": 1}
        assert ledger.worker_leases.forget(before=NOW + HOUR) == 1


def test_no_worker_waits_for_a_stalled_transaction(postgresql_ledger_url: str) -> None:
    """If a lease expires inside a transaction, others take what else is free, and the rest when it ends (W2)."""
    database = Database.open(postgresql_ledger_url)
    mine, late = request_of("me"), request_of("them", clock=NOW + MINUTE)
    with database.write() as ledger:
        ledger.worker_leases.take({"host:a", "host:b"}, mine)
    with database.write() as stopped:
        assert stopped.worker_leases.still_held(mine.token, {"host:a"}) == {"host:a"}
        with database.write() as ledger:
            assert ledger.worker_leases.take({"host:a", "host:b", "host:c"}, late) == {"host:b", "host:c"}
        with database.write() as ledger:  # a holder renews its lease during a long write
            assert ledger.worker_leases.renew(mine.token, {"host:a"}, until=NOW + MINUTE) == {"host:a"}
    with database.write() as ledger:
        assert ledger.worker_leases.take({"host:a"}, late) == {"host:a"}
    database.close()


def test_feeds_of_a_host_are_claimed_together(database: Database) -> None:
    """All due feeds of a host are in one batch, and its other feeds cannot be claimed meanwhile."""
    feeds = [("a", 1), ("b", 1), ("a", 2)]
    subscriptions = [
        Subscription(url=f"{host}/{number}", title="", host=host, access_hash=None, interval=HOUR)
        for host, number in feeds
    ]
    with database.write() as ledger:
        ledger.feeds.subscribe(subscriptions, now=NOW)
    mine, theirs = request_of("me"), request_of("them")
    with database.write("claim") as ledger:
        hosts = ledger.worker_leases.take_due_hosts(mine, now=NOW, feeds=1)
        assert [feed.url for feed in ledger.feeds.due_of(hosts, now=NOW, each=9)] == ["a/1", "a/2"]
        assert len(ledger.feeds.due_of(hosts, now=NOW, each=1)) == 1
        assert ledger.worker_leases.take_due_hosts(theirs, now=NOW, feeds=9) == ["b"]


def test_an_import_of_many_feeds_does_not_delay_the_others(database: Database) -> None:
    """Feeds that were never polled leave half of a batch to feeds that were, although they have waited longer."""
    known = ("https://old.example/", "https://older.example/")
    subscribe(database, *(f"https://new-{number}.example/" for number in range(6)), *known)
    with database.write() as ledger:
        old = ledger.feeds.named(known)
        ledger.feeds.save([replace(feed, last_poll=NOW, next_poll=NOW + MINUTE) for feed in old])
        due = ledger.feeds.due(now=NOW + HOUR, limit=4)
        hosts = ledger.worker_leases.take_due_hosts(request_of("me"), now=NOW + HOUR, feeds=4)
        assert len(ledger.feeds.due(now=NOW + HOUR, limit=9)) == 8
    assert [feed.id for feed in due] == [7, 8, 1, 2]
    assert sorted(hosts) == sorted(feed.host for feed in due)


def test_a_lock_survives_its_connection_unless_taken(postgresql_ledger_url: str) -> None:
    """A restarted server releases every lock: it is taken again, or its former holder ends (W3)."""
    database = Database.open(postgresql_ledger_url)
    engine = create_engine(postgresql_ledger_url)
    cut = text("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'")
    with database.hold() as hold:
        with engine.connect() as administrator:
            administrator.execute(cut)
        assert not database.is_held()
        hold.renew()
        assert database.is_held()
        hold.renew()
        with engine.connect() as administrator:
            administrator.execute(cut)
        with database.join(), pytest.raises(AlreadyRunning):
            hold.renew()
    engine.dispose()
    database.close()
