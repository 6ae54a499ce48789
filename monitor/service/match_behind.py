"""Matches the items of a single round in a thread, while the round still polls other feeds.

Only matching, which looks at one item at a time, is done so early. Items are decided and grouped in their order once
the last feed is stored (ADR 53).
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from monitor.matching.match import SLICE
from monitor.matching.portion import Portion

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from monitor.matching.configured import ConfiguredTopics
    from monitor.polling.record import Polled
    from storage.database import Database


class MatchBehind:
    """Matches what the polls of a round have stored, whenever enough of it waits. Use it from one event loop."""

    def __init__(self, matching: ConfiguredTopics, database: Database, *, now: datetime) -> None:
        self._matching = matching
        self._database = database
        self._now = now
        self._stored = 0  # items that wait for a thread
        self._is_over = False
        self._wake = asyncio.Event()

    def note(self, polled: Sequence[Polled]) -> None:
        """Count the items of feeds that were just stored."""
        self._stored += sum(len(one.noted) for one in polled)
        if self._stored >= SLICE:
            self._wake.set()

    async def run(self) -> None:
        """Match until `end` is called; what waits then is left to the match pass."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._is_over:
                return
            stored, self._stored = self._stored, 0
            await asyncio.to_thread(self._match, stored)

    def _match(self, stored: int) -> None:
        self._matching.match_news(self._database, now=self._now)
        # Not all that waits: once nothing does, words are indexed, which takes three times as long in small parts.
        portion = Portion(most=stored, is_interrupted=lambda: self._is_over)
        self._matching.match_backlog(self._database, portion, now=self._now)

    def end(self) -> None:
        """Let `run` end after the slice that is being matched."""
        self._is_over = True
        self._wake.set()


@asynccontextmanager
async def matching_behind(
    matching: ConfiguredTopics, database: Database, *, now: datetime
) -> AsyncIterator[MatchBehind]:
    """Match items while a block polls; an error of matching is raised at its end."""
    behind = MatchBehind(matching, database, now=now)
    task = asyncio.create_task(behind.run())
    try:
        yield behind
    finally:
        behind.end()
        await task
