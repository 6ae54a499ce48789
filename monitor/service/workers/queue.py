"""The queue: Procrastinate's, in a PostgreSQL schema of its own beside the database.

A job says only that there may be something to do; what there is to do stands in the database's rows. So the queue may
be lost, doubled or thrown away without harm: the next tick puts the jobs back.
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
CONNECTIONS = 2  # of Procrastinate for a worker, beside one that listens for each crew
REACH_SECONDS = 10.0  # then the server is away, which the worker says and waits for
LOOK_SECONDS = 5.0  # a job whose notification was lost is found within this
FORGOTTEN_SECONDS = 3_600  # a job that runs for longer has ended, but its worker could not say so
SIGNS = 6  # of life that a worker gives before its silence is noticed
_SETTINGS = {
    **GIVE_UP,
    "options": " ".join(
        f"-c {name}={value}" for name, value in {"search_path": SCHEMA, **GIVE_UP_CLIENT}.items()
    ),
}
# One that is halted while it lays the tables must not keep the others out.
_WHILE_LAYING = f"-c idle_in_transaction_session_timeout={STOPPED_WRITER_SECONDS}s"


class QueueLost(Exception):  # noqa: N818  # it is for a while
    """The queue cannot be reached at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedPass:
    """A pass as the queue calls it: in a queue of its name, at the ticks of a cron line whose last field is seconds."""

    name: str
    every: str
    queue: str
    work: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueConsumer:
    """Takes jobs from some queues, so many at once; silent for longer than `silence`, it is given up."""

    queues: Collection[str]
    jobs: int
    silence: timedelta
    drain_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLength:
    """How many jobs of a queue wait, and how many are being done."""

    name: str
    waiting: int
    running: int


class Queue:
    """The queue of one database, and the passes that its jobs call."""

    def __init__(self, conninfo: str, passages: Collection[QueuedPass]) -> None:
        self._conninfo = conninfo
        connector = PsycopgConnector(
            conninfo=conninfo,
            min_size=1,
            max_size=CONNECTIONS,
            timeout=REACH_SECONDS,
            reconnect_timeout=REACH_SECONDS,  # whoever needs a connection later begins again, sooner than it would
            kwargs=_SETTINGS,
        )
        self._app = App(connector=connector)
        for passage in passages:
            self._register(passage)

    def _register(self, passage: QueuedPass) -> None:
        async def call(timestamp: int) -> None:
            del timestamp  # when it was put in: `sweep` looks for it
            await passage.work()

        # At most one waits: whoever takes it does everything there is to do.
        task = self._app.task(name=passage.name, queue=passage.queue, queueing_lock=passage.name)(call)
        self._app.periodic(cron=passage.every)(task)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connect, laying the tables if they are not there, for a block.

        Raises:
            QueueLost: the server cannot be reached, on entering or in the block.
        """
        with _reaching():
            await asyncio.to_thread(lay_tables, self._conninfo)
            async with self._app.open_async():
                yield

    async def wake(self, name: str) -> None:
        """Let a pass be called soon; a hint, which may be lost."""
        with suppress(AlreadyEnqueued):
            await self._app.tasks[name].defer_async(timestamp=int(time.time()))

    async def serve(self, crew: QueueConsumer) -> None:
        """Do jobs until cancelled; those under way may then end, or are cancelled when their time is up."""
        await self._app.run_worker_async(
            queues=sorted(crew.queues),
            concurrency=crew.jobs,
            shutdown_graceful_timeout=crew.drain_seconds,
            fetch_job_polling_interval=LOOK_SECONDS,
            update_heartbeat_interval=crew.silence.total_seconds() / SIGNS,
            stalled_worker_timeout=crew.silence.total_seconds(),
            install_signal_handlers=False,
            delete_jobs="always",  # what was done stands in the database
        )

    async def sweep(self, silence: timedelta) -> int:
        """Put the jobs of workers that fell silent back into their queues; return how many."""
        manager = self._app.job_manager
        stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=silence.total_seconds()))
        for job in stalled:
            try:
                await manager.retry_job(job)
            except ConnectorException:  # another of its kind waits already
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
    """Return what waits and what is being done in each queue; nothing where no worker ever was.

    Raises:
        QueueLost: the server cannot be reached.
    """
    app = App(connector=SyncPsycopgConnector(conninfo=conninfo, min_size=1, max_size=1, kwargs=_SETTINGS))
    with _reaching(), app.open():
        if not app.check_connection():
            return []
        return [
            QueueLength(name=queue["name"], waiting=queue["todo"], running=queue["doing"])
            for queue in app.job_manager.list_queues()
        ]


def lay_tables(conninfo: str) -> None:
    """Create the queue's tables, or anew if they are of another Procrastinate: no job is worth keeping."""
    tables = SchemaManager.get_schema()
    version = f"procrastinate {hashlib.sha256(tables.encode()).hexdigest()}"
    name = sql.Identifier(SCHEMA)
    with psycopg.connect(conninfo, connect_timeout=10, options=_WHILE_LAYING) as connection:
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
def _reaching() -> Iterator[None]:
    try:
        yield
    except (ConnectorException, psycopg.OperationalError) as error:
        cause = error.__cause__ or error
        raise QueueLost(f"the queue cannot be reached: {cause}") from error
