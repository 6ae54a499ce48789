"""The poll pass: what due feeds bring is stored whole or not at all, and nobody is asked too often."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from fakes import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    FakeFetcher,
    FakeParsers,
    a_polling,
    contents,
    fetched,
    subscribe,
)
from monitor.polling.outcome import Failed, FailureKind, Gone, NotModified, Outcome, Throttled
from monitor.polling.poll import Polling
from monitor.polling.reading import ReadFeed
from monitor.polling.record import Polled
from storage.database import Database, Ledger
from storage.model import Feed, FeedState, Seen, Validators

FEED = "https://example.org/feed"
TITLE = "Council pauses face recognition"


def poll(polling: Polling, now: datetime = NOW) -> list[Polled]:
    return asyncio.run(polling.run(now=now))


def poll_once(database: Database, answer: Outcome, now: datetime = NOW, **given: object) -> Polled:
    """Poll the one feed with a new process's eyes."""
    [polled] = poll(a_polling(database, FakeFetcher({FEED: answer}), **given), now)
    return polled


def seen(polled: Polled) -> list[tuple[str, str]]:
    return [(str(noted.seen), str(noted.item.publication.publisher_id)) for noted in polled.noted]


def feed_of(database: Database, url: str = FEED) -> Feed:
    with database.read() as ledger:
        return ledger.feeds.named([url])[0]


def waiting(database: Database) -> list[tuple[str, bool]]:
    with database.read() as ledger:
        items = ledger.items.awaiting_match(limit=9_999)
    return [(item.title, item.at_first_poll) for item in items]


class Killed(BaseException):
    """The process is gone."""


class DoomedDatabase:
    """A database whose writer dies after its last statement and before its commit."""

    def __init__(self, database: Database) -> None:
        self.read = database.read
        self._database = database

    @contextmanager
    def write(self) -> Iterator[Ledger]:
        with self._database.write() as ledger:
            yield ledger
            raise Killed


def test_a_first_poll_is_marked_silent_and_what_follows_is_new(database: Database) -> None:
    """Everything that stands in a feed when it is first read is marked so, nothing later is (F1)."""
    subscribe(database, FEED)
    first = poll_once(database, fetched(("b", "Second one"), ("a", "First one")))
    assert first.first_poll
    assert seen(first) == [("first-poll", "a"), ("first-poll", "b")]
    second = poll_once(
        database, fetched(("c", "Third one"), ("b", "Second one"), ("a", "First one")), NOW + DAY
    )
    assert not second.first_poll
    assert seen(second) == [("new", "c")]
    assert waiting(database) == [("First one", True), ("Second one", True), ("Third one", False)]


def test_backfill_takes_the_first_poll_as_news(sqlite_database: Database) -> None:
    """Who asks for what stands there already is told of it."""
    subscribe(sqlite_database, FEED)
    polled = poll_once(sqlite_database, fetched(("a", "First one")), backfill=True)
    assert seen(polled) == [("new", "a")]
    assert waiting(sqlite_database) == [("First one", False)]


def test_a_failed_poll_is_no_first_poll(sqlite_database: Database) -> None:
    """A feed that was down at first is read in silence when it comes up."""
    subscribe(sqlite_database, FEED)
    poll_once(sqlite_database, Failed(kind=FailureKind.DNS, words="no such name"))
    assert seen(poll_once(sqlite_database, fetched(("a", "First one")), NOW + DAY)) == [("first-poll", "a")]


def test_an_edit_is_a_revision_and_waits_for_match_again(database: Database) -> None:
    """The text changes, the id stays; a date or markup alone is no edit (P20)."""
    subscribe(database, FEED)
    poll_once(database, fetched(("a", "First one", "one")))
    with database.write() as ledger:
        ledger.items.matched([1])
    assert seen(poll_once(database, fetched(("a", "First one", "<p>one</p>")), NOW + DAY)) == []
    edited = poll_once(database, fetched(("a", "First one", "two")), NOW + 2 * DAY)
    assert seen(edited) == [("revision", "a")]
    assert waiting(database) == [("First one", True)]
    with database.read() as ledger:
        assert ledger.items.count() == 1


def test_a_rewritten_slug_is_no_news_under_any_of_its_ids(database: Database) -> None:
    """The item is known by both ids from then on (P19)."""
    subscribe(database, FEED)
    poll_once(database, fetched(("a", TITLE)))
    assert seen(poll_once(database, fetched(("b", TITLE)), NOW + DAY)) == [("republished", "b")]
    assert seen(poll_once(database, fetched(("b", TITLE), ("x", "Other")), NOW + 2 * DAY)) == [("new", "x")]
    assert seen(poll_once(database, fetched(("a", TITLE), ("y", "More")), NOW + 30 * DAY)) == [("new", "y")]


def test_last_weeks_title_in_this_weeks_feed_is_new(database: Database) -> None:
    """A weekly column is news each week although its last edition still stands in the feed."""
    subscribe(database, FEED)
    poll_once(database, fetched(("a", TITLE)))
    polled = poll_once(database, fetched(("b", TITLE), ("a", TITLE)), NOW + 8 * DAY)
    assert seen(polled) == [("new", "b")]


def test_an_item_under_two_ids_settles(sqlite_database: Database) -> None:
    """A feed that shows the old and the new slug side by side makes one edit, not one a poll."""
    subscribe(sqlite_database, FEED)
    poll_once(sqlite_database, fetched(("a", TITLE, "older")))
    told = []
    for day in range(1, 6):
        both = fetched(("b", TITLE, "newer"), ("a", TITLE, "older"), ("x", f"Filler {day}"))
        told.append(seen(poll_once(sqlite_database, both, NOW + day * DAY)))
    assert [("republished", "b"), ("new", "x")] == sorted(told[0], reverse=True)
    assert [one for later in told[1:] for one in later if one[1] in "ab"] == [("revision", "b")]


def test_items_gone_and_back_are_silent(sqlite_database: Database) -> None:
    """Neither an empty document nor a hole in one deletes anything (P17)."""
    subscribe(sqlite_database, FEED)
    poll_once(sqlite_database, fetched(("b", "Second one"), ("a", "First one")))
    assert seen(poll_once(sqlite_database, fetched(), NOW + DAY)) == []
    assert seen(poll_once(sqlite_database, fetched(("a", "First one")), NOW + 2 * DAY)) == []
    both = fetched(("b", "Second one"), ("a", "First one"))
    assert seen(poll_once(sqlite_database, both, NOW + 90 * DAY)) == []


def test_a_feed_that_rewrites_itself_is_capped_at_24_revisions(sqlite_database: Database) -> None:
    """The ledger does not fill with one item's edits."""
    subscribe(sqlite_database, FEED)
    for day in range(30):
        poll_once(sqlite_database, fetched(("a", "Ticker", f"now {day}")), NOW + day * DAY)
    with sqlite_database.read() as ledger:
        [known] = ledger.items.known(1, keys=["id:a"], title_keys=[], since=NOW)
    assert known.revisions == 24


def test_validators_are_asked_with_and_replaced_by_each_body(sqlite_database: Database) -> None:
    """200 with both, then 200 with none: the third request is unconditional (P1, P2)."""
    subscribe(sqlite_database, FEED)
    both = Validators(etag='W/"a,b"', last_modified="a garbage date")
    fetcher = FakeFetcher({FEED: fetched(("a", "One"), validators=both)})
    polling = a_polling(sqlite_database, fetcher)
    poll(polling)
    fetcher.answers[FEED] = fetched(("b", "Two"))
    poll(polling, NOW + DAY)
    poll(polling, NOW + 2 * DAY)
    assert [request.validators for request in fetcher.requests] == [Validators(), both, Validators()]


def test_a_kill_before_the_commit_loses_nothing(database: Database) -> None:
    """Items, validators and the work they cause are one transaction: the body is asked for again in full (P2)."""
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


def test_a_304_and_a_body_seen_before_are_not_read(sqlite_database: Database) -> None:
    """The parser is not asked; the feed is well and its due time moves on (P4)."""
    subscribe(sqlite_database, FEED)
    parsers = FakeParsers()
    poll_once(sqlite_database, fetched(("a", "One")), parsers=parsers)
    poll_once(sqlite_database, fetched(("a", "One")), NOW + DAY, parsers=parsers)
    silent = NotModified(validators=Validators(), url=FEED, headers={})
    poll_once(sqlite_database, silent, NOW + 2 * DAY, parsers=parsers)
    assert parsers.reads == 1
    feed = feed_of(sqlite_database)
    assert (feed.state, feed.last_success) == (FeedState.OK, NOW + 2 * DAY)
    assert feed.next_poll > NOW + 2 * DAY


def test_an_equal_etag_does_not_hide_a_new_item(sqlite_database: Database) -> None:
    """A 200 is read whatever its validators say (P3)."""
    subscribe(sqlite_database, FEED)
    same = Validators(etag="e")
    poll_once(sqlite_database, fetched(("a", "One"), validators=same))
    later = poll_once(sqlite_database, fetched(("b", "Two"), ("a", "One"), validators=same), NOW + DAY)
    assert seen(later) == [("new", "b")]


def test_a_partial_body_is_read_and_is_not_taken_for_the_whole(sqlite_database: Database) -> None:
    """A 226 brings what is new; what it lacks is not gone (P15)."""
    subscribe(sqlite_database, FEED)
    poll_once(sqlite_database, fetched(("a", "One")))
    partial = replace(fetched(("b", "Two")), status=226)
    assert seen(poll_once(sqlite_database, partial, NOW + DAY)) == [("new", "b")]
    assert seen(poll_once(sqlite_database, fetched(("b", "Two"), ("a", "One")), NOW + 2 * DAY)) == []


def test_a_page_instead_of_a_feed_touches_nothing_but_the_error(sqlite_database: Database) -> None:
    """A login page is a named failure; validators and body hash stay (P16)."""
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
    """410 ends it (P9)."""
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
    """Fifty feeds, one answer: not one more request until the time it names (P7)."""
    urls = [f"https://example.org/{number}" for number in range(50)]
    elsewhere = "https://example.net/feed"
    subscribe(sqlite_database, *urls, host="example.org:443")
    with sqlite_database.write() as ledger:  # a second host, without dropping the first's feeds
        ledger.feeds._add(_subscription(elsewhere), NOW)
    fetcher = FakeFetcher({url: throttled(retry_after="7200") for url in urls} | {elsewhere: fetched(("a", "One"))})

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
    """A 429 also stops those who stood in line for the host when it came, in whatever round."""
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
    """What fails while fetching is recorded on that feed alone."""
    good = [f"https://{number}.example/feed" for number in range(5)]
    subscribe(sqlite_database, *good, FEED)

    def fail() -> Outcome:
        raise RuntimeError("a bug")

    polled = poll(a_polling(sqlite_database, FakeFetcher({url: fetched(("a", "One")) for url in good} | {FEED: fail})))
    assert {one.feed.url for one in polled if one.failed} == {FEED}
    assert len(polled) == 6
    assert feed_of(sqlite_database).next_poll > NOW


class Corrupting(FakeParsers):
    """Reads items whose title no database takes."""

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
    """Feeds are committed in slices; the one that breaks the slice fails alone."""
    good = [f"https://{number}.example/feed" for number in range(5)]
    subscribe(database, *good, FEED)
    answers = {url: fetched(("a", "One")) for url in good} | {FEED: fetched(("p", "poison"))}
    polled = poll(a_polling(database, FakeFetcher(answers), parsers=Corrupting()))
    assert {one.feed.url for one in polled if one.failed} == {FEED}
    assert len(waiting(database)) == 5
    assert feed_of(database).error_kind == "parser-failed"


def test_a_database_that_takes_nothing_fails_the_round_and_changes_no_feed(sqlite_database: Database) -> None:
    """A full disk is no fault of the feeds: they stay due, with what was known of them (S2)."""
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
    """Due times are stored: a restart polls nothing early (P11)."""
    subscribe(database, FEED)
    poll_once(database, fetched(("b", "Second one"), ("a", "First one")))
    before = contents(database)
    for _ in range(10):
        subscribe(database, FEED)
        assert poll(a_polling(database, FakeFetcher({}))) == []
    assert contents(database) == before


def test_polling_the_same_document_again_stores_nothing_new(database: Database) -> None:
    """Twice is once, but for the feed's own times."""
    subscribe(database, FEED)
    document = fetched(("c", TITLE), ("b", TITLE), ("a", "First one"))
    poll_once(database, document)
    before = contents(database)
    poll_once(database, replace(document, body=document.body + b"<!-- served by node 2 -->"), NOW + DAY)
    after = contents(database)
    assert {name for name in before if before[name] != after[name]} <= {"feeds"} | {"items", "revisions"}
    assert len(after["items"]) == len(before["items"])


def test_a_feed_under_way_is_not_asked_a_second_time(sqlite_database: Database) -> None:
    """A round that starts beside another leaves its feeds alone."""
    subscribe(sqlite_database, FEED)
    fetcher = FakeFetcher({FEED: fetched(("a", "One"))})

    async def both() -> list[list[Polled]]:
        polling = a_polling(sqlite_database, fetcher)
        return await asyncio.gather(polling.run(now=NOW), polling.run(now=NOW))

    assert [len(round_) for round_ in asyncio.run(both())] == [1, 0]
    assert len(fetcher.requests) == 1


def test_noted_items_carry_the_ids_they_are_stored_under(sqlite_database: Database) -> None:
    """What a round reports can be looked up."""
    subscribe(sqlite_database, FEED)
    polled = poll_once(sqlite_database, fetched(("b", "Second one"), ("a", "First one")))
    with sqlite_database.read() as ledger:
        stored = [ledger.items.get(noted.item_id) for noted in polled.noted]
    assert [item.title for item in stored if item] == ["First one", "Second one"]
    assert {noted.seen for noted in polled.noted} == {Seen.FIRST_POLL}


def _subscription(url: str) -> object:
    from storage.feeds import Subscription

    return Subscription(url=url, title=url, host=url, access_hash=None, interval=HOUR)
