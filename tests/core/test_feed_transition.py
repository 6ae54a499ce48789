"""The state of a feed after a poll: validators, failures, and the time of the next poll."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from builders import DAY, HOUR, a_feed
from builders import NOON as NOW
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.feed_state import transition
from monitor.polling.feed_state.schedule import Bounds
from monitor.polling.http.outcome import Fetched, NotModified
from monitor.polling.parsing.parsed_feed import FeedFacts, Hints
from storage.model import FeedState, Validators

BOTH = Validators(etag='W/"a,b"', last_modified="a garbage date")
AROUND = transition.PollContext(now=NOW, bounds=Bounds())


def fetched(validators: Validators = BOTH, *, body: bytes = b"<rss/>", **headers: str) -> Fetched:
    return Fetched(
        body=body,
        url="https://example.org/feed",
        status=200,
        validators=validators,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def not_modified(validators: Validators) -> NotModified:
    return NotModified(validators=validators, url="https://example.org/feed", headers={})


def test_a_body_replaces_both_validators_and_forgets_the_absent() -> None:
    """200 with both, then 200 with none: the next request is unconditional (P2)."""
    once = transition.after_items(a_feed(), fetched(BOTH), FeedFacts(), AROUND)
    assert once.validators == BOTH
    twice = transition.after_items(once, fetched(Validators()), FeedFacts(), AROUND)
    assert twice.validators == Validators()
    same = transition.after_same_body(once, fetched(Validators(etag="e")), AROUND)
    assert same.validators == Validators(etag="e")


def test_a_304_updates_only_what_it_carries() -> None:
    """A 304 without Last-Modified keeps the stored one; `""` is an ETag like any other (P2)."""
    feed = a_feed(validators=BOTH)
    after = transition.after_not_modified(feed, not_modified(Validators(etag='""')), AROUND)
    assert after.validators == Validators(etag='""', last_modified=BOTH.last_modified)
    assert transition.after_not_modified(feed, not_modified(Validators()), AROUND).validators == BOTH


def test_a_failure_changes_only_the_error() -> None:
    """Neither a challenge page nor a timeout changes validators, body hash or title (P16)."""
    feed = a_feed(validators=BOTH, body_hash="x", last_success=NOW - DAY)
    after = transition.after_failure(feed, "timeout", "no answer", {}, AROUND)
    assert (after.validators, after.body_hash, after.last_success) == (BOTH, "x", NOW - DAY)
    assert (after.state, after.failures, after.error_kind, after.last_error) == (
        FeedState.FAILING,
        1,
        "timeout",
        "no answer",
    )


def test_failures_back_off_and_a_success_resets_the_count() -> None:
    """The pauses grow with each failure and never exceed a day (P10)."""
    feed, pauses = a_feed(), []
    for _ in range(12):
        feed = transition.after_failure(feed, "dns", "no such name", {}, AROUND)
        pauses.append(feed.next_poll - NOW)
    assert pauses[0] < pauses[2] < pauses[4]
    assert max(pauses) <= DAY
    well = transition.after_same_body(feed, fetched(), AROUND)
    assert (well.state, well.failures, well.error_kind, well.last_error) == (FeedState.OK, 0, None, None)


def test_a_gone_feed_stops_and_keeps_its_state() -> None:
    """A 410 ends the polling, keeps the server's text as the error and everything known of the feed (P9)."""
    gone = transition.after_gone(a_feed(validators=BOTH, items=9), "gone for good", AROUND)
    assert (gone.state, gone.last_error, gone.validators, gone.items) == (
        FeedState.GONE,
        "gone for good",
        BOTH,
        9,
    )


def test_a_configured_title_is_kept() -> None:
    """The document's title is used only if none is configured; the time of the first success is stored."""
    facts = FeedFacts(title="As it calls itself")
    first = transition.after_items(a_feed(title=""), fetched(), facts, AROUND)
    assert (first.title, first.first_success) == ("As it calls itself", NOW)
    later = replace(AROUND, now=NOW + HOUR)
    assert transition.after_items(replace(first, title="Mine"), fetched(), facts, later).title == "Mine"
    assert transition.after_items(first, fetched(), facts, later).first_success == NOW


def test_polling_hints_of_a_feed_apply_to_a_304() -> None:
    """The ttl of the last body is kept when a 304 brings no body."""
    feed = transition.after_items(a_feed(), fetched(), FeedFacts(hints=Hints(period=6 * HOUR)), AROUND)
    after = transition.after_not_modified(feed, not_modified(Validators()), AROUND)
    assert after.next_poll - NOW >= 6 * HOUR


@given(st.text(), st.text(max_size=9), st.one_of(st.none(), st.just(NOW)))
def test_the_spread_of_a_feed_is_constant(url: str, what: str, now: datetime | None) -> None:
    """The spread lies in [0, 1) and is the same in every process, so a restart polls nothing early."""
    feed = a_feed(url=url)
    assert 0 <= transition.spread(feed, what, now) < 1
    assert transition.spread(feed, what, now) == transition.spread(feed, what, now)


def test_a_thousand_feeds_of_one_moment_are_spread_over_half_the_interval() -> None:
    """After a first round at once, no tenth of the interval holds more than a fifth of the feeds (P12)."""
    waits = [
        transition.after_items(
            a_feed(url=f"https://example.org/{number}"), fetched(), FeedFacts(), AROUND
        ).next_poll
        - NOW
        for number in range(1000)
    ]
    tenth = (max(waits) - min(waits)) / 10
    histogram = [sum(1 for one in waits if int((one - min(waits)) / tenth) == at) for at in range(10)]
    assert max(waits) - min(waits) > 0.4 * HOUR
    assert max(histogram) < 200


@pytest.mark.parametrize(
    ("heard", "interval", "is_gap"),
    [
        (None, HOUR, False),  # a first poll is silent and not an outage
        (12 * HOUR, HOUR, False),
        (13 * HOUR, HOUR, True),
        (25 * HOUR, DAY, False),  # the feed is slow by itself
        (36 * HOUR, DAY, True),
    ],
)
def test_a_gap_is_half_a_day_beyond_the_interval(
    heard: timedelta | None, interval: timedelta, *, is_gap: bool
) -> None:
    """The next items of such a feed count as late, with the time of its last successful poll (F1b)."""
    last = None if heard is None else NOW - heard
    feed = a_feed(last_success=last, interval=interval)
    assert transition.gap_since(feed, now=NOW) == (last if is_gap else None)
