"""The choice of the due feeds that are polled next.

Each feed being polled costs memory and is read again in every later choice, so an import of 100,000 feeds must not be
polled at once. The others stay due (ADR 55).
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from storage.database import Database
    from storage.model import Feed

ROUND = 2_000  # feeds chosen at once; the others stay due
UNDER_WAY = 4_000  # feeds polled at a time, in several rounds
OF_A_HOST = 200  # of them: they wait for each other, and other hosts need their places


class DueFeeds:
    """The choice of due feeds, and the feeds chosen before that are still being polled."""

    def __init__(self, database: Database, *, concurrency: int) -> None:
        """Leave at least as many feeds waiting for a connection as there are connections."""
        self._database = database
        self._most = max(UNDER_WAY, 2 * concurrency)
        self._chosen: dict[int, tuple[str, bool]] = {}  # the host, and whether the feed was never polled

    def choose(self, under_way: AbstractSet[int], *, now: datetime) -> list[Feed]:
        """Return due feeds that may be polled now, longest overdue first; `under_way` are being polled.

        Raises:
            DatabaseUnavailable, DatabaseRefused: the database cannot be read, or results could not be stored.
        """
        left = min(ROUND, self._most - len(under_way))
        if left <= 0:
            return []
        self._chosen = {feed_id: one for feed_id, one in self._chosen.items() if feed_id in under_way}
        hosts = Counter(host for host, _ in self._chosen.values())
        full = [host for host, count in hosts.items() if count >= OF_A_HOST]
        with self._database.read() as ledger:
            due = ledger.feeds.due(now=now, limit=ROUND, under_way=under_way, full=full)
        found = list(islice(self._fitting(due, hosts), left))
        if found:
            self._database.prove_writable()
        return found

    def _fitting(self, due: list[Feed], hosts: Counter[str]) -> Iterator[Feed]:
        """Yield the feeds for which there is a place; those that were never polled take at most half of all places."""
        first_left = self._most // 2 - sum(first for _, first in self._chosen.values())
        for feed in due:
            first = feed.last_poll is None
            if hosts[feed.host] >= OF_A_HOST or (first and first_left <= 0):
                continue
            hosts[feed.host] += 1
            first_left -= first
            self._chosen[feed.id] = feed.host, first
            yield feed
