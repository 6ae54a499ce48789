"""Runs a pass again whenever it is woken, one run at a time."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from storage.engine.errors import DatabaseRefused, DatabaseUnavailable
from storage.shortage import ResourceShortage, resource_shortage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

HANGS_SECONDS = 600.0  # matching a first round of ten thousand feeds takes a few minutes


class Pass:
    """A pass that is run again if it was woken meanwhile; `refused` is called if the database cannot be used."""

    def __init__(
        self, name: str, work: Callable[[], Awaitable[None]], *, refused: Callable[[DatabaseRefused], None]
    ) -> None:
        self._name = name
        self._work = work
        self._refused = refused
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._logged_error = ""
        self._began: float | None = None  # on the loop's clock, seconds

    @property
    def hangs(self) -> bool:
        """Return whether the run under way has taken longer than any normal run."""
        return self._began is not None and asyncio.get_running_loop().time() - self._began > HANGS_SECONDS

    def wake(self) -> None:
        """Run now, or again after the run under way."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name=self._name)

    async def _run(self) -> None:
        while self._again:
            self._again = False
            self._began = asyncio.get_running_loop().time()
            try:
                await self._work()
            except DatabaseUnavailable as error:
                self._log_once(error)
            except DatabaseRefused as refusal:
                self._refused(refusal)
            except Exception as error:
                shortage = resource_shortage(error)
                if shortage is not None:
                    self._log_once(shortage)
                    continue
                log.exception("pass=%s outcome=fault; it is tried again at the next tick", self._name)
            else:
                self._logged_error = ""
            finally:
                self._began = None

    def _log_once(self, error: DatabaseUnavailable | ResourceShortage) -> None:
        """Log the reason why this pass waits once, not at every tick: a full disk has no room for a long log."""
        if str(error) != self._logged_error:
            log.error("pass=%s outcome=waits; %s; it is tried again at every tick", self._name, error)
        self._logged_error = str(error)

    def cancel(self) -> None:
        """Cancel the run in progress; uncommitted work waits for the next run."""
        if self._task is not None:
            self._task.cancel()

    async def finish(self) -> None:
        """Wait for the run under way."""
        if self._task is not None:
            await self._task
