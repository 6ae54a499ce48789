"""Chooses how much is committed at once: what a transaction stores in `TARGET_SECONDS`, learnt from earlier ones.

A commit costs as much as dozens of feeds, so few are made; SQLite has one writer, so none may last.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable

    from monitor.polling.record import Received

TARGET_SECONDS = 0.04  # of a transaction; others wait for the one writer, and 100 ms is their due
FIRST_WEIGHT = 400  # feeds or items, before anything was measured: 20 ms
LEAST_WEIGHT, MOST_WEIGHT = 200, 4_000  # four bodies: smaller ones only add up what a commit costs by itself
WEIGHT_OF_FEED, WEIGHT_OF_BODY = (
    1,
    8,
)  # in rows: a body's keys and titles are looked up before anything is stored
MOST_GROWTH = 2.0  # from one slice to the next: a quick one may have been luck


class Batches:
    """Takes slices of what has arrived."""

    def __init__(self) -> None:
        self._limit = float(FIRST_WEIGHT)

    def is_full(self, arrived: Iterable[Received]) -> bool:
        """Whether what has arrived is enough for a transaction."""
        return any(weight >= self._limit for weight in accumulate(map(weight_of, arrived)))

    def take(self, arrived: deque[Received]) -> list[Received]:
        """Remove and return what fits into one transaction, at least one."""
        taken: list[Received] = []
        weight = 0
        while arrived and (not taken or weight + weight_of(arrived[0]) <= self._limit):
            weight += weight_of(arrived[0])
            taken.append(arrived.popleft())
        return taken

    def lasted(self, taken: list[Received], seconds: float) -> None:
        """Learn from a slice how large the next may be."""
        weight = sum(map(weight_of, taken))
        fitting = weight * TARGET_SECONDS / max(seconds, 1e-4)
        if seconds > TARGET_SECONDS or fitting > self._limit:
            self._limit = min(max(fitting, LEAST_WEIGHT), self._limit * MOST_GROWTH, MOST_WEIGHT)


def weight_of(received: Received) -> int:
    """Return what a feed weighs in a transaction: its row, and what its body and items are to look up and store."""
    items = getattr(received.read, "items", None)
    return WEIGHT_OF_FEED if items is None else WEIGHT_OF_FEED + WEIGHT_OF_BODY + len(items)
