"""Feeds that fail, recover, vanish or fall silent are reported once each, over real HTTP and any restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from citizen import DAY, HOUR, MINUTE, Watch, a_watch, document
from hostile import answer, ok

from alerts.deciding.routing import Routing
from storage.model import Channel, FeedState

BROKEN = answer("500 Internal Server Error")


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """A watch on two feeds that were polled once."""
    with a_watch(tmp_path) as opened:
        opened.serve("/feed", ok(document("a", "b")))
        opened.serve("/other", ok(document("c")))
        opened.subscribe("/feed", "/other")
        opened.poll()
        yield opened


def test_a_failing_feed_is_reported_once_and_once_when_it_recovers(watch: Watch) -> None:
    """Twenty failed polls with restarts between are one report, and the other feed is not affected (P10)."""
    watch.serve("/feed", BROKEN)
    watch.through(3 * DAY)
    assert watch.feed().failures > 5
    assert watch.told() == ["feed.failing"]
    watch.serve("/feed", ok(document("a", "b")))
    watch.through(2 * DAY)
    assert watch.told() == ["feed.failing", "feed.recovered"]
    assert watch.feed("/other").state is FeedState.OK
    [failing, recovered] = watch.messages()
    assert failing["data"]["feed"]["title"] == "Harbour Post"
    assert failing["data"]["feed"]["url"] == watch.url("/feed")
    assert failing["data"]["feed"]["error"] == "the server answered 500 Internal Server Error"
    assert "failed polls over" in recovered["data"]["feed"]["error"]


def test_a_single_failure_is_not_reported(watch: Watch) -> None:
    """A feed that answers at its next attempt is reported neither as failing nor as recovered."""
    watch.serve("/feed", BROKEN)
    watch.until_due()
    watch.poll()
    assert watch.feed().state is FeedState.FAILING
    watch.serve("/feed", ok(document("a", "b")))
    watch.through(DAY)
    assert watch.told() == []


def test_a_feed_that_fails_twice_is_reported_twice(watch: Watch) -> None:
    """Each series of failures is an event of its own."""
    for _ in range(2):
        watch.serve("/feed", BROKEN)
        watch.through(DAY)
        watch.serve("/feed", ok(document("a", "b")))
        watch.through(2 * DAY)
    assert watch.told() == ["feed.failing", "feed.recovered"] * 2


def test_all_feeds_unreachable_at_once_are_one_report_on_the_network(watch: Watch) -> None:
    """Neither the outage nor its end reports a feed (P10)."""
    watch.through(DAY, answering=False)
    assert {watch.feed().state, watch.feed("/other").state} == {FeedState.FAILING}
    assert watch.told() == ["network.down"]
    watch.through(2 * DAY)
    assert watch.told() == ["network.down", "network.up"]
    assert {watch.feed().state, watch.feed("/other").state} == {FeedState.OK}


def test_feeds_that_backed_off_in_an_outage_are_due_when_it_ends(watch: Watch) -> None:
    """Back-off caused by an outage of our own network is dropped."""
    watch.through(2 * DAY, answering=False)
    first = min(watch.feed().next_poll, watch.feed("/other").next_poll)
    watch.now = first
    watch.poll()
    watch.later(MINUTE)
    watch.poll()
    assert {watch.feed().failures, watch.feed("/other").failures} == {0}


def test_a_feed_still_failing_after_an_outage_is_reported(watch: Watch) -> None:
    """It gets a new grace period, and the others recover silently."""
    watch.through(DAY, answering=False)
    watch.serve("/feed", BROKEN)
    watch.through(2 * DAY)
    assert watch.told() == ["network.down", "network.up", "feed.failing"]


def test_one_unreachable_feed_of_two_is_no_outage(watch: Watch) -> None:
    """While another feed answers, the network is up."""
    gone_host = "http://127.0.0.2:9/feed"
    watch.subscribe("/feed", "/other", gone_host)
    watch.through(DAY)
    assert watch.told() == ["feed.failing"]
    assert watch.messages()[0]["data"]["feed"]["url"] == gone_host


def test_a_gone_feed_is_reported_once_and_keeps_its_items(watch: Watch) -> None:
    """A 410 ends the polling; `feeds resume` polls again, and a success is reported as a recovery (P9)."""
    watch.serve("/feed", answer("410 Gone"))
    watch.through(3 * DAY)
    asked = [at for at, request in watch.requests if request.path == "/feed"]
    assert len(asked) == 2
    assert watch.told() == ["feed.gone"]
    assert (watch.feed().state, watch.items()) == (FeedState.GONE, 3)
    watch.serve("/feed", ok(document("a", "b", "d")))
    with watch.database.write() as ledger:
        ledger.feed_controls.resume(ledger.feeds.named([watch.url("/feed")])[0].id, now=watch.now)
    watch.poll()
    assert (watch.feed().state, watch.items()) == (FeedState.OK, 4)
    assert watch.told() == ["feed.gone", "feed.recovered"]


def test_a_feed_that_rolls_over_between_two_polls_is_reported(watch: Watch) -> None:
    """It may have lost items, so it is reported once and polled more often (P22)."""
    watch.serve("/feed", ok(document("x", "y", "z")))
    before = watch.feed().interval
    watch.until_due()
    watch.poll()
    assert watch.told() == ["feed.gap"]
    assert watch.feed().interval < before
    watch.serve("/feed", ok(document("u", "v", "w")))
    watch.until_due()
    watch.poll()
    assert watch.told() == ["feed.gap"]


def test_an_unusually_silent_feed_is_reported_once(watch: Watch) -> None:
    """A busy feed that stops is called silent until its next item (P22)."""
    ids = ["a", "b"]
    for number in range(12):
        ids.insert(0, f"n{number}")
        watch.serve("/feed", ok(document(*ids)))
        watch.later(6 * HOUR)
        watch.poll()
    watch.through(20 * DAY)
    assert watch.feed().state is FeedState.SILENT
    assert watch.told() == ["feed.silent"]
    watch.serve("/feed", ok(document("again", *ids)))
    watch.through(2 * DAY)
    assert watch.feed().state is FeedState.OK
    assert watch.told() == ["feed.silent", "feed.recovered"]


def test_many_failing_feeds_are_one_message_for_people(
    tmp_path: Path,
) -> None:
    """A host with forty feeds causes one mail, but one webhook for each feed."""
    paths = [f"/feed{number}" for number in range(12)]
    with a_watch(tmp_path) as watch:
        channels = {kind: Channel(name=kind, type=kind) for kind in ("console", "webhook")}
        watch.routing = Routing(channels=channels, routes=(), operators=tuple(channels))
        for path in paths:
            watch.serve(path, BROKEN)
        watch.subscribe(*paths)
        watch.poll()
        watch.later(DAY)
        watch.poll()
        with watch.database.read() as ledger:
            postings = ledger.outbox.postings()
    by_channel = [posting.delivery.channel for posting in postings]
    assert (by_channel.count("console"), by_channel.count("webhook")) == (1, 12)
    [told] = [posting.message for posting in postings if posting.delivery.channel == "console"]
    assert told.subject == "[storywatch] feed is failing: 12 feeds"
    assert b"and 8 more" in told.body
