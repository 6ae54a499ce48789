"""Kills, faults, refusals and hosts that request a pause do not affect other feeds."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import DAY, HOUR, MINUTE
from fakes import NOW, FakeFetcher, FakeParsers, a_polling, contents, fetched, subscribe
from rounds import FEED, DoomedDatabase, Killed, feed_of, poll, poll_once, waiting

from monitor.polling.http.outcome import FetchRequest, Gone, Outcome, Throttled
from monitor.polling.parsing.read_body import ReadFeed
from monitor.polling.record import Polled
from storage.database import Database, Ledger
from storage.engine.errors import DatabaseRefused
from storage.model import FeedState, Validators
from storage.shortage import ResourceShortage
from storage.stores.feeds import Subscription


def test_a_kill_before_the_commit_loses_nothing(database: Database) -> None:
    """Items, validators and follow-up work are one transaction, so the body is requested again in full (P2)."""
    subscribe(database, FEED)
    answer = fetched(("a", "One"), validators=Validators(etag="e"))
    with pytest.raises(Killed):
        poll_once(DoomedDatabase(database), answer)  # type: ignore[arg-type]
    assert waiting(database) == []
    fetcher = FakeFetcher({FEED: answer})
    poll(a_polling(database, fetcher), NOW + MINUTE)
    assert fetcher.requests[0].validators == Validators()
    assert waiting(database) == [("One", True)]
    assert feed_of(database).validators == Validators(etag="e")


def test_a_page_instead_of_a_feed_touches_nothing_but_the_error(sqlite_database: Database) -> None:
    """A login page is a named failure, and validators and body hash stay (P16)."""
    subscribe(sqlite_database, FEED)
    poll_once(sqlite_database, fetched(("a", "One"), validators=Validators(etag="e")))
    before = feed_of(sqlite_database)
    page = fetched(body=b"<html><body>Log in</body></html>", validators=Validators(etag="page"))
    polled = poll_once(sqlite_database, page, NOW + DAY)
    after = feed_of(sqlite_database)
    assert polled.failed
    assert (after.validators, after.body_hash) == (before.validators, before.body_hash)
    assert (after.state, after.error_kind) == (FeedState.FAILING, "not-a-feed")


def test_a_gone_feed_is_asked_once_and_keeps_its_items(sqlite_database: Database) -> None:
    """A 410 ends the polling (P9)."""
    subscribe(sqlite_database, FEED)
    poll_once(sqlite_database, fetched(("a", "One")))
    fetcher = FakeFetcher({FEED: Gone(words="gone for good", headers={})})
    polling = a_polling(sqlite_database, fetcher)
    [polled] = poll(polling, NOW + DAY)
    assert (polled.failed, polled.feed.state) == (True, FeedState.GONE)
    assert poll(polling, NOW + 300 * DAY) == []
    assert len(fetcher.requests) == 1
    assert waiting(sqlite_database) == [("One", True)]


def throttled(**headers: str) -> Throttled:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Throttled(words="slow down", host_key="example.org:443", headers=named)


def test_a_429_quiets_its_whole_host_and_no_other(sqlite_database: Database) -> None:
    """After one answer none of its fifty feeds is requested until the time it names (P7)."""
    urls = [f"https://example.org/{number}" for number in range(50)]
    elsewhere = "https://example.net/feed"
    subscribe(sqlite_database, *urls, host="example.org:443")
    with sqlite_database.write() as ledger:  # a second host, without dropping the first's feeds
        ledger.feeds._add([_subscription(elsewhere)], NOW)
    fetcher = FakeFetcher(
        {url: throttled(retry_after="7200") for url in urls} | {elsewhere: fetched(("a", "One"))}
    )

    async def an_hour() -> list[Polled]:
        polling = a_polling(sqlite_database, fetcher)
        return [*await polling.run(now=NOW), *await polling.run(now=NOW + HOUR)]

    asyncio.run(an_hour())
    poll(a_polling(sqlite_database, fetcher), NOW + HOUR)  # another process
    asked = [request.url for request in fetcher.requests if request.url != elsewhere]
    assert asked == urls[:1]
    fetcher.answers = dict.fromkeys([*urls, elsewhere], fetched(("a", "One")))
    again = {one.feed.url for one in poll(a_polling(sqlite_database, fetcher), NOW + 3 * HOUR)}
    assert set(urls) < again


def test_feeds_of_a_later_round_that_queue_for_a_quiet_host_are_not_asked(sqlite_database: Database) -> None:
    """A 429 also stops requests that were already queued for the host, in any round."""
    urls = [f"https://example.org/{number}" for number in range(4)]
    subscribe(sqlite_database, *urls[:2], host="example.org:443")
    fetcher = FakeFetcher({url: throttled() for url in urls})

    async def two_rounds() -> None:
        polling = a_polling(sqlite_database, fetcher)
        first = asyncio.create_task(polling.run(now=NOW))
        await asyncio.sleep(0)
        subscribe(sqlite_database, *urls, host="example.org:443")
        await asyncio.gather(first, polling.run(now=NOW + timedelta(seconds=5)))

    asyncio.run(two_rounds())
    assert [request.url for request in fetcher.requests] == urls[:1]


def test_a_fault_of_one_feed_does_not_touch_the_others(sqlite_database: Database) -> None:
    """An exception while fetching is recorded on that feed alone."""
    good = [f"https://{number}.example/feed" for number in range(5)]
    subscribe(sqlite_database, *good, FEED)

    def fail() -> Outcome:
        raise RuntimeError("a bug")

    polled = poll(
        a_polling(sqlite_database, FakeFetcher({url: fetched(("a", "One")) for url in good} | {FEED: fail}))
    )
    assert {one.feed.url for one in polled if one.failed} == {FEED}
    assert len(polled) == 6
    assert feed_of(sqlite_database).next_poll > NOW


class Corrupting(FakeParsers):
    """Reads items with a title that no database accepts."""

    async def read(self, body: bytes, **given: object) -> ReadFeed:  # type: ignore[override]
        read = await super().read(body, **given)  # type: ignore[arg-type]
        assert isinstance(read, ReadFeed)
        if b"poison" not in body:
            return read
        bad = [
            replace(item, publication=replace(item.publication, title="lone \ud800 surrogate"))
            for item in read.items
        ]
        return replace(read, items=tuple(bad))


def test_a_feed_that_cannot_be_stored_does_not_hold_up_its_slice(database: Database) -> None:
    """Feeds are committed in batches, and the one that breaks a batch fails alone."""
    good = [f"https://{number}.example/feed" for number in range(5)]
    subscribe(database, *good, FEED)
    answers = {url: fetched(("a", "One")) for url in good} | {FEED: fetched(("p", "poison"))}
    polled = poll(a_polling(database, FakeFetcher(answers), parsers=Corrupting()))
    assert {one.feed.url for one in polled if one.failed} == {FEED}
    assert len(waiting(database)) == 5
    assert feed_of(database).error_kind == "parser-failed"


def test_a_database_that_takes_nothing_fails_the_round_and_changes_no_feed(sqlite_database: Database) -> None:
    """On a full disk the feeds stay due and keep their state (S2)."""
    subscribe(sqlite_database, FEED, "https://example.net/feed")

    class Full(DoomedDatabase):
        @contextmanager
        def write(self) -> Iterator[Ledger]:
            with self._database.write() as ledger:
                yield ledger
                raise OSError("disk full")

    answers = {FEED: fetched(("a", "One")), "https://example.net/feed": fetched(("a", "One"))}
    with pytest.raises(OSError, match="disk full"):
        poll(a_polling(Full(sqlite_database), FakeFetcher(answers)))  # type: ignore[arg-type]
    assert len(poll(a_polling(sqlite_database, FakeFetcher(answers)))) == 2


def test_polling_again_at_once_asks_nobody_and_changes_nothing(database: Database) -> None:
    """Due times are stored, so a restart polls nothing early (P11)."""
    subscribe(database, FEED)
    poll_once(database, fetched(("b", "Second one"), ("a", "First one")))
    before = contents(database)
    for _ in range(10):
        subscribe(database, FEED)
        assert poll(a_polling(database, FakeFetcher({}))) == []
    assert contents(database) == before


def test_a_feed_in_progress_is_not_polled_a_second_time(sqlite_database: Database) -> None:
    """A concurrent round leaves the feeds of another alone."""
    subscribe(sqlite_database, FEED)
    fetcher = FakeFetcher({FEED: fetched(("a", "One"))})

    async def both() -> list[list[Polled]]:
        polling = a_polling(sqlite_database, fetcher)
        return await asyncio.gather(polling.run(now=NOW), polling.run(now=NOW))

    assert [len(round_) for round_ in asyncio.run(both())] == [1, 0]
    assert len(fetcher.requests) == 1


def _subscription(url: str) -> Subscription:
    return Subscription(url=url, title=url, host=url, access_hash=None, interval=HOUR)


@pytest.mark.parametrize(
    "error",
    [
        ResourceShortage("too many open files"),
        RuntimeError("can't start new thread"),
        OSError(errno.EMFILE, "Too many open files"),
        DatabaseRefused("the database is damaged"),
    ],
    ids=["shortage", "thread", "descriptors", "damage"],
)
def test_a_local_fault_is_no_failure_of_a_feed(sqlite_database: Database, error: Exception) -> None:
    """The feed stays due and keeps its state."""
    subscribe(sqlite_database, FEED)
    before = feed_of(sqlite_database)

    class Short(FakeFetcher):
        async def fetch(self, request: FetchRequest) -> Outcome:
            del request
            raise error

    with pytest.raises((ResourceShortage, DatabaseRefused)):
        poll(a_polling(sqlite_database, Short({})))
    assert feed_of(sqlite_database) == before
