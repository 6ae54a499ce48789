"""A round of polling with a progress display."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from monitor.polling.record import Polled
    from monitor.service.app import App
    from monitor.service.engine import Engine

COUNTED = 1_000  # feeds; for more, only their number is shown


class ProgressWatch(Protocol):
    """Returns a block that lasts while `total` feeds are polled and yields a function that counts finished ones."""

    def __call__(self, *, total: int | None) -> AbstractContextManager[Callable[[int], None]]:
        """Return the block."""


def unwatched(*, total: int | None) -> AbstractContextManager[Callable[[int], None]]:
    """Show no progress."""
    del total
    return nullcontext(lambda _: None)


def has_due_feeds(app: App, *, now: datetime) -> bool:
    """Return whether a feed is due at a time."""
    with app.database.read() as ledger:
        return ledger.feeds.count_due(now=now) > 0


async def poll_all(
    app: App,
    engine: Engine,
    *,
    now: datetime,
    watch: ProgressWatch,
    on_stored: Callable[[Sequence[Polled]], None] = lambda _: None,
) -> list[Polled]:
    """Poll until no feed is due at a time; return the result of each feed. `on_stored` is called with each stored batch."""
    with app.database.read() as ledger:
        due = ledger.feeds.count_due(now=now)
    with watch(total=due if due <= COUNTED else None) as step:

        def stored(some: Sequence[Polled]) -> None:
            step(len(some))
            on_stored(some)

        engine.polling.on_stored = stored
        return await engine.polling.run_all(now=now)
