"""Events about polls: one for a failure, one for its recovery, and one for the network instead of all feeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import builders
import pytest
from builders import DAY, HOUR, MINUTE
from builders import NOON as NOW
from hypothesis import given
from hypothesis import strategies as st

from monitor.polling.feed_state import events, transition
from monitor.polling.feed_state.habits import DocumentSummary
from monitor.polling.feed_state.schedule import Bounds
from monitor.polling.http.outcome import Fetched, Gone
from monitor.polling.parsing.parsed_feed import FeedFacts
from storage.model import Feed, FeedState, Validators
from storage.model.habit import Habit
from storage.stores.reports import NetworkReach


def a_feed(**given: object) -> Feed:
    return builders.a_feed(**{"first_success": NOW - 30 * DAY, "last_success": NOW - HOUR, **given})


def around(now: datetime) -> transition.PollContext:
    return transition.PollContext(now=now, bounds=Bounds())


def fails(feed: Feed, now: datetime, kind: str = "http-500") -> Feed:
    return transition.after_failure(feed, kind, "the server answered 500", {}, around(now))


def works(feed: Feed, now: datetime, *, items: int = 5, new: int = 0, status: int = 200) -> Feed:
    fetched = Fetched(
        body=b"<rss/>",
        url=feed.current_url,
        status=status,
        validators=Validators(),
        headers={},
        permanent_url=None,
    )
    sighted = DocumentSummary(items=items, new=new, partial=status == 226)
    return transition.after_items(feed, fetched, FeedFacts(), around(now), sighted)


def kinds(before: Feed, after: Feed, now: datetime) -> list[str]:
    return [one.kind for one in events.new_reports(before, after, now=now)]


def failing(*minutes: int) -> list[list[str]]:
    """Return the event reported at each of these failures."""
    feed, told = a_feed(), []
    for minute in minutes:
        now = NOW + minute * MINUTE
        after = fails(feed, now)
        told.append(kinds(feed, after, now))
        feed = after
    return told


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ((0,), [[]]),
        ((0, 15), [[], []]),
        ((0, 15, 45), [[], [], ["feed.failing"]]),
        ((0, 60), [[], ["feed.failing"]]),
        ((0, 24 * 60), [[], ["feed.failing"]]),
    ],
)
def test_a_feed_is_reported_as_failing_after_a_grace_period(
    minutes: Sequence[int], expected: list[list[str]]
) -> None:
    """The second failure is reported if it comes an hour after the first, else the third."""
    assert failing(*minutes) == expected


def test_later_failures_belong_to_the_same_event() -> None:
    """A series of failures is identified by its start."""
    feed, sinces = a_feed(), set()
    for hour in range(9):
        now = NOW + hour * HOUR
        after = fails(feed, now)
        sinces |= {one.since for one in events.new_reports(feed, after, now=now)}
        feed = after
    assert sinces == {NOW}


def test_a_recovery_says_how_long_the_failure_lasted() -> None:
    """The next series of failures is another event."""
    broken = fails(fails(a_feed(), NOW), NOW + HOUR)
    later = NOW + 3 * HOUR
    well = works(broken, later)
    assert events.ended_events(broken, well) == ("feed.failing", "feed.gone")
    told = events.recovery(broken, well, now=later)
    assert (told.kind, told.detail) == ("feed.recovered", "it answered after 2 failed polls over 3 h")
    again = fails(well, later + HOUR)
    assert again.failing_since == later + HOUR


def test_an_ordinary_success_reports_nothing() -> None:
    """Ordinary polls need no lookup of earlier events."""
    assert events.ended_events(a_feed(), works(a_feed(), NOW)) == ()


def test_a_gone_feed_is_reported_at_once() -> None:
    """A 410 is definite, so there is no grace period (P9)."""
    gone = transition.after_gone(a_feed(), Gone(words="gone for good", headers={}).words, around(NOW))
    assert kinds(a_feed(), gone, NOW) == ["feed.gone"]


def silent_after(gaps: Sequence[timedelta], silence: timedelta) -> list[str]:
    """Return the event reported when a feed with these usual gaps has had no new item for this long."""
    now = NOW
    feed = works(a_feed(first_success=None, last_success=None), now, new=5)
    for gap in gaps:
        now += gap
        feed = works(feed, now, new=1)
    now += silence
    return kinds(feed, works(feed, now), now)


@pytest.mark.parametrize(
    ("gaps", "silence", "expected"),
    [
        ([HOUR] * 30, 2 * DAY, []),
        ([HOUR] * 30, 4 * DAY, ["feed.silent"]),
        ([DAY] * 10, 4 * DAY, []),
        ([DAY] * 10, 6 * DAY, ["feed.silent"]),
        ([7 * DAY] * 4, 20 * DAY, []),
        ([7 * DAY] * 4, 36 * DAY, ["feed.silent"]),
        ([HOUR, HOUR], 300 * DAY, []),
    ],
)
def test_a_feed_is_silent_far_beyond_its_own_habit(
    gaps: list[timedelta], silence: timedelta, expected: list[str]
) -> None:
    """Silence is relative to a feed's usual gaps; a feed without known gaps is never silent (P22)."""
    assert silent_after(gaps, silence) == expected


def test_a_silence_is_reported_once_and_ends_with_a_new_item() -> None:
    """While the silence lasts the feed's state is silent; the next item makes it ok."""
    habit = Habit(last_new=NOW - 9 * DAY, usual_gap=HOUR, gaps=9, document_items=5)
    first = works(a_feed(habit=habit), NOW)
    second = works(first, NOW + DAY)
    assert (first.state, second.state) == (FeedState.SILENT, FeedState.SILENT)
    assert kinds(a_feed(habit=habit), first, NOW) == ["feed.silent"]
    assert kinds(first, second, NOW + DAY) == []
    news = works(second, NOW + 2 * DAY, new=1)
    assert news.state is FeedState.OK
    assert events.ended_events(second, news) == ("feed.silent",)
    assert "new items" in events.recovery(second, news, now=NOW + 2 * DAY).detail


def test_a_document_without_a_known_item_is_a_gap_and_hastens_the_feed() -> None:
    """The gap is reported once a month, and the feed is polled twice as often as its document rolled over (P22)."""
    feed = a_feed(habit=Habit(document_items=5, last_new=NOW - DAY), last_success=NOW - 50 * MINUTE)
    after = works(feed, NOW, items=5, new=5)
    assert kinds(feed, after, NOW) == ["feed.gap"]
    assert after.interval == 25 * MINUTE
    assert "rolled over" in after.interval_reason
    once_more = works(after, NOW + HOUR, items=5, new=5)
    assert kinds(after, once_more, NOW + HOUR) == []
    kept_up = works(once_more, NOW + HOUR + 8 * DAY, items=5, new=1)
    assert "rolled over" not in kept_up.interval_reason


@pytest.mark.parametrize(
    ("known", "items", "new", "status"), [(0, 5, 5, 200), (5, 0, 0, 200), (5, 5, 4, 200), (5, 1, 1, 226)]
)
def test_no_gap_where_nothing_can_have_rolled_over(known: int, items: int, new: int, status: int) -> None:
    """An empty document before or now, a single known item, or a partial answer is no gap (P15, P17)."""
    feed = a_feed(habit=Habit(document_items=known, last_new=NOW - DAY))
    assert kinds(feed, works(feed, NOW, items=items, new=new, status=status), NOW) == []


@pytest.mark.parametrize(
    ("feeds", "hosts", "lost_feeds", "lost_hosts", "is_down"),
    [
        (1, 1, 1, 1, False),
        (2, 2, 2, 2, True),
        (2, 2, 1, 1, False),
        (5, 1, 5, 1, True),
        (300, 300, 9, 9, False),
        (300, 300, 10, 10, True),
        (300, 300, 50, 1, False),
        (0, 0, 0, 0, False),
    ],
)
def test_the_network_is_down_when_nothing_answers(
    feeds: int, hosts: int, lost_feeds: int, lost_hosts: int, *, is_down: bool
) -> None:
    """The network is down if all feeds fail, or ten in a row on ten hosts; one feed or host is not enough (P10)."""
    reach = NetworkReach(
        feeds=feeds, hosts=hosts, unreached_feeds=lost_feeds, unreached_hosts=lost_hosts, last_answer=None
    )
    assert events.is_network_down(reach) is is_down


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 3000)), max_size=30))
def test_failures_and_recoveries_alternate(polls: list[tuple[bool, int]]) -> None:
    """No series of failures is reported twice, and only a reported failure recovers."""
    feed, now, sinces = a_feed(), NOW, set()
    for good, minutes in polls:
        now += minutes * MINUTE
        after = works(feed, now) if good else fails(feed, now)
        sinces |= {
            one.since for one in events.new_reports(feed, after, now=now) if one.kind == "feed.failing"
        }
        assert ("feed.failing" in events.ended_events(feed, after)) == (good and feed.failures > 0)
        feed = after
    rows = sum(1 for at, (good, _) in enumerate(polls) if not good and (at == 0 or polls[at - 1][0]))
    assert len(sinces) <= rows


def test_a_feed_merged_by_a_move_is_reported_as_moved() -> None:
    """The event names the feed that is no longer polled."""
    merged = replace(a_feed(), state=FeedState.PAUSED, merged_into=2, last_error="merged into another")
    assert kinds(a_feed(), merged, NOW) == ["feed.moved"]
