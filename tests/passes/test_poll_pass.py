"""The poll pass: the result of a poll is stored completely or not at all, and no feed is polled too often."""

from __future__ import annotations

from dataclasses import replace

from builders import DAY
from fakes import NOW, FakeFetcher, FakeParsers, a_polling, contents, fetched, subscribe
from rounds import FEED, TITLE, feed_of, poll, poll_once, seen, waiting

from monitor.polling.http.outcome import Failed, FailureKind, NotModified
from storage.database import Database
from storage.model import FeedState, ItemStatus, Validators


def test_a_first_poll_is_marked_silent_and_what_follows_is_new(database: Database) -> None:
    """Every item of a feed's first poll is marked as such, and later ones are not (F1)."""
    subscribe(database, FEED)
    first = poll_once(database, fetched(("b", "Second one"), ("a", "First one")))
    assert first.first_poll
    assert seen(first) == [("first-poll", "a"), ("first-poll", "b")]
    second = poll_once(
        database, fetched(("c", "Third one"), ("b", "Second one"), ("a", "First one")), NOW + DAY
    )
    assert not second.first_poll
    assert seen(second) == [("new", "c")]
    assert waiting(database) == [("Third one", False), ("First one", True), ("Second one", True)]


def test_backfill_takes_the_first_poll_as_news(sqlite_database: Database) -> None:
    """With `--backfill` the items of a first poll are new."""
    subscribe(sqlite_database, FEED)
    polled = poll_once(sqlite_database, fetched(("a", "First one")), backfill=True)
    assert seen(polled) == [("new", "a")]
    assert waiting(sqlite_database) == [("First one", False)]


def test_a_failed_poll_is_no_first_poll(sqlite_database: Database) -> None:
    """A feed that failed at first has a silent first poll when it recovers."""
    subscribe(sqlite_database, FEED)
    poll_once(sqlite_database, Failed(kind=FailureKind.DNS, words="no such name"))
    assert seen(poll_once(sqlite_database, fetched(("a", "First one")), NOW + DAY)) == [("first-poll", "a")]


def test_an_edit_is_a_revision_and_waits_for_match_again(database: Database) -> None:
    """A changed text is a revision under the same id; a changed date or markup alone is not (P20)."""
    subscribe(database, FEED)
    poll_once(database, fetched(("a", "First one", "one")))
    with database.write() as ledger:
        ledger.match_queue.remove([1])
    assert seen(poll_once(database, fetched(("a", "First one", "<p>one</p>")), NOW + DAY)) == []
    edited = poll_once(database, fetched(("a", "First one", "two")), NOW + 2 * DAY)
    assert seen(edited) == [("revision", "a")]
    assert waiting(database) == [("First one", True)]
    with database.read() as ledger:
        assert ledger.items.count() == 1


def test_a_rewritten_slug_is_no_news_under_any_of_its_ids(database: Database) -> None:
    """Both ids identify the item from then on (P19)."""
    subscribe(database, FEED)
    poll_once(database, fetched(("a", TITLE)))
    assert seen(poll_once(database, fetched(("b", TITLE)), NOW + DAY)) == [("republished", "b")]
    assert seen(poll_once(database, fetched(("b", TITLE), ("x", "Other")), NOW + 2 * DAY)) == [("new", "x")]
    assert seen(poll_once(database, fetched(("a", TITLE), ("y", "More")), NOW + 30 * DAY)) == [("new", "y")]


def test_last_weeks_title_in_this_weeks_feed_is_new(database: Database) -> None:
    """A weekly column with a constant title is new each week, although its last edition is still in the feed."""
    subscribe(database, FEED)
    poll_once(database, fetched(("a", TITLE)))
    polled = poll_once(database, fetched(("b", TITLE), ("a", TITLE)), NOW + 8 * DAY)
    assert seen(polled) == [("new", "b")]


def test_two_notices_of_one_title_are_two_items(database: Database) -> None:
    """Items with one title and different ids are different, in one poll or days apart (P19)."""
    subscribe(database, FEED)
    poll_once(database, fetched(("a", TITLE, "Alpha Router"), ("x", "Filler")))
    later = fetched(("b", TITLE, "Omega Mail"), ("a", TITLE, "Alpha Router"), ("x", "Filler"))
    assert seen(poll_once(database, later, NOW + DAY)) == [("new", "b")]
    both = fetched(("d", TITLE, "Delta"), ("c", TITLE, "Gamma"), ("b", TITLE, "Omega Mail"))
    assert seen(poll_once(database, both, NOW + 2 * DAY)) == [("new", "c"), ("new", "d")]
    assert seen(poll_once(database, both, NOW + 3 * DAY)) == []
    with database.read() as ledger:
        waiting_texts = {item.summary for item in ledger.match_queue.first(limit=10)}
    assert waiting_texts >= {"Alpha Router", "Omega Mail", "Gamma", "Delta"}


def test_a_new_text_under_a_new_slug_is_judged_at_once(database: Database) -> None:
    """It is stored as a revision of the earlier item and matched again (P19)."""
    subscribe(database, FEED)
    poll_once(database, fetched(("a", TITLE, "older"), ("x", "Filler")))
    with database.write() as ledger:
        ledger.match_queue.remove([1, 2])
    polled = poll_once(database, fetched(("b", TITLE, "newer"), ("x", "Filler")), NOW + DAY)
    assert seen(polled) == [("republished", "b")]
    with database.read() as ledger:
        assert [item.summary for item in ledger.match_queue.first(limit=10)] == ["newer"]
        assert ledger.items.count() == 2


def test_items_gone_and_back_are_silent(sqlite_database: Database) -> None:
    """Neither an empty document nor one with missing items deletes anything (P17)."""
    subscribe(sqlite_database, FEED)
    poll_once(sqlite_database, fetched(("b", "Second one"), ("a", "First one")))
    assert seen(poll_once(sqlite_database, fetched(), NOW + DAY)) == []
    assert seen(poll_once(sqlite_database, fetched(("a", "First one")), NOW + 2 * DAY)) == []
    both = fetched(("b", "Second one"), ("a", "First one"))
    assert seen(poll_once(sqlite_database, both, NOW + 90 * DAY)) == []


def test_a_feed_that_rewrites_itself_is_capped_at_24_revisions(sqlite_database: Database) -> None:
    """Edits of one item do not fill the database."""
    subscribe(sqlite_database, FEED)
    for day in range(30):
        poll_once(sqlite_database, fetched(("a", "Ticker", f"now {day}")), NOW + day * DAY)
    with sqlite_database.read() as ledger:
        [known] = ledger.items.known(1, keys=["id:a"], title_keys=[], since=NOW)
    assert known.revisions == 24


def test_validators_are_sent_and_replaced_by_each_body(sqlite_database: Database) -> None:
    """After a 200 with both and a 200 with none, the third request is unconditional (P1, P2)."""
    subscribe(sqlite_database, FEED)
    both = Validators(etag='W/"a,b"', last_modified="a garbage date")
    fetcher = FakeFetcher({FEED: fetched(("a", "One"), validators=both)})
    polling = a_polling(sqlite_database, fetcher)
    poll(polling)
    fetcher.answers[FEED] = fetched(("b", "Two"))
    poll(polling, NOW + DAY)
    poll(polling, NOW + 2 * DAY)
    assert [request.validators for request in fetcher.requests] == [Validators(), both, Validators()]


def test_a_304_and_a_body_seen_before_are_not_read(sqlite_database: Database) -> None:
    """The body is not parsed, the feed is ok, and its due time advances (P4)."""
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
    """A 200 is read whatever its validators (P3)."""
    subscribe(sqlite_database, FEED)
    same = Validators(etag="e")
    poll_once(sqlite_database, fetched(("a", "One"), validators=same))
    later = poll_once(sqlite_database, fetched(("b", "Two"), ("a", "One"), validators=same), NOW + DAY)
    assert seen(later) == [("new", "b")]


def test_a_partial_body_is_read_and_is_not_taken_for_the_whole(sqlite_database: Database) -> None:
    """A 226 brings new items, and items missing from it are not gone (P15)."""
    subscribe(sqlite_database, FEED)
    poll_once(sqlite_database, fetched(("a", "One")))
    partial = replace(fetched(("b", "Two")), status=226)
    assert seen(poll_once(sqlite_database, partial, NOW + DAY)) == [("new", "b")]
    assert seen(poll_once(sqlite_database, fetched(("b", "Two"), ("a", "One")), NOW + 2 * DAY)) == []


def test_polling_the_same_document_again_stores_nothing_new(database: Database) -> None:
    """Only the feed's own times change."""
    subscribe(database, FEED)
    document = fetched(("c", TITLE), ("b", TITLE), ("a", "First one"))
    poll_once(database, document)
    before = contents(database)
    poll_once(database, replace(document, body=document.body + b"<!-- served by node 2 -->"), NOW + DAY)
    after = contents(database)
    assert {name for name in before if before[name] != after[name]} <= {"feeds"} | {"items", "revisions"}
    assert len(after["items"]) == len(before["items"])


def test_reported_items_have_their_stored_ids(sqlite_database: Database) -> None:
    """An item that a round reports can be looked up by its id."""
    subscribe(sqlite_database, FEED)
    polled = poll_once(sqlite_database, fetched(("b", "Second one"), ("a", "First one")))
    with sqlite_database.read() as ledger:
        stored = [ledger.items.get(noted.item_id) for noted in polled.noted]
    assert [item.title for item in stored if item] == ["First one", "Second one"]
    assert {noted.seen for noted in polled.noted} == {ItemStatus.FIRST_POLL}
