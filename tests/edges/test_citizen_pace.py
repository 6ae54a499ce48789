"""Polling over real HTTP and weeks of virtual time: never early, never without validators."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from citizen import DAY, HOUR, MINUTE, NOON, Watch, a_watch, document
from hostile import Request, answer, ok, rules, serving

from monitor.polling.feed_state.schedule import Bounds
from monitor.polling.http.fetch import Fetcher
from monitor.polling.poll import Polling
from monitor.polling.poll_rules import PollRules
from storage.model import FeedState

FEED = document("a", "b")


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """A watch on one feed, not polled yet."""
    with a_watch(tmp_path) as opened:
        opened.serve("/feed", ok(FEED))
        opened.subscribe("/feed")
        yield opened


def gaps(watch: Watch, path: str = "/feed") -> list[timedelta]:
    """Return the times between successive requests for a path."""
    asked = [at for at, request in watch.requests if request.path == path]
    return [later - earlier for earlier, later in pairwise(asked)]


def publisher(watch: Watch, *, every: timedelta) -> None:
    """Let the feed publish an item at this interval, with a validator."""

    async def publishing(request: Request, writer: asyncio.StreamWriter) -> None:
        number = int((watch.now - NOON) / every)
        tag = f'W/"{number}"'
        current = request.headers.get("if-none-match") == tag.encode()
        ids = [f"n{at}" for at in range(number, max(number - 20, -1), -1)]
        body = answer("304 Not Modified") if current else ok(document(*ids), ETag=tag)
        writer.write(body.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        await writer.drain()

    watch.serve("/feed", publishing)


@pytest.mark.slow
def test_thirty_days_of_a_feed_that_publishes_every_six_hours(watch: Watch) -> None:
    """There is one unconditional request, every item is found, and intervals stay within the bounds (P2, P11)."""
    publisher(watch, every=6 * HOUR)
    watch.through(30 * DAY)
    unconditional = [request for _, request in watch.requests if "if-none-match" not in request.headers]
    assert len(unconditional) == 1
    assert min(gaps(watch)) >= watch.bounds.minimum
    assert max(gaps(watch)) <= watch.bounds.maximum * 1.05
    assert watch.items() == 1 + int((watch.feed().last_poll - NOON) / (6 * HOUR))  # type: ignore[operator]
    settled = gaps(watch)[-20:]
    assert 2 * HOUR < sum(settled, timedelta(0)) / len(settled) < 4 * HOUR
    assert watch.feed().traffic.saved_bytes > 0
    assert watch.told() == []


def test_the_interval_follows_the_rate_both_ways(watch: Watch) -> None:
    """A feed that publishes more is polled more often, one that publishes less less often (P11)."""
    publisher(watch, every=DAY)
    watch.through(10 * DAY)
    slow = watch.feed().interval
    publisher(watch, every=HOUR)
    watch.through(10 * DAY)
    quick = watch.feed().interval
    assert quick < slow / 4
    assert quick >= watch.bounds.minimum


def test_ten_restarts_cause_no_extra_request(watch: Watch) -> None:
    """The next due time is stored, and each poll here uses a new process's state (P11)."""
    watch.poll()
    for _ in range(10):
        watch.later(MINUTE)
        watch.poll()
    assert len(watch.requests) == 1
    watch.now = watch.feed().next_poll - timedelta(seconds=1)
    watch.poll()
    assert len(watch.requests) == 1
    watch.later(timedelta(seconds=1))
    watch.poll()
    assert len(watch.requests) == 2


@pytest.mark.parametrize(
    ("route", "at_least"),
    [
        (ok(FEED, Cache_Control="max-age=43200"), 12 * HOUR),
        (ok(FEED, Cache_Control="public, max-age=43200", Age="3600"), 11 * HOUR),
        (answer("500 Oops", Cache_Control="max-age=43200"), 12 * HOUR),
        (answer("304 Not Modified", Cache_Control="max-age=43200"), 12 * HOUR),
        (ok(FEED, Cache_Control="max-age=504921600"), DAY),
        (answer("429 Slow down", Retry_After="18000"), 5 * HOUR),
        (answer("503 Busy", Retry_After="18000"), 5 * HOUR),
        (answer("429 Slow down", Retry_After="Thu, 05 Mar 2026 12:00:00 GMT", Date="Wed, 04 Mar 2026 12:00:00 GMT"), DAY),
        (answer("429 Slow down", Retry_After="1209600"), 7 * DAY),
        (ok(document("a", ttl="720")), 12 * HOUR),
        (ok(document("a", skipHours="".join(f"<hour>{hour}</hour>" for hour in range(12, 20)))), 8 * HOUR),
        (ok(document("a", skipDays="<day>Wednesday</day>")), 12 * HOUR),
    ],
)  # fmt: skip
def test_server_hints_are_lower_bounds(watch: Watch, route: bytes, at_least: timedelta) -> None:
    """They apply to 200, 304 and errors; 16 years count as a day, two weeks of Retry-After as one (P5, P6, P11)."""
    watch.serve("/feed", ok(FEED, ETag='"x"'))
    with watch.database.write() as ledger:
        ledger.feeds.subscribe([], now=watch.now)
    watch.now = NOON - 2 * HOUR
    watch.subscribe("/feed")
    watch.poll()
    watch.now = max(NOON, watch.feed().next_poll)
    late = watch.now - NOON
    watch.serve("/feed", route)
    watch.poll()
    asked = len(watch.requests)
    assert (
        at_least - late
        <= watch.feed().next_poll - watch.now
        <= (at_least * 1.3 if at_least > DAY else 26 * HOUR)
    )
    watch.now = watch.feed().next_poll - timedelta(seconds=1)
    watch.poll()
    assert len(watch.requests) == asked


@pytest.mark.parametrize(
    "route",
    [
        ok(FEED, Cache_Control="no-cache, max-age=43200"),
        answer("429 Slow down", Retry_After="-5"),
        answer("429 Slow down", Retry_After="Wed, 04 Mar 2020 12:00:00 GMT"),
        answer("503 Busy", Retry_After="soon"),
    ],
)
def test_invalid_server_hints_are_ignored(watch: Watch, route: bytes) -> None:
    """`no-cache` cancels a lifetime; past, negative and garbled times are ignored (P5, P6)."""
    watch.serve("/feed", route)
    watch.poll()
    assert watch.feed().next_poll - watch.now <= 2 * HOUR


def test_a_server_hint_overrules_the_configured_interval(tmp_path: Path) -> None:
    """`interval = "15m"` does not overrule max-age (P5)."""
    with a_watch(tmp_path, bounds=replace(Bounds(), own=15 * MINUTE)) as watch:
        watch.serve("/feed", ok(FEED, Cache_Control="max-age=7200"))
        watch.subscribe("/feed")
        watch.through(DAY)
        assert min(gaps(watch)) >= 2 * HOUR


def test_errors_back_off_to_a_day_and_not_beyond(watch: Watch) -> None:
    """A dead feed gets one request a day (P10)."""
    watch.poll()
    watch.serve("/feed", answer("500 Oops"))
    watch.through(30 * DAY)
    asked = [at for at, _ in watch.requests]
    last_week = [at for at in asked if at > watch.now - 7 * DAY]
    assert 7 <= len(last_week) <= 8
    assert len(asked) < 45
    assert watch.feed().state is FeedState.FAILING


def test_a_throttled_host_is_left_alone_and_then_asked_in_fair_order(tmp_path: Path) -> None:
    """After a 429 its fifty feeds wait until the time is over, and those that waited longest go first (P7)."""
    paths = [f"/{number}" for number in range(50)]
    with a_watch(tmp_path) as watch:
        for path in paths:
            watch.serve(path, answer("429 Slow down", Retry_After="3600"))
        watch.subscribe(*paths)
        watch.poll()
        assert [request.path for _, request in watch.requests] == ["/0"]
        for _ in range(11):
            watch.later(5 * MINUTE)
            watch.poll()
        assert len(watch.requests) == 1
        for path in paths:
            watch.serve(path, ok(FEED))
        watch.later(10 * MINUTE)
        watch.poll()
        after = [request.path for _, request in watch.requests[1:]]
        assert after[:49] == paths[1:]
        watch.through(2 * HOUR)
        assert watch.feed("/0").state is FeedState.OK


def test_one_request_at_a_time_to_a_host_and_a_pause_between(tmp_path: Path) -> None:
    """In real time requests to a host are separated by the pause, and another host does not wait (P12)."""
    spans: list[tuple[str, float, float]] = []

    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        begun = asyncio.get_running_loop().time()
        await asyncio.sleep(0.02)
        writer.write(ok(FEED, Connection="close"))
        await writer.drain()
        spans.append((request.headers["host"].decode(), begun, asyncio.get_running_loop().time()))

    async def scenario(watch: Watch) -> None:
        routes = {f"/{number}": slow for number in range(6)}
        async with serving(routes) as one, serving(routes) as other, Fetcher(rules()) as fetcher:
            watch.subscribe(*(server.url(path) for server in (one, other) for path in routes))
            poll_rules = PollRules(bounds=watch.bounds, concurrency=50, host_delay=timedelta(milliseconds=50))
            polling = Polling(
                database=watch.database,
                fetcher=fetcher,
                parsers=watch.parsers,  # type: ignore[arg-type]
                rules=poll_rules,
                access={},
                clock=lambda: watch.now,
            )
            assert len(await polling.run(now=watch.now)) == 12

    with a_watch(tmp_path) as watch:
        asyncio.run(scenario(watch))
    hosts = {host for host, _, _ in spans}
    assert len(hosts) == 2
    for host in hosts:
        mine = sorted((begun, ended) for name, begun, ended in spans if name == host)
        assert all(later[0] - earlier[1] >= 0.045 for earlier, later in pairwise(mine))
    first, second = (min(begun for name, begun, _ in spans if name == host) for host in hosts)
    assert abs(first - second) < 0.3


def test_a_partial_answer_deletes_nothing_and_is_no_gap(watch: Watch) -> None:
    """A 226 with one item was requested with `A-IM: feed` and the validator (P15)."""
    watch.serve("/feed", ok(document("a", "b", "c"), ETag='"1"'))
    watch.poll()
    watch.serve("/feed", answer("226 IM Used", document("d"), ETag='"2"', IM="feed"))
    watch.until_due()
    watch.poll()
    _, asked = watch.requests[-1]
    assert (asked.headers["a-im"], asked.headers["if-none-match"]) == (b"feed", b'"1"')
    assert "a-im" not in watch.requests[0][1].headers
    watch.serve("/feed", ok(document("d", "c", "b", "a"), ETag='"3"'))
    watch.until_due()
    [polled] = watch.poll()
    assert (polled.noted, watch.items(), watch.told()) == ((), 4, [])


def test_an_empty_feed_is_no_deletion_and_a_return_is_silent(watch: Watch) -> None:
    """Items that vanish and return, also through an empty document, are not new (P17)."""
    watch.poll()
    for ids in ([], ["a", "b"], ["b"], ["a", "b"], [], ["c", "a", "b"]):
        watch.serve("/feed", ok(document(*ids)))
        watch.until_due()
        [polled] = watch.poll()
        assert polled.feed.state is FeedState.OK
    assert (watch.items(), watch.told()) == (3, [])


def test_a_login_page_touches_neither_items_nor_validators(watch: Watch) -> None:
    """A 200 with HTML is a named error, and the next request has the old validator (P16)."""
    watch.serve("/feed", ok(FEED, ETag='"1"'))
    watch.poll()
    watch.serve("/feed", ok(b"<!doctype html><title>Log in</title>", ETag='"page"'))
    watch.until_due()
    watch.poll()
    assert watch.feed().error_kind == "not-a-feed"
    watch.until_due()
    watch.poll()
    assert watch.requests[-1][1].headers["if-none-match"] == b'"1"'
    assert watch.items() == 2


@pytest.mark.parametrize(("fixed_by_hand", "waited"), [(False, 2 * MINUTE), (True, timedelta(0))])
def test_an_interval_counts_from_the_answer(watch: Watch, *, fixed_by_hand: bool, waited: timedelta) -> None:
    """A feed that was queued for two minutes is not polled two minutes early; `--now` ignores the queue (P5)."""
    watch.serve("/feed", ok(FEED, Cache_Control="max-age=43200"))
    start = NOON + DAY if fixed_by_hand else NOON

    async def scenario() -> None:
        ticks = iter([start, start + 2 * MINUTE])
        async with serving(watch.routes, port=watch.port), Fetcher(rules()) as fetcher:
            polling = Polling(
                database=watch.database,
                fetcher=fetcher,
                parsers=watch.parsers,  # type: ignore[arg-type]
                rules=PollRules(bounds=watch.bounds, concurrency=5, host_delay=timedelta(0)),
                access={},
                clock=lambda: next(ticks, start + 2 * MINUTE),
            )
            await polling.run(now=NOON)

    asyncio.run(scenario())
    assert watch.feed().next_poll == NOON + 12 * HOUR + waited
