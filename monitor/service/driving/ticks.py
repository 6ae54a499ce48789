"""Repeated calls by the monotonic clock, on APScheduler.

APScheduler compares its jobs with the wall clock: after a step back it would wait until the clock has caught up, and
after a step forward it would call once for every missed span. So each call is scheduled one span after the last call,
and a check each second reschedules calls that a step back has delayed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WATCH_SECONDS = 1.0  # between two checks of the clock
STEP = timedelta(seconds=2)  # a smaller change comes from a time service's slewing or a busy machine


class ClockWatch:
    """Compares the wall clock with the loop's monotonic clock."""

    def __init__(self, *, wall: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._began = self._difference()

    def step(self) -> timedelta:
        """Return by how much the wall clock was changed since the last call; negative if it was set back."""
        now = self._difference()
        step = now - self._began
        if abs(step) < STEP:
            return timedelta(0)
        self._began = now
        return step

    def _difference(self) -> timedelta:
        return self._wall() - datetime.fromtimestamp(0, UTC) - timedelta(seconds=self._monotonic())


class _Every(BaseTrigger):  # type: ignore[misc]  # APScheduler is untyped
    """A trigger that is due one span after the last call, even if that was late."""

    def __init__(self, span: timedelta, *, first: timedelta) -> None:
        self.span = span
        self._first = first

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return when the next call is due."""
        return now + (self._first if previous_fire_time is None else self.span)


class Ticks:
    """Calls that repeat until told to stop; `stepped` is called when the wall clock was changed."""

    def __init__(self, *, clock: Callable[[], datetime], stepped: Callable[[timedelta], None]) -> None:
        self._clock = clock
        self._stepped = stepped
        # A late call is still made; by default APScheduler drops one that is a second late.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True}
        )

    def every(
        self, span: timedelta, call: Callable[[], Awaitable[None]], *, first: timedelta = timedelta(0)
    ) -> None:
        """Call a function every `span`, the first time after `first`."""
        self._scheduler.add_job(call, _Every(span, first=first))

    async def run_until(self, stop: asyncio.Event) -> None:
        """Make the due calls until `stop` is set."""
        watch = ClockWatch(wall=self._clock, monotonic=asyncio.get_running_loop().time)
        self._scheduler.start()
        try:
            while not stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), WATCH_SECONDS)
                self._bring_back()
                if step := watch.step():
                    self._stepped(step)
        finally:
            self._scheduler.shutdown(wait=False)

    def _bring_back(self) -> None:
        """Reschedule jobs that wait longer than their span, because the clock was set back."""
        now = self._clock()
        for job in self._scheduler.get_jobs():
            if job.next_run_time > now + job.trigger.span:
                job.modify(next_run_time=now)
