"""A server's Retry-After also holds for what the owner asks for: poll now, poll all, resume."""

from __future__ import annotations

import pytest
from builders import HOUR, MINUTE
from fakes import NOW, subscribe
from rounds import FEED, feed_of, poll_once

from monitor.actions.feeds.control_feeds import (
    ServerAsksToWait,
    pause_feed,
    poll_all_now,
    poll_now,
    resume_feed,
)
from monitor.polling.http.outcome import Failed, FailureKind, Throttled
from storage.database import Database

WAIT = {"retry-after": "7200"}
BUSY = Failed(kind=FailureKind.HTTP, words="busy", status=503, headers=WAIT)
SLOW_DOWN = Throttled(words="slow down", host_key="example.org:443", headers=WAIT)
OTHERS = tuple(f"https://example.org/{number}" for number in range(3))


@pytest.mark.parametrize("answer", [BUSY, SLOW_DOWN])
def test_a_feed_is_not_polled_now_while_its_server_asks_to_wait(
    both: Database, answer: Failed | Throttled
) -> None:
    """The refusal says until when, and the feed is due then; later it is polled as asked."""
    subscribe(both, FEED, host="example.org:443")
    poll_once(both, answer)
    with pytest.raises(ServerAsksToWait, match=r"asks to wait until 2026-03-04 14:\d\d UTC") as refusal:
        poll_now(both, FEED, now=NOW + MINUTE)
    until = refusal.value.waiting.until
    assert NOW + 2 * HOUR <= until <= NOW + 2 * HOUR + 10 * MINUTE
    assert feed_of(both).next_poll == until
    poll_now(both, FEED, now=until)
    assert feed_of(both).next_poll == until


def test_all_feeds_are_polled_but_those_of_a_host_that_asks_to_wait(sqlite_database: Database) -> None:
    """One answer of 429 holds for every feed of the host."""
    subscribe(sqlite_database, *OTHERS, host="example.org:443")
    with sqlite_database.write() as ledger:
        ledger.feeds.quiet_host("example.org:443", until=NOW + HOUR)
    requested = poll_all_now(sqlite_database, only_failing=False, now=NOW)
    assert requested.due == ()
    assert [(one.feed.url, one.until) for one in requested.waiting] == [(url, NOW + HOUR) for url in OTHERS]
    requested = poll_all_now(sqlite_database, only_failing=False, now=NOW + HOUR)
    assert (len(requested.due), requested.waiting) == (3, ())


def test_a_resumed_feed_waits_for_its_server(sqlite_database: Database) -> None:
    """Pausing and resuming is no way around a Retry-After."""
    subscribe(sqlite_database, FEED)
    poll_once(sqlite_database, BUSY)
    pause_feed(sqlite_database, FEED)
    resumed = resume_feed(sqlite_database, FEED, now=NOW + MINUTE)
    assert NOW + 2 * HOUR <= resumed.next_poll <= NOW + 2 * HOUR + 10 * MINUTE
