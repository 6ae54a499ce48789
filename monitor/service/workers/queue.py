"""The job queue: Procrastinate's, in a separate PostgreSQL schema beside the tables.

A job only says that there may be work; the work itself is marked in the tables' rows. So jobs may be lost, doubled or
deleted without harm: the next tick creates them again.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager
from psycopg import sql

from storage.engine.engines import GIVE_UP, GIVE_UP_CLIENT, STOPPED_WRITER_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
    from datetime import timedelta

log = logging.getLogger(__name__)

SCHEMA = "storywatch_queue"
CONNECTIONS = 2  # connections of Procrastinate for a worker, besides one that listens for each consumer
REACH_SECONDS = 10.0  # after this the worker logs that the server is down, and waits
LOOK_SECONDS = 5.0  # a job whose notification was lost is found within this time
FORGOTTEN_SECONDS = 3_600  # a job that runs for longer has ended without its worker being able to report it
SIGNS = 6  # signs of life of a worker within the time after which it is taken for dead
_SETTINGS = {
    **GIVE_UP,
    "options": " ".join(
        f"-c {name}={value}" for name, value in {"search_path": SCHEMA, **GIVE_UP_CLIENT}.items()
    ),
}
# A worker that is stopped while it creates the tables must not block the others.
_WHILE_CREATING = f"-c idle_in_transaction_session_timeout={STOPPED_WRITER_SECONDS}s"


class QueueLost(Exception):  # noqa: N818  # temporary, not an error
    """The queue cannot be reached at present."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedPass:
    """A pass with its queue, and the span in which all workers together run it once."""

    name: str
    every: timedelta
    queue: str
    work: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueConsumer:
    """Takes jobs from some queues, a fixed number at a time; after `heartbeat_timeout` without a sign of life it is taken for dead."""

    queues: Collection[str]
    jobs: int
    heartbeat_timeout: timedelta
    drain_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLength:
    """The numbers of waiting and of running jobs of a queue."""

    name: str
    waiting: int
    running: int


class Queue:
    """The queue of one database, and the passes that its jobs call."""

    def __init__(self, conninfo: str, passes: Collection[QueuedPass]) -> None:
        self._conninfo = conninfo
        connector = PsycopgConnector(
            conninfo=conninfo,
            min_size=1,
            max_size=CONNECTIONS,
            timeout=REACH_SECONDS,
            reconnect_timeout=REACH_SECONDS,  # a later user of the pool reconnects sooner than the pool would
            kwargs=_SETTINGS,
        )
        self._app = App(connector=connector)
        self.passes = tuple(passes)
        for queued_pass in passes:
            self._register(queued_pass)

    def _register(self, queued_pass: QueuedPass) -> None:
        async def call(timestamp: int) -> None:
            del timestamp  # the time of queueing, used by `sweep`
            await queued_pass.work()

        # At most one job waits, since the worker that takes it does all the work there is.
        self._app.task(name=queued_pass.name, queue=queued_pass.queue, queueing_lock=queued_pass.name)(call)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connect for a block; missing tables are created.

        Raises:
            QueueLost: the server cannot be reached, on entering or in the block.
        """
        with _connection_errors():
            await asyncio.to_thread(create_tables, self._conninfo)
            async with self._app.open_async():
                yield

    async def wake(self, name: str) -> None:
        """Request a pass soon; the request may be lost."""
        with suppress(AlreadyEnqueued):
            await self._app.tasks[name].defer_async(timestamp=int(time.time()))

    async def tick(self, queued_pass: QueuedPass) -> None:
        """Queue a job for a pass, unless a worker has done so in this span.

        Procrastinate's own periodic tasks go by the wall clock: after a step back they wait until it has caught up,
        and after a step forward they put in a job for every span in between.
        """
        span = int(queued_pass.every.total_seconds())
        began = int(time.time()) // span * span
        job = self._app.tasks[queued_pass.name].configure(task_kwargs={"timestamp": began}).job
        with suppress(AlreadyEnqueued), _connection_errors():
            await self._app.job_manager.defer_periodic_job(
                job=job, periodic_id=queued_pass.name, defer_timestamp=began
            )

    async def serve(self, consumer: QueueConsumer) -> None:
        """Run jobs until cancelled; running ones may then end within a time limit."""
        await self._app.run_worker_async(
            queues=sorted(consumer.queues),
            concurrency=consumer.jobs,
            shutdown_graceful_timeout=consumer.drain_seconds,
            fetch_job_polling_interval=LOOK_SECONDS,
            update_heartbeat_interval=consumer.heartbeat_timeout.total_seconds() / SIGNS,
            stalled_worker_timeout=consumer.heartbeat_timeout.total_seconds(),
            install_signal_handlers=False,
            delete_jobs="always",  # the result of the work is in the tables
        )

    async def sweep(self, heartbeat_timeout: timedelta) -> int:
        """Put the jobs of dead workers back into their queues; return how many."""
        manager = self._app.job_manager
        stalled = list(
            await manager.get_stalled_jobs(seconds_since_heartbeat=heartbeat_timeout.total_seconds())
        )
        for job in stalled:
            try:
                await manager.retry_job(job)
            except ConnectorException:  # a job of the same pass waits already
                with suppress(ConnectorException):
                    await manager.finish_job(job, status=Status.FAILED, delete_job=True)
        oldest = time.time() - FORGOTTEN_SECONDS
        for job in await manager.list_jobs_async(status=Status.DOING.value):
            put_in = job.task_kwargs.get("timestamp")
            if isinstance(put_in, int) and put_in < oldest:
                with suppress(ConnectorException):
                    await manager.finish_job(job, status=Status.FAILED, delete_job=True)
        return len(stalled)


def queue_lengths(conninfo: str) -> list[QueueLength]:
    """Return the numbers of jobs in each queue; an empty list if no worker ever ran.

    Raises:
        QueueLost: the server cannot be reached.
    """
    app = App(connector=SyncPsycopgConnector(conninfo=conninfo, min_size=1, max_size=1, kwargs=_SETTINGS))
    with _connection_errors(), app.open():
        if not app.check_connection():
            return []
        return [
            QueueLength(name=queue["name"], waiting=queue["todo"], running=queue["doing"])
            for queue in app.job_manager.list_queues()
        ]


def create_tables(conninfo: str) -> None:
    """Create the queue's tables; replace those of another version of Procrastinate, since jobs can be lost."""
    tables = SchemaManager.get_schema()
    version = f"procrastinate {hashlib.sha256(tables.encode()).hexdigest()}"
    name = sql.Identifier(SCHEMA)
    with psycopg.connect(conninfo, connect_timeout=10, options=_WHILE_CREATING) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('storywatch queue'))")
        known = connection.execute(
            "SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", [SCHEMA]
        ).fetchone()
        if known == (version,):
            return
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(name))
        connection.execute(tables)
        connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(name, version))


@contextmanager
def _connection_errors() -> Iterator[None]:
    try:
        yield
    except (ConnectorException, psycopg.OperationalError) as error:
        cause = error.__cause__ or error
        raise QueueLost(f"the queue cannot be reached: {cause}") from error
