"""The workers on a PostgreSQL database: their names, their queues, and how late the passes are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.views.iso import iso
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta
    from typing import Protocol

    from storage.database import Database

    class Queue(Protocol):
        """The length of a queue of jobs."""

        @property
        def name(self) -> str: ...
        @property
        def waiting(self) -> int: ...
        @property
        def running(self) -> int: ...


PRESENCE = "worker:"  # prefix of the lease that a worker renews as its sign of life


@value
class WorkerRow:
    """A worker: its name, its start, and the number of hosts that it polls now."""

    name: str
    since: datetime
    hosts: int


@value
class QueueRow:
    """A queue of jobs: how many wait and how many run."""

    name: str
    waiting: int
    running: int


@value
class WorkersView:
    """The workers, their queues, and for each pass how long the oldest due work has waited."""

    workers: tuple[WorkerRow, ...]
    queues: tuple[QueueRow, ...]
    lag: dict[str, timedelta]


def read_workers(
    database: Database, *, now: datetime, queues: Callable[[str], Iterable[Queue]]
) -> WorkersView | None:
    """Return the workers of a PostgreSQL database; None for SQLite, which has none.

    `queues` reads the lengths of the job queues by the address of the database.
    """
    if database.path is not None:
        return None
    clock = database.clock()
    with database.read() as ledger:
        workers = ledger.worker_leases.current(PRESENCE, clock=clock)
        hosts = ledger.worker_leases.count_by_holder("host:", clock=clock)
        lag = ledger.feed_controls.lag(now=now)
    return WorkersView(
        workers=tuple(
            WorkerRow(name=one.holder, since=one.taken_at, hosts=hosts.get(one.holder, 0)) for one in workers
        ),
        queues=tuple(
            QueueRow(name=one.name, waiting=one.waiting, running=one.running)
            for one in queues(database.conninfo)
        ),
        lag={"poll": lag.poll, "match": lag.match, "deliver": lag.deliver},
    )


def workers_json(view: WorkersView) -> dict[str, Any]:
    """Return the workers in the output of `status --format json`."""
    return {
        "workers": [{"name": one.name, "since": iso(one.since), "hosts": one.hosts} for one in view.workers],
        "queues": [{"name": one.name, "waiting": one.waiting, "running": one.running} for one in view.queues],
        "lag": {name: span.total_seconds() for name, span in view.lag.items()},
    }
