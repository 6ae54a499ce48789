"""The lengths of the workers' queues, also where Procrastinate is not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.service.workers.queue import QueueLength


def lengths_if_known(conninfo: str) -> Iterable[QueueLength]:
    """Return the lengths of the workers' queues; none without Procrastinate, as on a machine that only looks."""
    try:
        from monitor.service.workers import queue  # noqa: PLC0415 - an optional part
    except ModuleNotFoundError:
        return ()
    return queue.queue_lengths(conninfo)
