"""The page pass: each waiting page is requested once, and its item is grouped whatever the result."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from builders import MINUTE
from fakes import NOW, FakeFetcher, WordJudge, a_topic, store, subscribe
from sqlalchemy import select

from monitor.matching.group import PAGE_PATIENCE
from monitor.matching.match import Matching
from monitor.polling.host_claim import SOLE_CLAIM, Claim, SoleClaim
from monitor.polling.host_queue import HostQueue
from monitor.polling.http.outcome import Failed, FailureKind, Fetched, Outcome, Throttled
from monitor.polling.read_pages import Fulltext
from storage import schema
from storage.database import Database
from storage.model import Validators

FEED = "https://example.org/feed"
PAGE, ROBOTS = "https://site.example/news/1", "https://site.example/robots.txt"
LONG = "The police searched the harbour of Brevik all night. " * 30
MISSING = Failed(kind=FailureKind.HTTP, words="the server answered 404 Not Found", status=404)
BROKEN = Failed(kind=FailureKind.HTTP, words="the server answered 503", status=503)
BUSY = Throttled(words="site.example asks for fewer requests (429)", host_key="site.example:443", headers={})


def page(body: bytes) -> Fetched:
    return Fetched(body=body, url=PAGE, status=200, validators=Validators(), headers={})


def a_matching() -> Matching:
    return Matching([a_topic("police", fulltext=True)], WordJudge("police"))


def an_item_waits(database: Database, **given) -> Matching:
    subscribe(database, FEED)
    matching = a_matching()
    matching.watch(database, now=NOW - MINUTE)
    store(database, "The police search", **{"url": PAGE, **given})
    matching.run(database, now=NOW)
    return matching


class Others(SoleClaim):
    """A claim for which other workers hold the hosts."""

    def may_ask(self, host: str) -> bool:
        """Ask none."""
        assert host == "site.example:443"
        return False


def read(database: Database, claim: Claim = SOLE_CLAIM, **answers: Outcome) -> tuple[int, FakeFetcher]:
    """Run the pass over a network that answers with this page and robots.txt."""
    fetcher = FakeFetcher({PAGE: answers.get("page", MISSING), ROBOTS: answers.get("robots", MISSING)})

    async def run() -> int:
        host_queue = HostQueue(concurrency=5, host_delay=timedelta(0))
        async with Fulltext(database=database, fetcher=fetcher, host_queue=host_queue) as fulltext:  # type: ignore[arg-type]
            return await fulltext.read(fulltext.waiting(now=NOW), now=NOW, claim=claim)

    return asyncio.run(run()), fetcher


def kept(database: Database) -> list[tuple[str, str | None]]:
    with database._engine.connect() as connection:
        pages = schema.page_texts.c
        return [tuple(row) for row in connection.execute(select(pages.text, pages.error))]


def stories(database: Database) -> int:
    with database.read() as ledger:
        return ledger.stories.count()


@pytest.mark.parametrize(
    ("answers", "words", "asked"),
    [
        ({"robots": page(b"User-agent: *\nDisallow: /\n")}, "robots.txt forbids reading it", [ROBOTS]),
        ({"robots": BROKEN}, "robots.txt forbids reading it", [ROBOTS]),
        ({"page": MISSING}, "the server answered 404", [ROBOTS, PAGE]),
        ({"page": BUSY}, "asks for fewer requests", [ROBOTS, PAGE]),
    ],
)
def test_an_item_without_its_page_is_grouped_anyway(
    sqlite_database: Database, answers, words: str, asked: list[str]
) -> None:
    """An unreadable page is a row with the reason, requested once."""
    matching = an_item_waits(sqlite_database)
    assert stories(sqlite_database) == 0, "it waits for its page"
    done, fetcher = read(sqlite_database, **answers)
    assert done == 1
    [(text, error)] = kept(sqlite_database)
    assert text == ""
    assert error is not None
    assert words in error
    assert [request.url for request in fetcher.requests] == asked
    matching.run(sqlite_database, now=NOW)
    assert stories(sqlite_database) == 1
    assert read(sqlite_database)[0] == 0


def test_a_host_that_answered_429_is_left_alone(sqlite_database: Database) -> None:
    """Feeds and pages of one host share the pause (P7)."""
    an_item_waits(sqlite_database)
    with sqlite_database.write() as ledger:
        ledger.feeds.quiet_host("site.example:443", until=NOW + MINUTE)
    _, fetcher = read(sqlite_database)
    assert fetcher.requests == []


def test_a_throttled_page_quiets_its_host(database: Database) -> None:
    """A 429 for a page also stops polls of the host's feeds."""
    an_item_waits(database)
    read(database, page=BUSY)
    with database.read() as ledger:
        assert ledger.feeds.is_quiet("site.example:443", now=NOW + MINUTE)


def test_a_page_waits_while_another_worker_holds_its_host(sqlite_database: Database) -> None:
    """It is requested once the host is free, and nothing is recorded before."""
    an_item_waits(sqlite_database)
    done, fetcher = read(sqlite_database, Others())
    assert (done, fetcher.requests) == (0, [])
    done, fetcher = read(sqlite_database)
    assert (done, [request.url for request in fetcher.requests]) == (1, [ROBOTS, PAGE])


def test_items_do_not_wait_for_a_page_for_ever(database: Database) -> None:
    """If no pass reads pages, items are grouped without them after the time limit."""
    matching = an_item_waits(database)
    matching.run(database, now=NOW + PAGE_PATIENCE + MINUTE)
    assert stories(database) == 1


@pytest.mark.parametrize(
    "given", [{"content": LONG}, {"url": None}, {"at_first_poll": True}], ids=["text", "no link", "standing"]
)
def test_a_needless_page_is_not_requested(sqlite_database: Database, given) -> None:
    """Items with full text, without an address or from a first poll need no page."""
    an_item_waits(sqlite_database, **given)
    assert kept(sqlite_database) == []
    assert stories(sqlite_database) == 1
