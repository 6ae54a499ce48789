"""A worker: one process of many, called by Procrastinate for the passes of `monitor.service.workers.passes`.

It shows that it lives, keeps what it holds, comes back when the server does, and hands its work back when told to stop.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from monitor.service.workers.passes import DELIVER, POLL, SETTLE, Passes
from monitor.service.workers.queue import Queue, QueueConsumer, QueuedPass, QueueLost
from storage.engine.errors import DatabaseRefused, LedgerAway
from storage.shortage import OwnShortage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Coroutine
    from datetime import timedelta

    from monitor.service.app import App, Engine
    from monitor.service.workers.leases import Holder, ServerClock

log = logging.getLogger(__name__)

PAGES, CARE = "pages", "care"
QUEUES = (POLL, SETTLE, DELIVER)  # `pages` and `care` ride on any of them
TICKS = {
    POLL: "* * * * * */2",
    SETTLE: "* * * * * */2",
    DELIVER: "* * * * * */2",
    PAGES: "* * * * * */5",
    CARE: "* * * * * 30",
}
DRAIN_SECONDS = 20.0  # what is under way at SIGTERM may end; what does not is taken up by another worker
RECONNECT_SECONDS = 2.0
THREADS = 4  # for the database: with as many connections
SPARE_JOBS = 3  # beside one for each channel that may hang


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What a worker does: for which queues it is called, how many batches of feeds it polls at once."""

    name: str
    queues: Collection[str]
    batches: int
    lease: timedelta


class Worker:
    """Does the duties of one process until it is told to stop."""

    def __init__(
        self, app: App, engine: Engine, *, duties: WorkerSettings, holder: Holder, clock: ServerClock
    ) -> None:
        self._app = app
        self._duties = duties
        self._holder = holder
        self._clock = clock
        self._stop = asyncio.Event()
        self._failure: DatabaseRefused | None = None
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
        """Work until told to stop, then let what is under way end, and give back what is held."""
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
        """End the run for a worker of another configuration: what was not asked stays due, for whoever comes first."""
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
        """Do this to its end, or break it off when told to stop; return whether it came to its end."""
        working = asyncio.create_task(work)
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in (working, stopped):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await working
        return not working.cancelled()

    async def _serve(self) -> None:
        """Serve until told to stop, or until a crew ends because the server went away."""
        crews = [asyncio.create_task(self._queue.serve(crew)) for crew in self._crews()]
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait([*crews, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in (*crews, stopped):
            task.cancel()
        ended = await asyncio.gather(*crews, return_exceptions=True)
        for fault in ended:
            if isinstance(fault, Exception):
                raise fault

    def _crews(self) -> list[QueueConsumer]:
        """Return a crew for polling and one for the rest: slow feeds must not keep messages waiting."""
        duties, rest = self._duties, set(self._duties.queues) - {POLL}
        crew = partial(QueueConsumer, silence=duties.lease, drain_seconds=DRAIN_SECONDS)
        crews = []
        if POLL in duties.queues:
            crews.append(crew(queues={POLL}, jobs=duties.batches))
        if rest:
            crews.append(crew(queues=rest, jobs=SPARE_JOBS + len(self._app.routing.channels)))
        return crews

    async def _call(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run one pass for a job; the job is done whatever comes of it, for what is left stands in rows."""
        try:
            await work()
        except (LedgerAway, OwnShortage) as error:
            log.warning("pass=%s outcome=waits; it is tried again at the next tick: %s", name, error)
        except DatabaseRefused as refusal:
            self._failure = self._failure or refusal
            self.stop()
        except Exception:
            log.exception("pass=%s outcome=fault; it is tried again at the next tick", name)

    async def _beat(self) -> None:
        """Show that this worker lives, and keep what it holds."""
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
        """Put back the jobs of workers that fell silent."""
        if put_back := await self._queue.sweep(self._duties.lease):
            log.warning("worker outcome=took-over jobs=%d of workers that fell silent", put_back)
        await asyncio.to_thread(self._passes.forget)
        await asyncio.to_thread(self._passes.prune)
