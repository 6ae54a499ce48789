"""Runs every pass at the times at which work is due, on a clock that jumps from one to the next.

    clock = VirtualClock(begins)
    async with open_engine(app, console=console, clock=clock) as engine:
        async for moment in passes_until(app, engine, clock, ends, before=publish): ...

It is for demos and tests: days take seconds, and every row has the time that it would have had.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.deliver import deliver
from monitor.service.driving.settle import settle_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from monitor.service.app import App
    from monitor.service.engine import Engine

GRAIN = timedelta(minutes=5)  # between two steps: work due within it is done together


class VirtualClock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


async def passes_until(
    app: App,
    engine: Engine,
    clock: VirtualClock,
    until: datetime,
    *,
    before: Callable[[datetime], Awaitable[None]],
) -> AsyncIterator[datetime]:
    """Do all work that is due before `until`; yield after each step. `before` prepares the world for a time."""
    while (due := await asyncio.to_thread(_next_due, app)) is not None:
        moment = max(due, clock.now + GRAIN)
        if moment >= until:
            break
        clock.now = moment
        await before(moment)
        await _step(app, engine, now=moment)
        yield moment
    clock.now = until


async def _step(app: App, engine: Engine, *, now: datetime) -> None:
    await engine.polling.run_all(now=now)
    await asyncio.to_thread(settle_all, app, now=now)
    while await engine.fulltext.run(now=now):
        await asyncio.to_thread(settle_all, app, now=now)
    await deliver(app.database, engine.context, now=now)


def _next_due(app: App) -> datetime | None:
    """Return when the next work is due."""
    digests = [route.name for route in app.routing.routes if route.at is not None]
    with app.database.read() as ledger:
        waits = (
            ledger.feeds.next_due(),
            ledger.stories.next_due(),
            ledger.alerts.next_release(),
            ledger.outbox.next_due(),
            ledger.digests.next_due(digests),
        )
    return min((due for due in waits if due is not None), default=None)
