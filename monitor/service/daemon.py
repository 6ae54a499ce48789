"""The daemon: each tick starts the due work as tasks that the daemon owns and awaits.

    tick ─▶ poll, and pushes ─wakes▶ settle (match, alert, digest) ─wakes▶ deliver, and pages, which wake settle again

A pass that committed work wakes the next one. The wake-up only saves time: a tick each second looks at the rows anyway.
Only one instance of a pass runs at a time, except for polling, where a slow feed must not delay others.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from alerts.deliver import deliver
from monitor.actions.prune import prune
from monitor.service.driving.pass_task import Pass
from monitor.service.driving.settle import settle
from monitor.service.driving.ticks import STEP, Ticks
from monitor.service.pull_back import pull_back
from storage.engine.errors import DatabaseRefused, DatabaseUnavailable
from storage.shortage import ResourceShortage

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime
    from typing import Any

    from monitor.polling.record import Polled
    from monitor.service.app import App
    from monitor.service.engine import Engine

log = logging.getLogger(__name__)

# The latency of an alert without a wake-up; costs three small queries a second when idle.
TICK = timedelta(seconds=1)
DRAIN_SECONDS = 18.0  # of the promised 20: running work may end after SIGTERM; the rest gives its leases back
ROUNDS_AT_ONCE = 50  # of settling, each up to a second, before the daemon reports that it is alive
LOOK_FOR_PRUNING = timedelta(hours=1)
PRUNE_SECONDS = 86_400.0  # between two prunings, and after a change of the clock: a clock that is ahead would delete too much
# Seconds: feeds are not polled repeatedly while results cannot be stored.
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0
# After the first round, but early enough for a daemon that restarts daily.
FIRST_PRUNING = timedelta(minutes=10)
# Answers that a full disk prevents from being stored are kept in memory until there is space.
FOREVER = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonListener:
    """Callbacks of the daemon, called on its loop after the rows are committed."""

    polled: Callable[[list[Polled]], None]
    settled: Callable[[], None]
    alive: Callable[[], None] = lambda: None  # called at every tick unless a pass hangs


class PollPause:
    """A pause in polling after results could not be stored; repeated pauses double in length."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._until = float("-inf")  # on the loop's clock

    def lasts(self, now: float) -> bool:
        """Return whether the pause is in force."""
        return now < self._until

    def begin(self, now: float) -> None:
        """Begin a pause; rounds that fail at the same time begin only one."""
        if self.lasts(now):
            return
        self.seconds = min(2 * self.seconds, LONGEST_PAUSE) or FIRST_PAUSE
        self._until = now + self.seconds

    def end(self) -> None:
        """End the pause, since a result was stored."""
        self.seconds = 0.0


class Daemon:
    """Drives the passes of one app until it is told to stop."""

    def __init__(
        self, app: App, engine: Engine, *, clock: Callable[[], datetime], reports: DaemonListener
    ) -> None:
        self._app = app
        self._engine = engine
        self._stop = asyncio.Event()
        self._send_context = replace(engine.context, patience=FOREVER, closing=self._stop.is_set)
        self._clock = clock
        self._reports = reports
        self._rounds: set[asyncio.Task[None]] = set()
        self._pause = PollPause()
        self._failure: DatabaseRefused | None = None
        self._prune_from = float("-inf")  # on the loop's clock
        self._ends = False  # set by `stop`, not by `hand_over`
        self._settle = Pass("settle", self._settle_once, refused=self._fail)
        self._read_pages = Pass("pages", self._read_pages_once, refused=self._fail)
        self._ask_hubs = Pass("hubs", self._ask_hubs_once, refused=self._fail)
        self._read_pushes = Pass("pushes", self._read_pushes_once, refused=self._fail)
        # One for each channel: an endpoint that hangs must not delay the others (D8).
        self._deliver = [
            Pass(f"deliver {name}", partial(self._deliver_to, name), refused=self._fail)
            for name in app.routing.channels
        ]
        self._polls_feeds = True

    async def run(self) -> None:
        """Run until `stop` or `hand_over`, then wait for running work.

        Raises:
            DatabaseRefused: the database is damaged, was deleted or replaced, or lacks tables.
        """
        ticks = Ticks(clock=self._clock, stepped=self._clock_stepped)
        ticks.every(TICK, self._tick)
        ticks.every(LOOK_FOR_PRUNING, self._prune, first=FIRST_PRUNING)
        try:
            await ticks.run_until(self._stop)
        finally:
            await self._drain()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End the run."""
        self._ends = True
        self._stop.set()

    def _fail(self, refusal: DatabaseRefused) -> None:
        """End the run because no pass can continue."""
        self._failure = self._failure or refusal
        self.stop()

    async def hand_over(self) -> None:
        """End the run for another daemon: start no more polls and wait for those under way."""
        self._polls_feeds = False
        if self._rounds:
            await asyncio.wait(self._rounds, timeout=DRAIN_SECONDS)
        self._stop.set()

    def poll(self) -> None:
        """Start a round of due feeds, beside any that is under way."""
        if self._polls_feeds:
            self._own(self._poll_once())

    async def _prune(self) -> None:
        """Delete what is older than `keep`, once a day; a failure is repeated the next day."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._prune_from:
            return
        self._prune_from = loop.time() + PRUNE_SECONDS
        keep, now = self._app.settings.storage.keep, self._clock()
        try:
            pruned = await asyncio.to_thread(prune, self._app.database, keep=keep, now=now)
        except DatabaseUnavailable as error:
            log.error("pass=prune outcome=waits; %s", error)  # noqa: TRY400  # no traceback
        except DatabaseRefused as refusal:
            self._fail(refusal)
        else:
            log.info("pass=prune items=%d stories=%d", pruned.items, pruned.stories)

    def _clock_stepped(self, step: timedelta) -> None:
        """Run the passes now, and correct due times that a wrong clock has set."""
        log.warning("clock outcome=stepped seconds=%+.0f", step.total_seconds())
        self._prune_from = asyncio.get_running_loop().time() + PRUNE_SECONDS
        self._own(self._recover(set(self._rounds)))

    async def _recover(self, under_way: set[asyncio.Task[None]]) -> None:
        """Correct due times set by a wrong clock, and again after the work that was running during the correction."""
        await self._pull_back()
        if under_way:
            await asyncio.wait(under_way)
        await self._settle.finish()
        await self._pull_back()

    async def _pull_back(self) -> None:
        try:
            await asyncio.to_thread(
                pull_back, self._app.database, self._app.settings, now=self._clock(), slack=STEP
            )
        except DatabaseUnavailable as error:
            log.error("clock outcome=waits; %s", error)  # noqa: TRY400  # no traceback
        except DatabaseRefused as refusal:
            self._fail(refusal)

    async def _tick(self) -> None:
        try:
            self._app.database.check_file()
        except DatabaseRefused as refusal:
            self._fail(refusal)
            return
        if not self._settle.hangs:
            self._reports.alive()
        self.poll()
        self._ask_hubs.wake()
        self._read_pushes.wake()
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
        loop = asyncio.get_running_loop()
        if self._pause.lasts(loop.time()):
            return
        try:
            polled = await self._engine.polling.run(now=self._clock())
        except (DatabaseUnavailable, ResourceShortage) as error:
            self._pause.begin(loop.time())
            log.error(  # noqa: TRY400  # no traceback
                "pass=poll outcome=waits; %s; feeds stay due and are polled again in %.0f min",
                error,
                self._pause.seconds / 60,
            )
        except DatabaseRefused as refusal:
            self._fail(refusal)
        except Exception:
            self._pause.begin(loop.time())
            log.exception("pass=poll outcome=fault; feeds stay due")
        else:
            self._after_poll(polled)

    def _after_poll(self, polled: list[Polled]) -> None:
        if polled:
            self._pause.end()
            self._reports.polled(polled)
            self._settle.wake()

    async def _settle_once(self) -> None:
        is_more = await asyncio.to_thread(self._settle_rounds, asyncio.get_running_loop())
        if is_more and not self._stop.is_set():
            self._settle.wake()
        elif not is_more:
            self._reports.settled()

    def _settle_rounds(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Settle what may cause an alert, then a part of the rest, and so on; return whether something is left.

        The rounds share a thread: each return to the event loop takes long while it fetches many feeds.
        """
        for _ in range(ROUNDS_AT_ONCE):
            if settle(self._app, now=self._clock()):
                loop.call_soon_threadsafe(self._wake_delivery)
            loop.call_soon_threadsafe(self._read_pages.wake)
            if not self._app.matching.run_backlog(self._app.database, now=self._clock()):
                return False
            if self._stop.is_set():
                break
        return True

    async def _read_pages_once(self) -> None:
        if await self._engine.fulltext.run(now=self._clock()):
            self._settle.wake()

    async def _ask_hubs_once(self) -> None:
        await self._engine.hubs.run(now=self._clock())

    async def _read_pushes_once(self) -> None:
        self._after_poll(await self._engine.pushes.run(now=self._clock()))

    async def _deliver_to(self, channel: str) -> None:
        await deliver(self._app.database, self._send_context, now=self._clock(), channel=channel)

    async def _drain(self) -> None:
        """Start no more polls, wait for messages under way, and cancel the rest after `DRAIN_SECONDS`."""
        for task in self._rounds:
            task.cancel()
        for interruptible in (self._read_pages, self._ask_hubs, self._read_pushes):
            interruptible.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await asyncio.gather(*self._rounds, return_exceptions=True)
                await self._settle.finish()
                await asyncio.gather(*(channel.finish() for channel in self._deliver))
        if self._ends:
            self._app.database.stop_waiting()  # threads that wait for the database's lock would delay the end of the process
