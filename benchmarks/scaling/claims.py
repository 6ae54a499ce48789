"""The cost of taking a batch while many feeds are due."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from pollers.meter import cpu_seconds
from postgresql import server_of
from scaling.ledger import Ledger, programs

from monitor.service.workers.leases import CLAIM
from storage.database import Database
from storage.stores.worker_leases import LeaseRequest

FEEDS, HOSTS = 100_000, 20_000
TAKEN = 10  # batches per printed row
BATCH, EACH = 300, 60  # the values of a worker, with a pause of a second per host
MANY_DUE = f"""
INSERT INTO feeds (url, title, current_url, host, state, interval_seconds, next_poll)
SELECT 'http://h' || n % {HOSTS} || '/' || n, '', '', 'h' || n % {HOSTS}, 'ok', 3600, now() - random() * interval '1 hour'
FROM generate_series(1, {FEEDS}) n
"""


def claims() -> None:
    """Print the cost of a batch while earlier batches are held by other workers."""
    print(f"a batch of {FEEDS:,} feeds due at once on {HOSTS:,} hosts, {TAKEN} at a time, none given back")
    with server_of(programs()) as server:
        database, ledger = Database.open(server.url.format(name="postgres")), Ledger(server)
        ledger.run(MANY_DUE)
        ledger.run("ANALYZE feeds")
        held = 0
        for _ in range(4):
            began, ours, theirs = time.perf_counter(), time.process_time(), cpu_seconds(ledger.postmaster)
            took = [take(database) for _ in range(TAKEN)]
            wall, per = time.perf_counter() - began, 1 / TAKEN
            print(
                f"{held:6} feeds held: {sum(took) * per:5.0f} feeds, {wall * per:.3f} s,"
                f" CPU of the worker {(time.process_time() - ours) * per:.3f} s,"
                f" of the server {(cpu_seconds(ledger.postmaster) - theirs) * per:.3f} s",
                flush=True,
            )
            held += sum(took)
        database.close()
    print()


def take(database: Database) -> int:
    """Take a batch and return its number of feeds."""
    now = datetime.now(UTC)
    request = LeaseRequest(holder="w", token=uuid4().hex, clock=now, until=now + timedelta(hours=1))
    with database.write(CLAIM) as ledger:
        hosts = ledger.worker_leases.take_due_hosts(request, now=now, feeds=BATCH)
    with database.read() as ledger:
        return len(ledger.feeds.due_of(hosts, now=now, each=EACH))
