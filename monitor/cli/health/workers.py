"""The lines of `status` about workers: their names, their queues, and how late the passes are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from monitor.views.health.workers import WorkersView


def worker_lines(view: WorkersView, *, counted: str, now: datetime) -> Iterator[str]:
    """Yield the lines about workers for people; `counted` is their number in words."""
    from alerts.render.parts.times import duration
    from monitor.cli.shared.phrases import ago, count

    yield f"workers     {counted}"
    for worker in view.workers:
        yield f"  {worker.name}: since {ago(worker.since, now=now)}, polls {count(worker.hosts, 'host')} now"
    for queue in view.queues:
        yield f"  queue {queue.name}: {queue.waiting} waiting, {queue.running} running"
    yield f"behind      {', '.join(f'{name} {duration(span)}' for name, span in view.lag.items())}"
