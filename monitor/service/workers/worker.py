"""A worker: one process of many, in which Procrastinate calls the passes of `monitor.service.workers.passes`.

It sends signs of life, renews its leases, reconnects to the server, and gives its work back when told to stop.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from monitor.service.app import real_clock
from monitor.service.driving.pass_task import Pass
from monitor.service.driving.ticks import Ticks
from monitor.service.pull_back import pull_back
from monitor.service.workers.passes import DELIVER, POLL, SETTLE, Passes
from monitor.service.workers.queue import Queue, QueueConsumer, QueuedPass, QueueLost
from storage.engine.errors import DatabaseRefused, DatabaseUnavailable
from storage.shortage import ResourceShortage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable

    from monitor.service.app import App
    from monitor.service.engine import Engine
    from monitor.service.workers.leases import LeaseManager, ServerClock

log = logging.getLogger(__name__)

PAGES, PUSHES, CLEAN_UP = "pages", "pushes", "care"
QUEUES = (POLL, SETTLE, DELIVER)  # the others run in each of them
TICKS = {
    POLL: timedelta(seconds=2),
    SETTLE: timedelta(seconds=2),
    DELIVER: timedelta(seconds=2),
    PAGES: timedelta(seconds=5),
    PUSHES: timedelta(seconds=1),
    CLEAN_UP: timedelta(minutes=1),
}
DRAIN_SECONDS = 20.0  # for running work after SIGTERM; another worker takes over the rest
RECONNECT_SECONDS = 2.0
THREADS = 4  # threads for the database, each with a connection
SPARE_JOBS = 3  # in addition to one for each channel, which may hang


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Settings of a worker: its queues, and how many batches of feeds it polls at once."""

    name: str
    queues: Collection[str]
    batches: int
    lease: timedelta


class Worker:
    """Runs the passes of one process until told to stop."""

    def __init__(
        self,
        app: App,
        engine: Engine,
        *,
        settings: WorkerSettings,
        lease_manager: LeaseManager,
        clock: ServerClock,
    ) -> None:
        self._app = app
        self._settings = settings
        self._lease_manager = lease_manager
        self._clock = clock
        self._stop = asyncio.Event()
        self._failure: DatabaseRefused | None = None
        self._recovering: asyncio.Task[None] | None = None  # kept, or it might be collected
        self._passes = Passes(
            app,
            engine,
            lease_manager=lease_manager,
            batches=settings.batches,
            stop=self._stop,
            wake=self._wake,
        )
        self._queue = Queue(app.database.conninfo, self._queued_passes())

    async def run(self) -> None:
        """Run until told to stop, then wait for running work and give back the leases."""
        presence = await asyncio.to_thread(self._lease_manager.take, {f"worker:{self._settings.name}"})
        async with self._lease_manager.renewing(presence):
            renewing = asyncio.create_task(self._keep_renewing())
            try:
                await self._serve_until_stopped()
            finally:
                renewing.cancel()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End the run."""
        self._stop.set()

    async def hand_over(self) -> None:
        """End the run for a worker with another configuration; feeds not yet polled stay due for any worker."""
        self.stop()

    async def _serve_until_stopped(self) -> None:
        while not self._stop.is_set():
            try:
                async with AsyncExitStack() as opening:
                    if await self._unless_stopped(opening.enter_async_context(self._queue.opened())):
                        await self._serve()
            except QueueLost as lost:
                log.warning("worker outcome=lost; it tries again: %s", lost)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), RECONNECT_SECONDS)

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Await a coroutine, or cancel it when told to stop; return whether it ended by itself."""
        working = asyncio.create_task(work)
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in (working, stopped):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await working
        return not working.cancelled()

    async def _serve(self) -> None:
        """Run until told to stop, or until a consumer ends because the server is down."""
        consumers = [asyncio.create_task(self._queue.serve(consumer)) for consumer in self._consumers()]
        stopped = asyncio.create_task(self._stop.wait())
        jobs = [self._job_of(queued_pass) for queued_pass in self._queue.passes]
        ticking = asyncio.create_task(self._ticks(jobs).run_until(self._stop))
        await asyncio.wait([*consumers, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in (*consumers, stopped, ticking):
            task.cancel()
        await asyncio.wait([ticking])
        for job in jobs:
            job.cancel()
        await asyncio.gather(*(job.finish() for job in jobs), return_exceptions=True)
        ended = await asyncio.gather(*consumers, return_exceptions=True)
        for fault in ended:
            if isinstance(fault, Exception):
                raise fault

    def _ticks(self, jobs: Iterable[Pass]) -> Ticks:
        """Return the ticks that put jobs into the queue, by the monotonic clock."""
        ticks = Ticks(clock=real_clock, stepped=self._clock_stepped)
        for job, queued_pass in zip(jobs, self._queue.passes, strict=True):

            async def wake(job: Pass = job) -> None:
                job.wake()

            ticks.every(queued_pass.every, wake)
        return ticks

    def _job_of(self, queued_pass: QueuedPass) -> Pass:
        """Return the work of putting one job into the queue, which takes long where the server is busy."""

        async def enqueue() -> None:
            with suppress(QueueLost):  # the consumers of the queue notice that as well
                await self._queue.tick(queued_pass)

        return Pass(f"tick {queued_pass.name}", enqueue, refused=self._refused)

    def _refused(self, refusal: DatabaseRefused) -> None:
        self._failure = self._failure or refusal
        self.stop()

    def _clock_stepped(self, step: timedelta) -> None:
        """Read the server's clock again, and correct times that this machine's clock has set meanwhile."""
        log.warning("clock outcome=stepped seconds=%+.0f", step.total_seconds())
        self._recovering = asyncio.create_task(self._call("clock", self._recover))

    async def _recover(self) -> None:
        await asyncio.to_thread(self._renew)
        app = self._app
        await asyncio.to_thread(pull_back, app.database, app.settings, now=self._clock())

    def _queued_passes(self) -> list[QueuedPass]:
        """Return the passes as jobs of the queue; those without a queue of their own use the first of this worker's."""
        works: dict[str, Callable[[], Awaitable[None]]] = {
            POLL: self._passes.poll,
            SETTLE: self._passes.settle,
            DELIVER: self._passes.deliver,
            PAGES: self._passes.pages,
            PUSHES: self._passes.pushes,
            CLEAN_UP: self._clean_up,
        }
        shared_queue = next(queue for queue in QUEUES if queue in self._settings.queues)
        return [
            QueuedPass(
                name=name,
                every=every,
                queue=name if name in QUEUES else shared_queue,
                work=partial(self._call, name, works[name]),
            )
            for name, every in TICKS.items()
        ]

    def _consumers(self) -> list[QueueConsumer]:
        """Return a consumer for polling and one for the rest: slow feeds must not delay messages."""
        settings, rest = self._settings, set(self._settings.queues) - {POLL}
        new_consumer = partial(QueueConsumer, heartbeat_timeout=settings.lease, drain_seconds=DRAIN_SECONDS)
        consumers = []
        if POLL in settings.queues:
            consumers.append(new_consumer(queues={POLL}, jobs=settings.batches))
        if rest:
            consumers.append(new_consumer(queues=rest, jobs=SPARE_JOBS + len(self._app.routing.channels)))
        return consumers

    async def _call(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run one pass for a job; the job counts as done even on failure, since the rows keep the remaining work."""
        try:
            await work()
        except (DatabaseUnavailable, ResourceShortage) as error:
            log.warning("pass=%s outcome=waits; it is tried again at the next tick: %s", name, error)
        except DatabaseRefused as refusal:
            self._refused(refusal)
        except Exception:
            log.exception("pass=%s outcome=fault; it is tried again at the next tick", name)

    async def _keep_renewing(self) -> None:
        """Send a sign of life and renew the leases."""
        while True:
            try:
                await asyncio.to_thread(self._renew)
            except DatabaseUnavailable as error:
                log.warning(
                    "worker outcome=waits; its leases are renewed at the next attempt, or expire: %s", error
                )
            except Exception:
                log.exception("worker outcome=fault; its leases are renewed at the next attempt, or expire")
            await asyncio.sleep(self._lease_manager.renewal_seconds)

    def _renew(self) -> None:
        self._clock.set_by(self._app.database)
        self._lease_manager.renew()

    async def _wake(self, name: str) -> None:
        await self._queue.wake(name)

    async def _clean_up(self) -> None:
        """Put back the jobs of dead workers."""
        if put_back := await self._queue.sweep(self._settings.lease):
            log.warning("worker outcome=took-over jobs=%d of workers without a sign of life", put_back)
        await asyncio.to_thread(self._passes.forget)
        await asyncio.to_thread(self._passes.prune)
