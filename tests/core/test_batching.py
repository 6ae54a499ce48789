"""The size of a write transaction depends on the duration of earlier ones."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta

from monitor.polling.batching import FIRST_WEIGHT, LEAST_WEIGHT, Batches, weight_of
from monitor.polling.feed_state.schedule import Bounds
from monitor.polling.http.outcome import NotModified
from monitor.polling.parsing.parsed_feed import FeedFacts
from monitor.polling.parsing.read_body import ReadFeed, read_document
from monitor.polling.record import Received
from storage.model import Feed, Validators

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FEED = Feed(id=1, url="u", title="t", current_url="u", host="h", interval=timedelta(hours=1), next_poll=NOW)
ITEM = "<item><guid>{0}</guid><title>{0}</title></item>"


def received(items: int = 0) -> Received:
    """Return an answer of 304, or a body with so many items."""
    read: ReadFeed | None = None
    if items:
        body = f"<rss version='2.0'><channel>{''.join(ITEM.format(n) for n in range(items))}</channel></rss>"
        found = read_document(body.encode(), url="https://example.org/", headers={}, now=NOW)
        assert isinstance(found, ReadFeed)
        read = found
    outcome = NotModified(validators=Validators(), url="u", headers={})
    return Received(feed=FEED, outcome=outcome, read=read, bounds=Bounds())


def test_a_batch_is_full_at_its_weight() -> None:
    """A full batch is stored without waiting for more answers."""
    slices = Batches()
    assert not slices.is_full([received() for _ in range(FIRST_WEIGHT - 1)])
    assert slices.is_full([received() for _ in range(FIRST_WEIGHT)])


def test_a_batch_is_filled_up_to_its_weight() -> None:
    """The rest goes into the next batch; an answer heavier than a whole batch is stored alone."""
    arrived = deque([received() for _ in range(FIRST_WEIGHT + 5)])
    slices = Batches()
    assert (len(slices.take(arrived)), len(arrived)) == (FIRST_WEIGHT, 5)
    heavy = deque([received(FIRST_WEIGHT + 50), received()])
    assert len(slices.take(heavy)) == 1


def test_a_slow_transaction_makes_the_next_one_small() -> None:
    """After a slow transaction the batch shrinks to the minimum at once, and then grows step by step."""
    slices = Batches()
    full = [received() for _ in range(FIRST_WEIGHT)]
    slices.record_duration(full, 60.0)
    few = slices.take(deque(full))
    assert len(few) == LEAST_WEIGHT
    slices.record_duration(few, 0.001)
    assert len(slices.take(deque(full))) == 2 * LEAST_WEIGHT


def test_a_body_weighs_more_than_its_items() -> None:
    """Stored keys are looked up for every body, even if nothing in it is new, and count as weight."""
    nothing_new = ReadFeed(facts=FeedFacts(), items=(), recognised=40)
    assert weight_of(received()) == 1
    assert weight_of(received(3)) > 4
    outcome = NotModified(validators=Validators(), url="u", headers={})
    assert weight_of(Received(feed=FEED, outcome=outcome, read=nothing_new, bounds=Bounds())) > 1
