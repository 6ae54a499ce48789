"""Feeds that move: followed late, reverted early, merged when two become one, without leaking secrets (P8)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from citizen import DAY, HOUR, Watch, a_watch, document
from hostile import answer, ok, rules, serving

from monitor.polling.http.address import Credentials
from monitor.polling.http.fetch import Fetcher
from monitor.polling.poll import Polling
from monitor.polling.poll_rules import Access, PollRules
from storage.model import FeedState
from storage.model.habit import PermanentRedirect

MOVED = answer("301 Moved Permanently", location="/new")
FEED = ok(document("a", "b"))


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """A watch on a feed that was polled once, and the answer of its new address."""
    with a_watch(tmp_path) as opened:
        opened.serve("/feed", FEED)
        opened.serve("/new", FEED)
        opened.subscribe("/feed")
        opened.poll()
        yield opened


def polls(watch: Watch, number: int, *, every: timedelta = 6 * HOUR) -> None:
    """Poll so many times at this interval."""
    for _ in range(number):
        watch.now = max(watch.now + every, watch.feed().next_poll)
        watch.poll()


@pytest.mark.parametrize("status", ["301 Moved Permanently", "308 Permanent Redirect"])
def test_a_permanent_move_is_stored_after_five_polls_over_a_day(watch: Watch, status: str) -> None:
    """Then the new address is polled, the configured one is kept, and the move is reported once."""
    watch.serve("/feed", answer(status, location="/new"))
    polls(watch, 4)
    assert watch.feed().current_url == watch.url("/feed")
    assert watch.told() == []
    polls(watch, 1)
    assert (watch.feed().url, watch.feed().current_url) == (watch.url("/feed"), watch.url("/new"))
    asked = len(watch.requests)
    polls(watch, 3)
    assert {request.path for _, request in watch.requests[asked:]} == {"/new"}
    assert watch.told() == ["feed.moved"]
    assert watch.items() == 2


def test_a_move_repeated_after_an_outage_is_reported_once(watch: Watch) -> None:
    """The feed goes back to its configured URL while the new one fails; moving there again is no news."""
    watch.serve("/feed", MOVED)
    polls(watch, 5)
    watch.serve("/new", answer("500 Oops"))
    polls(watch, 3)
    assert watch.feed().current_url == watch.url("/feed")
    watch.serve("/new", FEED)
    polls(watch, 7)
    assert watch.feed().current_url == watch.url("/new")
    assert [kind for kind in watch.told() if kind == "feed.moved"] == ["feed.moved"]


def test_five_polls_within_a_day_are_not_enough(watch: Watch) -> None:
    """A server misconfigured for an hour moves no feed."""
    watch.serve("/feed", MOVED)
    polls(watch, 5, every=timedelta(minutes=5))
    assert watch.feed().current_url == watch.url("/feed")


@pytest.mark.parametrize("first", ["302 Found", "307 Temporary Redirect", "303 See Other"])
def test_a_temporary_redirect_is_never_stored(watch: Watch, first: str) -> None:
    """It is followed at every poll."""
    watch.serve("/feed", answer(first, location="/new"))
    polls(watch, 12)
    assert (watch.feed().current_url, watch.feed().move) == (watch.url("/feed"), None)
    assert watch.told() == []


def test_one_temporary_hop_makes_the_redirect_temporary(watch: Watch) -> None:
    """A 301 followed by a 302 is no permanent move."""
    watch.serve("/feed", answer("301 Moved", location="/between"))
    watch.serve("/between", answer("302 Found", location="/new"))
    polls(watch, 12)
    assert (watch.feed().current_url, watch.feed().move) == (watch.url("/feed"), None)


@pytest.mark.parametrize(
    "target",
    [ok(b"<html><body>Please log in</body></html>"), answer("301 Moved", location="/feed")],
    ids=["html", "loop"],
)
def test_a_redirect_to_no_feed_is_a_failure(watch: Watch, target: bytes) -> None:
    """A captive portal or a loop changes neither address nor items."""
    watch.serve("/feed", MOVED)
    watch.serve("/new", target)
    polls(watch, 12, every=DAY)
    assert (watch.feed().state, watch.feed().move) == (FeedState.FAILING, None)
    assert (watch.feed().current_url, watch.items()) == (watch.url("/feed"), 2)
    assert watch.told() == ["feed.failing"]


def test_an_interrupted_redirect_starts_the_count_again(watch: Watch) -> None:
    """Five polls in a row are needed, and another target is another move."""
    watch.serve("/feed", answer("308 Permanent Redirect", location="/new"))
    polls(watch, 4)
    watch.serve("/feed", ok(document("a", "b", "c")))
    polls(watch, 1)
    assert watch.feed().move is None
    watch.serve("/feed", MOVED)
    polls(watch, 4)
    assert watch.feed().move == PermanentRedirect(
        target=watch.url("/new"), polls=4, since=watch.feed().move.since if watch.feed().move else watch.now
    )
    watch.serve("/other", FEED)
    watch.serve("/feed", answer("301 Moved", location="/other"))
    polls(watch, 1)
    assert watch.feed().move == PermanentRedirect(target=watch.url("/other"), polls=1, since=watch.now)


def test_a_failing_new_address_is_given_up(watch: Watch) -> None:
    """The configured URL is polled again, without the validators of the other."""
    watch.serve("/feed", answer("301 Moved", location="/new"))
    watch.serve("/new", ok(document("a", "b"), ETag='"of-the-new"'))
    polls(watch, 5)
    assert watch.feed().current_url == watch.url("/new")
    watch.serve("/feed", ok(document("a", "b", "c")))
    watch.serve("/new", None)
    polls(watch, 2)
    assert (watch.feed().current_url, watch.feed().state) == (watch.url("/feed"), FeedState.OK)
    _, last = watch.requests[-1]
    assert (last.path, last.headers.get("if-none-match")) == ("/feed", None)
    assert watch.items() == 3


def test_a_new_address_that_is_gone_does_not_end_the_feed(watch: Watch) -> None:
    """After a 410 from the new address the configured URL is polled again."""
    watch.serve("/feed", MOVED)
    polls(watch, 5)
    watch.serve("/feed", FEED)
    watch.serve("/new", answer("410 Gone"))
    polls(watch, 2)
    assert (watch.feed().state, watch.feed().current_url) == (FeedState.OK, watch.url("/feed"))


def test_two_feeds_that_become_one_are_polled_once(watch: Watch) -> None:
    """The moved feed names the other, keeps its items, and is polled again once the other is unsubscribed."""
    watch.subscribe("/feed", "/new")
    watch.serve("/feed", MOVED)
    watch.through(3 * DAY)
    merged, other = watch.feed("/feed"), watch.feed("/new")
    assert (merged.state, merged.merged_into, other.state) == (FeedState.PAUSED, other.id, FeedState.OK)
    assert watch.url("/new") in str(merged.last_error)
    assert watch.told() == ["feed.moved"]
    asked = len(watch.requests)
    watch.through(2 * DAY)
    assert {request.path for _, request in watch.requests[asked:]} == {"/new"}
    watch.subscribe("/feed")
    assert (watch.feed("/feed").state, watch.feed("/feed").merged_into) == (FeedState.OK, None)
    watch.poll()
    assert watch.feed("/feed").last_poll == watch.now


def test_two_feeds_that_move_to_one_address_are_polled_once(tmp_path: Path) -> None:
    """This holds even if both moves are stored at the same moment."""
    with a_watch(tmp_path) as watch:
        for path in ("/one", "/two"):
            watch.serve(path, MOVED)
        watch.serve("/new", FEED)
        watch.subscribe("/one", "/two")
        for _ in range(6):
            watch.poll()
            watch.later(2 * DAY)
        states = sorted(str(watch.feed(path).state) for path in ("/one", "/two"))
        assert states == ["ok", "paused"]


def test_no_secret_is_sent_to_another_host(tmp_path: Path) -> None:
    """Headers and credentials are sent to the configured host only, also after a stored move (R10)."""
    with a_watch(tmp_path) as watch:

        async def scenario() -> list[dict[str, bytes]]:
            async with serving({"/feed": FEED}) as other:
                moved = answer("301 Moved", location=other.url("/feed"))
                async with serving({"/feed": moved}) as first, Fetcher(rules()) as fetcher:
                    url = first.url("/feed")
                    watch.subscribe(url)
                    access = Access(
                        headers=(("X-Api-Key", "canary"),),
                        credentials=Credentials(username="anna", password="canary"),
                    )
                    poll_rules = PollRules(bounds=watch.bounds, concurrency=5, host_delay=timedelta(0))
                    polling = Polling(
                        database=watch.database,
                        fetcher=fetcher,
                        parsers=watch.parsers,
                        rules=poll_rules,
                        access={url: access},
                        clock=lambda: watch.now,
                    )
                    for _ in range(7):
                        await polling.run(now=watch.now)
                        watch.later(2 * DAY)
                    assert len(first.requests) == 5
                return [dict(request.headers) for request in other.requests]

        seen = asyncio.run(scenario())
        assert len(seen) == 7
        assert all("x-api-key" not in headers and "authorization" not in headers for headers in seen)
