"""Repeated calls use the monotonic clock: a change of the wall clock stops none and repeats none."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from apscheduler.schedulers import base

from monitor.service.driving import ticks
from monitor.service.driving.ticks import ClockWatch, Ticks

PATIENCE_SECONDS = 60.0
SPAN = timedelta(seconds=0.05)


class SettableClock(datetime):
    """The system's clock, as this program and APScheduler read it."""

    set_by = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + cls.set_by


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[SettableClock]:
    monkeypatch.setattr(base, "datetime", SettableClock)
    monkeypatch.setattr(SettableClock, "set_by", timedelta(0))
    monkeypatch.setattr(ticks, "WATCH_SECONDS", 0.05)
    return SettableClock


@pytest.mark.parametrize("step", [-timedelta(minutes=10), -timedelta(days=1), timedelta(days=3_000)])
def test_ticks_go_on_when_the_clock_is_set(clock: type[SettableClock], step: timedelta) -> None:
    """They continue while the clock is wrong and after its correction, one at a time; each step is reported once."""
    called: list[float] = []
    steps: list[timedelta] = []

    async def watch() -> None:
        stop, changed = asyncio.Event(), asyncio.Condition()
        ticking = Ticks(clock=lambda: clock.now(UTC), stepped=steps.append)

        async def call() -> None:
            called.append(asyncio.get_running_loop().time())
            async with changed:
                changed.notify_all()

        async def called_on(told: int) -> None:
            """Wait until so many steps were reported, and for three calls after the last."""
            async with changed:
                await changed.wait_for(lambda: len(steps) >= told)
                wanted = len(called) + 3
                await changed.wait_for(lambda: len(called) >= wanted)

        ticking.every(SPAN, call)
        running = asyncio.create_task(ticking.run_until(stop))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await called_on(0)
            for told, offset in enumerate((step, timedelta(0)), 1):
                clock.set_by = offset
                await called_on(told)
            stop.set()
            await running

    asyncio.run(watch())
    assert [round(found / step) for found in steps] == [1, -1]
    assert len(called) < 1_000


def test_a_clock_that_is_slewed_has_not_stepped() -> None:
    """A time service adjusts it by milliseconds a second."""
    moments = iter(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=1.0005 * n) for n in range(10))
    seconds = iter(float(n) for n in range(10))
    watch = ClockWatch(wall=lambda: next(moments), monotonic=lambda: next(seconds))
    assert [watch.step() for _ in range(9)] == [timedelta(0)] * 9
