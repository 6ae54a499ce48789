"""The output of `run` after its first round, even if feeds are due again by then."""

from __future__ import annotations

import asyncio

import pytest
from fakes import NOW, FakeFetcher, WordJudge, a_polling, a_topic, fetched, subscribe

from monitor.cli.running.run import FirstRound
from monitor.matching.match import Matching
from storage.database import Database

FEED, OTHER = "https://example.org/feed", "https://other.example/feed"


def test_the_first_poll_is_summarised_once_every_feed_was_polled(
    sqlite_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """The summary waits for the slowest feed, even if another feed is due again by then."""
    subscribe(sqlite_database, FEED, OTHER, now=NOW)
    first = FirstRound(database=sqlite_database, since=NOW)
    fetcher = FakeFetcher({url: fetched(("1", f"News of {url}")) for url in (FEED, OTHER)})
    polling = a_polling(sqlite_database, fetcher)
    with sqlite_database.read() as ledger:
        one, other = ledger.feeds.named([FEED, OTHER])
    for feed, said in ((one, ""), (other, "first poll of")):
        first.collect(asyncio.run(polling.poll([feed], now=NOW)))
        Matching([a_topic("police")], WordJudge("police")).run(sqlite_database, now=NOW)
        first.print_result()
        printed = capsys.readouterr().err
        assert said in printed
        assert bool(printed) is bool(said)
    with (
        sqlite_database.read() as ledger
    ):  # NOW is long ago, so both are due again by the real clock, which `run` uses
        assert len(ledger.feeds.due(now=sqlite_database.clock(), limit=9)) == 2
