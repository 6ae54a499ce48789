"""What `status` says of workers: who they are, what waits in their queues, and how far the passes are behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from monitor.service.workers.queue import QueueLength
    from storage.database import Database
    from storage.stores.overview import Lag
    from storage.stores.worker_leases import WorkerLease

PRESENCE = "worker:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workforce:
    """The workers at a moment."""

    workers: tuple[WorkerLease, ...]
    hosts: dict[str, int]  # being polled, by worker
    queues: tuple[QueueLength, ...]
    lag: Lag


def workforce(database: Database, *, now: datetime) -> Workforce | None:
    """Return who works on a ledger on PostgreSQL; None for a file, which has no workers."""
    if database.path is not None:
        return None
    clock = database.clock()
    with database.read() as ledger:
        workers = ledger.worker_leases.current(PRESENCE, clock=clock)
        hosts = ledger.worker_leases.count_by_holder("host:", clock=clock)
        lag = ledger.feed_controls.lag(now=now)
    return Workforce(workers=tuple(workers), hosts=hosts, queues=tuple(_queues(database)), lag=lag)


def _queues(database: Database) -> list[QueueLength]:
    try:
        from monitor.service.workers.queue import queue_lengths
    except ModuleNotFoundError:  # a machine that only looks needs no Procrastinate
        return []
    return queue_lengths(database.conninfo)


def row_of(force: Workforce) -> dict[str, Any]:
    """Return the workers for programs."""
    from monitor.cli.shared.output import iso

    return {
        "workers": [
            {
                "name": worker.holder,
                "since": iso(worker.taken_at),
                "hosts": force.hosts.get(worker.holder, 0),
            }
            for worker in force.workers
        ],
        "queues": [
            {"name": queue.name, "waiting": queue.waiting, "running": queue.running} for queue in force.queues
        ],
        "lag": {name: span.total_seconds() for name, span in _lags(force.lag)},
    }


def lines_of(force: Workforce, *, now: datetime) -> Iterator[str]:
    """Yield the workers for people."""
    from monitor.cli.shared.phrases import ago, count
    from monitor.polling.feed_state.schedule import in_words

    yield f"workers     {len(force.workers) or 'none'}"
    for worker in force.workers:
        polling = count(force.hosts.get(worker.holder, 0), "host")
        yield f"  {worker.holder}: since {ago(worker.taken_at, now=now)}, polls {polling} now"
    for queue in force.queues:
        yield f"  queue {queue.name}: {queue.waiting} waiting, {queue.running} running"
    yield f"behind      {', '.join(f'{name} {in_words(span)}' for name, span in _lags(force.lag))}"


def _lags(lag: Lag) -> list[tuple[str, Any]]:
    return [("poll", lag.poll), ("match", lag.match), ("deliver", lag.deliver)]
