"""A round of polling with a progress display."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from monitor.polling.record import Polled
    from monitor.service.app import App, Engine

COUNTED = 1_000  # feeds: of more it is only said that they are polled


class ProgressWatch(Protocol):
    """Whoever watches: a block that lasts while `total` feeds are polled, and is told how many more are done."""

    def __call__(self, *, total: int | None) -> AbstractContextManager[Callable[[int], None]]:
        """Return the block."""


def unwatched(*, total: int | None) -> AbstractContextManager[Callable[[int], None]]:
    """Watch nothing."""
    del total
    return nullcontext(lambda _: None)


async def poll_all(app: App, engine: Engine, *, now: datetime, watch: ProgressWatch) -> list[Polled]:
    """Poll until nothing is due any more at that time; return what came of each feed."""
    with app.database.read() as ledger:
        due = ledger.feeds.count_due(now=now)
    with watch(total=due if due <= COUNTED else None) as step:
        engine.polling.on_stored = lambda some: step(len(some))
        return await engine.polling.run_all(now=now)
