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
from monitor.service.pass_task import Pass
from monitor.service.pull_back import pull_back
from monitor.service.ticks import Ticks
from monitor.service.workers.passes import DELIVER, POLL, SETTLE, Passes
from monitor.service.workers.queue import Queue, QueueConsumer, QueuedPass, QueueLost
from storage.engine.errors import DatabaseRefused, LedgerAway
from storage.shortage import OwnShortage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable

    from monitor.service.app import App, Engine
    from monitor.service.workers.leases import Holder, ServerClock

log = logging.getLogger(__name__)

PAGES, CARE = "pages", "care"
QUEUES = (POLL, SETTLE, DELIVER)  # `pages` and `care` run in each of them
TICKS = {
    POLL: timedelta(seconds=2),
    SETTLE: timedelta(seconds=2),
    DELIVER: timedelta(seconds=2),
    PAGES: timedelta(seconds=5),
    CARE: timedelta(minutes=1),
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
        self, app: App, engine: Engine, *, duties: WorkerSettings, holder: Holder, clock: ServerClock
    ) -> None:
        self._app = app
        self._duties = duties
        self._holder = holder
        self._clock = clock
        self._stop = asyncio.Event()
        self._failure: DatabaseRefused | None = None
        self._recovering: asyncio.Task[None] | None = None  # kept, or it might be collected
        self._passes = Passes(
            app, engine, holder=holder, batches=duties.batches, stop=self._stop, wake=self._wake
        )
        works: dict[str, Callable[[], Awaitable[None]]] = {
            POLL: self._passes.poll,
            SETTLE: self._passes.settle,
            DELIVER: self._passes.deliver,
            PAGES: self._passes.pages,
            CARE: self._care,
        }
        riding = next(queue for queue in QUEUES if queue in duties.queues)
        self._queue = Queue(
            app.database.conninfo,
            [
                QueuedPass(
                    name=name,
                    every=every,
                    queue=name if name in QUEUES else riding,
                    work=partial(self._call, name, works[name]),
                )
                for name, every in TICKS.items()
            ],
        )

    async def run(self) -> None:
        """Run until told to stop, then wait for running work and give back the leases."""
        presence = await asyncio.to_thread(self._holder.take, {f"worker:{self._duties.name}"})
        async with self._holder.kept(presence):
            beating = asyncio.create_task(self._beat())
            try:
                await self._serve_until_stopped()
            finally:
                beating.cancel()
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
        crews = [asyncio.create_task(self._queue.serve(crew)) for crew in self._crews()]
        stopped = asyncio.create_task(self._stop.wait())
        jobs = [self._job_of(passage) for passage in self._queue.passages]
        ticking = asyncio.create_task(self._ticks(jobs).run_until(self._stop))
        await asyncio.wait([*crews, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in (*crews, stopped, ticking):
            task.cancel()
        await asyncio.wait([ticking])
        for job in jobs:
            job.cancel()
        await asyncio.gather(*(job.finish() for job in jobs), return_exceptions=True)
        ended = await asyncio.gather(*crews, return_exceptions=True)
        for fault in ended:
            if isinstance(fault, Exception):
                raise fault

    def _ticks(self, jobs: Iterable[Pass]) -> Ticks:
        """Return what puts jobs into the queue again and again, by the monotonic clock."""
        ticks = Ticks(clock=real_clock, stepped=self._clock_stepped)
        for job, passage in zip(jobs, self._queue.passages, strict=True):

            async def wake(job: Pass = job) -> None:
                job.wake()

            ticks.every(passage.every, wake)
        return ticks

    def _job_of(self, passage: QueuedPass) -> Pass:
        """Return the work of putting one job into the queue, which takes long where the server is busy."""

        async def put_in() -> None:
            with suppress(QueueLost):  # the consumers of the queue notice that as well
                await self._queue.tick(passage)

        return Pass(f"tick {passage.name}", put_in, refused=self._refused)

    def _refused(self, refusal: DatabaseRefused) -> None:
        self._failure = self._failure or refusal
        self.stop()

    def _clock_stepped(self, step: timedelta) -> None:
        """Go by the server's clock anew, and pull back what this machine's has set meanwhile."""
        log.warning("clock outcome=stepped seconds=%+.0f", step.total_seconds())
        self._recovering = asyncio.create_task(self._call("clock", self._recover))

    async def _recover(self) -> None:
        await asyncio.to_thread(self._renew)
        app = self._app
        await asyncio.to_thread(pull_back, app.database, app.settings, now=self._clock())

    def _crews(self) -> list[QueueConsumer]:
        """Return a consumer for polling and one for the rest: slow feeds must not delay messages."""
        duties, rest = self._duties, set(self._duties.queues) - {POLL}
        crew = partial(QueueConsumer, silence=duties.lease, drain_seconds=DRAIN_SECONDS)
        crews = []
        if POLL in duties.queues:
            crews.append(crew(queues={POLL}, jobs=duties.batches))
        if rest:
            crews.append(crew(queues=rest, jobs=SPARE_JOBS + len(self._app.routing.channels)))
        return crews

    async def _call(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run one pass for a job; the job counts as done even on failure, since the rows keep the remaining work."""
        try:
            await work()
        except (LedgerAway, OwnShortage) as error:
            log.warning("pass=%s outcome=waits; it is tried again at the next tick: %s", name, error)
        except DatabaseRefused as refusal:
            self._refused(refusal)
        except Exception:
            log.exception("pass=%s outcome=fault; it is tried again at the next tick", name)

    async def _beat(self) -> None:
        """Send a sign of life and renew the leases."""
        while True:
            try:
                await asyncio.to_thread(self._renew)
            except LedgerAway as error:
                log.warning(
                    "worker outcome=waits; what it holds is kept at the next beat, or lost: %s", error
                )
            except Exception:
                log.exception("worker outcome=fault; what it holds is kept at the next beat, or lost")
            await asyncio.sleep(self._holder.beat_seconds)

    def _renew(self) -> None:
        self._clock.set_by(self._app.database)
        self._holder.renew()

    async def _wake(self, name: str) -> None:
        await self._queue.wake(name)

    async def _care(self) -> None:
        """Put back the jobs of dead workers."""
        if put_back := await self._queue.sweep(self._duties.lease):
            log.warning("worker outcome=took-over jobs=%d of workers without a sign of life", put_back)
        await asyncio.to_thread(self._passes.forget)
        await asyncio.to_thread(self._passes.prune)
