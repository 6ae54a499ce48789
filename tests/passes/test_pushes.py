"""Pushed bodies (WebSub): which are read, which make their feed due, and which change nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from builders import DAY, HOUR, MINUTE
from fakes import NOW
from pushing import PushedFeed, a_pushed_feed

from monitor.actions.feeds.receive_push import (
    PushOutcome,
    TooManyPushes,
)
from monitor.polling.push import lease
from storage.database import Database, Ledger
from storage.model import Feed


def test_a_signed_push_is_read_without_a_request(database: Database) -> None:
    """Its new items are new; the same body again and the next poll have nothing new."""
    active = a_pushed_feed(database)
    active.ask()
    active.confirm()
    assert active.push("new", "old") is PushOutcome.READ
    assert active.read() == ["new"]
    assert active.push("new", "old") is PushOutcome.READ
    assert active.read() == []
    assert len(active.fetcher.requests) == 1
    active.poll(NOW + MINUTE, "new", "old")
    with active.database.read() as ledger:
        assert ledger.items.new_since([active.feed.id], NOW - DAY) == {active.feed.id: 1}


@pytest.mark.parametrize("signature", ["", "sha256=00", "md5=00", "sha256"])
def test_a_push_without_a_valid_signature_changes_nothing(active: PushedFeed, signature: str) -> None:
    """It is neither read nor a reason to poll."""
    before = active.feed
    assert active.push("new", signature=signature) is PushOutcome.IGNORED
    assert active.read() == []
    assert active.feed == before


@pytest.mark.parametrize(
    "changes",
    [
        {"content_type": "text/html"},
        {"link": '<https://example.org/other>; rel="self"'},
        {"body": ""},
        {"body": "<html><body>a page</body></html>"},
        {
            "body": '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="https://other.example/"/></feed>'
        },
    ],
)
def test_a_signed_push_that_is_not_the_feed_makes_it_due(active: PushedFeed, changes: dict[str, str]) -> None:
    """A body of another type or topic is not read; the feed is polled instead."""
    active.push("new", **changes)
    assert active.read() == []
    assert active.feed.next_poll == NOW
    assert active.feed.failures == 0


def test_pushes_ask_for_one_poll_a_minute_and_are_bounded(active: PushedFeed) -> None:
    """Above the limit a hub has to wait; a second body of a feed is dropped, and the feed is polled instead."""
    active.poll(NOW, "old")
    for _ in range(lease.PUSHES_A_MINUTE):
        active.push("new", content_type="text/plain")
    assert active.feed.next_poll == NOW + MINUTE
    with pytest.raises(TooManyPushes):
        active.push("new")
    later = NOW + 2 * MINUTE
    assert [active.push("new", now=later), active.push("newer", now=later)] == [
        PushOutcome.READ,
        PushOutcome.POLL,
    ]


class Claimed:
    """A worker's claim: it holds the feed's host while it reads, or while it stores."""

    def __init__(self, *, reads: bool, stores: bool) -> None:
        self.reads = reads
        self.stores = stores

    def may_ask(self, host: str) -> bool:
        del host
        return self.reads

    def may_store(self, ledger: Ledger, feeds: Sequence[Feed]) -> set[int]:
        del ledger
        return {feed.id for feed in feeds if self.stores}


@pytest.mark.parametrize("claim", [Claimed(reads=False, stores=True), Claimed(reads=True, stores=False)])
def test_a_push_waits_while_another_worker_uses_the_host(active: PushedFeed, claim: Claimed) -> None:
    """It is read by the worker that holds the host until the items are stored."""
    assert active.push("new") is PushOutcome.READ
    assert active.read(claim=claim) == []
    assert active.read(claim=Claimed(reads=True, stores=True)) == ["new"]
    assert active.read() == []


def test_polling_slows_down_once_the_hub_has_pushed(active: PushedFeed) -> None:
    """It is back at its pace when a poll finds what was not pushed, or when the lease ends."""
    active.poll(NOW, "old")
    assert "hub" not in active.feed.interval_reason
    active.push("new", "old")
    active.read()
    assert active.feed.interval == HOUR  # the longest
    assert "hub" in active.feed.interval_reason
    active.poll(NOW + HOUR, "unpushed", "new", "old")
    active.poll(NOW + 2 * HOUR, "unpushed", "new", "old")
    assert "hub" not in active.feed.interval_reason


def test_a_feed_that_is_being_polled_is_read_afterwards(active: PushedFeed) -> None:
    """Two readers of one feed would overwrite each other's state."""
    active.push("new", "old")
    with active.polling.holding([active.feed.id]):
        assert active.read() == []
    assert active.read() == ["new"]
