"""No feed waits for another feed's slow body."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

import pytest
from fakes import NOW, FakeFetcher, FakeParsers, a_polling, fetched, rss, subscribe

from monitor.polling.http.outcome import ParseFailure
from monitor.polling.parsing.parser_pool import is_large
from monitor.polling.parsing.read_body import ReadFeed
from storage.database import Database

HEAVY = "https://heavy.example/feed"
OTHER = "https://other.example/feed"
LARGE = rss(("1", "Budget sent back to its committees")) + b" " * 4_900_000
PAGE = b"<!doctype html><html><body>" + b"<p>row</p>" * 80_000


class SlowParsers(FakeParsers):
    """Reads large bodies only when released."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()
        self.begun = asyncio.Event()

    async def read(
        self, body: bytes, *, url: str, headers: Mapping[str, str], now: datetime, before: bytes = b""
    ) -> ReadFeed | ParseFailure:
        if is_large(body):
            self.begun.set()
            await self.go_on.wait()
        return await super().read(body, url=url, headers=headers, now=now, before=before)


@pytest.mark.parametrize("heavy", [LARGE, PAGE], ids=["4.9 MB", "a page"])
def test_a_large_body_delays_no_other_feed(database: Database, heavy: bytes) -> None:
    """The other feed is polled, read and stored meanwhile."""
    subscribe(database, HEAVY, OTHER)

    async def whole() -> tuple[list[str], list[str]]:
        parsers = SlowParsers()
        answers = {HEAVY: fetched(body=heavy), OTHER: fetched(("a", "First"))}
        polling = a_polling(database, FakeFetcher(answers), parsers=parsers)
        with database.read() as ledger:
            large, other = (ledger.feeds.named([url]) for url in (HEAVY, OTHER))
        beside = asyncio.create_task(polling.poll(large, now=NOW))
        await parsers.begun.wait()
        polled = await polling.poll(other, now=NOW)
        parsers.go_on.set()
        return [one.feed.url for one in polled], [one.feed.url for one in await beside]

    assert asyncio.run(whole()) == ([OTHER], [HEAVY])
