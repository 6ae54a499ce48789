"""Chooses how much to commit at once, so that a transaction takes about `TARGET_SECONDS`, by measuring earlier ones.

A commit costs as much as storing dozens of feeds, so commits are few. SQLite has one writer, so commits are short.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable

    from monitor.polling.record import Received

TARGET_SECONDS = (
    0.04  # of a transaction; other writers wait meanwhile and should get their turn within 100 ms
)
FIRST_WEIGHT = 400  # feeds or items, before anything has been measured: about 20 ms
LEAST_WEIGHT, MOST_WEIGHT = (
    200,
    4_000,
)  # 200 is four bodies; below that the cost of the commit itself dominates
WEIGHT_OF_FEED, WEIGHT_OF_BODY = (
    1,
    8,
)  # in rows; a body costs more because its keys and titles are looked up first
MOST_GROWTH = 2.0  # of the size, from one batch to the next; a single fast batch may be chance


class Batches:
    """Takes batches from the received feeds and adapts their size."""

    def __init__(self) -> None:
        self._limit = float(FIRST_WEIGHT)

    def is_full(self, arrived: Iterable[Received]) -> bool:
        """Whether the arrived feeds fill a transaction."""
        return any(weight >= self._limit for weight in accumulate(map(weight_of, arrived)))

    def take(self, arrived: deque[Received]) -> list[Received]:
        """Remove and return the feeds that fit into one transaction, at least one."""
        taken: list[Received] = []
        weight = 0
        while arrived and (not taken or weight + weight_of(arrived[0]) <= self._limit):
            weight += weight_of(arrived[0])
            taken.append(arrived.popleft())
        return taken

    def record_duration(self, taken: list[Received], seconds: float) -> None:
        """Adapt the size of the next batch to the time that this one took."""
        weight = sum(map(weight_of, taken))
        fitting = weight * TARGET_SECONDS / max(seconds, 1e-4)
        if seconds > TARGET_SECONDS or fitting > self._limit:
            self._limit = min(max(fitting, LEAST_WEIGHT), self._limit * MOST_GROWTH, MOST_WEIGHT)


def weight_of(received: Received) -> int:
    """Return the cost of a feed in a transaction, in rows: its own row, and its body and items if it has any."""
    items = getattr(received.read, "items", None)
    return WEIGHT_OF_FEED if items is None else WEIGHT_OF_FEED + WEIGHT_OF_BODY + len(items)
