"""The status: running processes, late and waiting work, and failures."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from monitor.views.alerts.held import read_capped, read_held
from monitor.views.health.counts import read_counts, read_troubled
from monitor.views.health.workers import WorkersView, read_workers, workers_json
from monitor.views.iso import iso
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from monitor.views.alerts.held import CappedRoute, HeldCount
    from monitor.views.health.counts import StatusCounts, TroubledFeed
    from monitor.views.health.workers import Queue
    from storage.database import Database


@value
class StatusView:
    """The counts of the database, the feeds in trouble, the workers (None on SQLite), held alerts by channel, and the routes at their caps."""

    running: bool
    overview: StatusCounts
    troubled: tuple[TroubledFeed, ...]
    workers: WorkersView | None
    held: Mapping[str, HeldCount] = field(default_factory=dict)
    capped: tuple[CappedRoute, ...] = ()

    @property
    def count_of_workers(self) -> str:
        """The number of workers in words; with none, whether another process does the work."""
        if self.workers is not None and self.workers.workers:
            return f"{len(self.workers.workers)}"
        return "none: one process, `run` or `once`, does all the work" if self.running else "none"

    @property
    def needs_attention(self) -> bool:
        """Whether feeds fail, deliveries were given up, the network is down, or a running storywatch is late."""
        seen = self.overview
        failing = seen.feeds.get("failing", 0) + seen.feeds.get("gone", 0)
        late = self.running and seen.late_feeds > 0
        return bool(failing or seen.dead_letters or seen.network_down_since or late)


def read_status(database: Database, *, now: datetime, queues: Callable[[str], Iterable[Queue]]) -> StatusView:
    """Return the status at a time; `queues` reads the lengths of the workers' queues (see `read_workers`)."""
    running = database.is_held()
    with database.read() as ledger:
        seen = read_counts(ledger, now=now)
        troubled = read_troubled(ledger)
        held = read_held(ledger)
        capped = read_capped(ledger) if held else ()
    workers = read_workers(database, now=now, queues=queues)
    return StatusView(
        running=running, overview=seen, troubled=troubled, workers=workers, held=held, capped=capped
    )


def status_json(view: StatusView) -> dict[str, Any]:
    """Return the output of `status --format json`."""
    seen = view.overview
    row = {
        "running": view.running,
        "network_down_since": iso(seen.network_down_since),
        "feeds": seen.feeds,
        "unpolled_feeds": seen.unpolled_feeds,
        "late_feeds": seen.late_feeds,
        "last_poll": iso(seen.last_poll),
        "next_poll": iso(seen.next_poll),
        "saved_bytes": seen.saved_bytes,
        "items": seen.items,
        "items_today": seen.items_today,
        "unmatched": seen.unmatched,
        "stories_today": seen.stories_today,
        "deliveries": seen.deliveries,
        "held": {
            channel: {"count": one.count, "until": iso(one.until)} for channel, one in view.held.items()
        },
        "capped": [
            {"route": one.route, "channel": one.channel, "waiting": one.waiting, "until": iso(one.until)}
            for one in view.capped
        ],
        "oldest_unsent": iso(seen.oldest_unsent),
        "next_digest": iso(seen.next_digest),
    }
    return row if view.workers is None else row | workers_json(view.workers)
