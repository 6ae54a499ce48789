"""The daemon: APScheduler ticks, and each tick starts what is due as tasks that we own and await.

    tick ─▶ poll ─wakes▶ settle (match, alert, digest) ─wakes▶ deliver, and pages, which wake settle again

A pass that committed work wakes the next one. The wake-up is a hint, the rows are the truth: a tick a second looks
at them anyway. One instance of a pass runs at a time, but for polling, where a slow feed must not hold up others.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from alerts.alert import alert
from alerts.deliver import deliver
from alerts.digest import digest
from monitor.polling.notify_operators import report
from monitor.service.cron import next_turn
from monitor.service.retention import prune
from storage.engine.errors import LedgerAway

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from datetime import datetime
    from typing import Any

    from monitor.polling.record import Polled
    from monitor.service.app import App, Engine

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0  # an alert's latency without a wake-up; three small queries a second when idle
DRAIN_SECONDS = (
    18.0  # of the 20 promised: what is under way at SIGTERM may end, what does not gives its lease back
)
HANGS_SECONDS = 600.0  # matching a first round of ten thousand feeds takes a few minutes
UNWRITTEN_PAUSE = timedelta(minutes=1)  # feeds are not asked again and again for what cannot be stored
FIRST_PRUNING = timedelta(minutes=10)  # not in the first round's way, and soon enough for what restarts daily
FOREVER = timedelta(
    days=365
)  # an answer that a full disk keeps from being written down is kept until there is room


class Pass:
    """One pass, run again while there was a reason to."""

    def __init__(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._name = name
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._complaint = ""
        self._began: float | None = None  # on the loop's clock, seconds

    @property
    def hangs(self) -> bool:
        """Whether the run under way takes longer than any that ends."""
        return self._began is not None and asyncio.get_running_loop().time() - self._began > HANGS_SECONDS

    def wake(self) -> None:
        """Run now, or once more after the run under way."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name=self._name)

    async def _run(self) -> None:
        while self._again:
            self._again = False
            self._began = asyncio.get_running_loop().time()
            try:
                await self._work()
            except LedgerAway as error:
                self._complain(error)
            except Exception:
                log.exception("pass=%s outcome=fault; it is tried again at the next tick", self._name)
            else:
                self._complaint = ""
            finally:
                self._began = None

    def _complain(self, error: LedgerAway) -> None:
        """Say once, and not at every tick, that the ledger takes nothing: a full disk has no room for a long log."""
        if str(error) != self._complaint:
            log.error("pass=%s outcome=waits; %s; it is tried again at every tick", self._name, error)
        self._complaint = str(error)

    def cancel(self) -> None:
        """Break off the run under way; what it did not commit waits for the next."""
        if self._task is not None:
            self._task.cancel()

    async def finish(self) -> None:
        """Wait for the run under way."""
        if self._task is not None:
            await self._task


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonListener:
    """Who wants to hear what the daemon did: called on its loop, after the rows are committed."""

    polled: Callable[[list[Polled]], None]
    settled: Callable[[], None]
    alive: Callable[[], None] = lambda: None  # at every tick, unless a pass hangs


class Daemon:
    """Drives the passes of one app until it is told to stop."""

    def __init__(
        self, app: App, engine: Engine, *, clock: Callable[[], datetime], reports: DaemonListener
    ) -> None:
        self._app = app
        self._engine = engine
        self._stop = asyncio.Event()
        self._carriers = replace(engine.context, patience=FOREVER, closing=self._stop.is_set)
        self._clock = clock
        self._reports = reports
        self._rounds: set[asyncio.Task[None]] = set()
        self._poll_from = clock()
        self._settle = Pass("settle", self._settle_once)
        self._read_pages = Pass("pages", self._read_pages_once)
        # One for each channel: an endpoint that hangs must not hold up the others (D8).
        self._deliver = [
            Pass(f"deliver {name}", partial(self._deliver_to, name)) for name in app.routing.channels
        ]
        self._asks_feeds = True

    async def run(self) -> None:
        """Run until `stop` or `hand_over`, then let what is under way end."""
        scheduler = AsyncIOScheduler()
        # A late tick is still wanted: the default would drop one that is a second late.
        scheduler.add_job(
            self._tick, "interval", seconds=TICK_SECONDS, misfire_grace_time=None, next_run_time=self._clock()
        )
        scheduler.add_job(
            self._prune,
            "interval",
            days=1,
            misfire_grace_time=None,
            next_run_time=self._clock() + FIRST_PRUNING,
        )
        scheduler.start()
        try:
            await self._stop.wait()
        finally:
            scheduler.shutdown(wait=False)
            await self._drain()

    def stop(self) -> None:
        """End the run."""
        self._stop.set()

    async def hand_over(self) -> None:
        """End the run for another daemon: ask no more feeds, but let those under way answer first."""
        self._asks_feeds = False
        if self._rounds:
            await asyncio.wait(self._rounds, timeout=DRAIN_SECONDS)
        self.stop()

    def poll(self) -> None:
        """Start a round of what is due, beside any that is under way."""
        if self._asks_feeds:
            self._own(self._poll_once())

    async def _prune(self) -> None:
        """Let old things go, once a day; what fails is tried again the next."""
        keep, now = self._app.settings.storage.keep, self._clock()
        try:
            pruned = await asyncio.to_thread(prune, self._app.database, keep=keep, now=now)
        except LedgerAway as error:
            log.error("pass=prune outcome=waits; %s", error)  # noqa: TRY400  # no traceback
        else:
            log.info("pass=prune items=%d stories=%d", pruned.items, pruned.stories)

    async def _tick(self) -> None:
        if not self._settle.hangs:
            self._reports.alive()
        self.poll()
        self._settle.wake()
        self._wake_delivery()

    def _wake_delivery(self) -> None:
        for channel in self._deliver:
            channel.wake()

    def _own(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="poll")
        self._rounds.add(task)
        task.add_done_callback(self._rounds.discard)

    async def _poll_once(self) -> None:
        if self._clock() < self._poll_from:
            return
        try:
            polled = await self._engine.polling.run(now=self._clock())
        except LedgerAway as error:
            log.error("pass=poll outcome=waits; %s; what was due stays due", error)  # noqa: TRY400  # no traceback
            self._poll_from = self._clock() + UNWRITTEN_PAUSE
            return
        except Exception:
            log.exception("pass=poll outcome=fault; what was due stays due")
            return
        if polled:
            self._reports.polled(polled)
            self._settle.wake()

    async def _settle_once(self) -> None:
        if await asyncio.to_thread(self._match_and_alert):
            self._wake_delivery()
        self._read_pages.wake()
        self._reports.settled()

    async def _read_pages_once(self) -> None:
        if await self._engine.fulltext.run(now=self._clock()):
            self._settle.wake()

    def _match_and_alert(self) -> int:
        app, now = self._app, self._clock()
        app.matching.run(app.database, now=now)
        sealed = alert(app.database, app.routing, now=now) + report(app.database, app.routing, now=now)
        return sealed + digest(app.database, app.routing, next_turn=next_turn, now=now)

    async def _deliver_to(self, channel: str) -> None:
        await deliver(self._app.database, self._carriers, now=self._clock(), channel=channel)

    async def _drain(self) -> None:
        """Stop asking feeds, let messages under way end, and give up after `DRAIN_SECONDS`."""
        for task in self._rounds:
            task.cancel()
        self._read_pages.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await asyncio.gather(*self._rounds, return_exceptions=True)
                await self._settle.finish()
                await asyncio.gather(*(channel.finish() for channel in self._deliver))
