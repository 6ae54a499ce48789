"""A round that waits for its slowest feed does not delay the next polls of other feeds."""

from __future__ import annotations

import asyncio

from builders import HOUR
from fakes import NOW, FakeFetcher, a_polling, fetched, subscribe

from monitor.polling.http.outcome import FetchRequest, Outcome
from storage.database import Database

QUICK, SLOW = "https://quick.example/feed", "https://slow.example/feed"


class Tarpit(FakeFetcher):
    """One feed does not answer until released."""

    def __init__(self) -> None:
        super().__init__({QUICK: fetched(("a", "One")), SLOW: fetched(("b", "Two"))})
        self.waits = asyncio.Event()
        self.let_go = asyncio.Event()

    async def fetch(self, request: FetchRequest) -> Outcome:
        if request.url == SLOW:
            self.waits.set()
            await self.let_go.wait()
        return await super().fetch(request)


def test_a_feed_that_is_done_is_polled_again_while_its_round_waits_for_a_slow_one(
    sqlite_database: Database,
) -> None:
    """A feed already stored may be polled again when due, and the slow one is still requested only once."""

    async def both() -> Tarpit:
        fetcher = Tarpit()
        polling = a_polling(sqlite_database, fetcher)
        first = asyncio.create_task(polling.run(now=NOW))
        await fetcher.waits.wait()
        while not await polling.run(now=NOW + 2 * HOUR):  # noqa: ASYNC110  # its commit sets no event
            await asyncio.sleep(0.01)  # until the first round has committed the quick one
        fetcher.let_go.set()
        assert [one.feed.url for one in await first] == [QUICK, SLOW]
        return fetcher

    subscribe(sqlite_database, QUICK, SLOW)
    asked = [request.url for request in asyncio.run(asyncio.wait_for(both(), timeout=120)).requests]
    assert (asked.count(QUICK), asked.count(SLOW)) == (2, 1)
