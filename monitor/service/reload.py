"""Restarts the daemon or worker on SIGHUP while holding the database lock.

SIGHUP ─▶ read again ─ errors ─▶ print them; the running driver continues as before
                     └ good ──▶ start no more polls, wait for those under way, run the next driver
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from monitor.actions.feeds.sync_subscriptions import sync_subscriptions
from monitor.service.app import sync_ledger
from monitor.service.driving.pass_task import Pass
from monitor.service.process.signals import handling_signals
from storage.engine.errors import AlreadyRunning, DatabaseRefused, DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from monitor.service.app import App
    from monitor.service.engine import Engine
    from storage.engine.lock import Hold

log = logging.getLogger(__name__)

KEEP_SECONDS = 5.0  # how often the lock is checked, and taken again if it was lost with its server


class Driver(Protocol):
    """Calls the passes of one configuration: a daemon, or a worker."""

    async def run(self) -> None:
        """Run until it has to stop, and wait for running work."""
        ...

    def stop(self) -> None:
        """End the run."""
        ...

    async def hand_over(self) -> None:
        """End the run for another driver."""
        ...


class Reloader:
    """Runs drivers until it has to stop, a new one whenever the configuration was reloaded without errors."""

    def __init__(
        self,
        *,
        engine_of: Callable[[App], AbstractAsyncContextManager[Engine]],
        renewed: Callable[[App], App | None],
        driver_of: Callable[[App, Engine], Driver],
        clock: Callable[[], datetime],
        hold: Hold,
    ) -> None:
        """Keep the parts. `renewed` reloads the configuration; it returns None after reporting errors in it."""
        self._engine_of = engine_of
        self._renewed = renewed
        self._driver_of = driver_of
        self._clock = clock
        self._hold = hold
        self._refused: AlreadyRunning | DatabaseRefused | None = None
        self._driver: Driver | None = None
        self._next: App | None = None
        self._ended = False
        self._drives = asyncio.Event()  # set while there is a driver, and when there will be none
        self._renewal = Pass("renew", self._renew, refused=self._fail)

    async def run(self, app: App) -> None:
        """Run until SIGTERM or SIGINT; the database is already synchronised with `app`.

        Raises:
            AlreadyRunning: the server dropped the lock and another process took it.
            DatabaseRefused: the database is damaged, was deleted or replaced, or lacks tables.
        """
        keeping = asyncio.create_task(self._keep())
        try:
            with handling_signals(stop=self._stop, renew=self.reload):
                await self._run_all(app)
        finally:
            keeping.cancel()
        if self._refused is not None:
            raise self._refused

    def reload(self) -> None:
        """Read the configuration again, as SIGHUP does."""
        self._renewal.wake()

    async def _run_all(self, app: App) -> None:
        await self._run_one(app)
        while self._next is not None and not self._ended:
            app, self._next = self._next, None
            await asyncio.to_thread(self._sync_ledger, app)
            await self._run_one(app)
        await self._renewal.finish()

    async def _run_one(self, app: App) -> None:
        """Run one driver until it is told to stop, or to hand over to the next."""
        async with self._engine_of(app) as engine:
            self._driver = self._driver_of(app, engine)
            self._app = app
            self._drives.set()
            if not self._ended:  # else the signal came between two drivers
                await self._driver.run()
            self._driver = None
            if not self._ended:
                self._drives.clear()

    async def _keep(self) -> None:
        """Keep the lock through a restart of the server; end if another process took it."""
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            try:
                await asyncio.to_thread(self._hold.renew)
            except AlreadyRunning as refused:
                self._fail(refused)
            except DatabaseUnavailable as error:
                log.warning("hold outcome=waits; it is tried again: %s", error)

    def _fail(self, refused: AlreadyRunning | DatabaseRefused) -> None:
        self._refused = self._refused or refused
        self._stop()

    def _stop(self) -> None:
        self._ended = True
        self._drives.set()
        if self._driver is not None:
            self._driver.stop()

    async def _renew(self) -> None:
        await self._drives.wait()  # a reload may come before the first driver, or between two
        if self._ended:
            return
        app = await asyncio.to_thread(self._renewed, self._app)
        if app is not None and self._driver is not None:
            self._next = app
            await self._driver.hand_over()

    def _sync_ledger(self, app: App) -> None:
        now = self._clock()
        sync_subscriptions(app.database, app.settings, now=now)
        sync_ledger(app, now=now)
