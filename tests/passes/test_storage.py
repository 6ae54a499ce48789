"""The database keeps its invariants, on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import StatementError

from storage.model import DeliveryState, FeedState, Message, Publication, Reason, Validators, Why
from storage.stores.delivery_leases import Attempt, Lease
from storage.stores.feeds import Subscription
from storage.stores.item_rows import NewItem
from storage.stores.matches import NewMatch
from storage.stores.new_alerts import NewAlert
from storage.stores.outbox import REMOVED
from storage.stores.placements import NewPlacement

if TYPE_CHECKING:
    from storage.database import Database, Ledger

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def subscribe(ledger: Ledger, *urls: str, access_hash: str | None = None) -> None:
    ledger.feeds.subscribe(
        [
            Subscription(
                url=url, title="A feed", host="example.org:443", access_hash=access_hash, interval=HOUR
            )
            for url in urls
        ],
        now=NOW,
    )


def new_item(key: str, title: str = "A title") -> NewItem:
    return NewItem(
        publication=Publication(
            publisher_id=key, title=title, summary="A summary", url=f"https://example.org/{key}"
        ),
        key=key,
        content_hash=f"hash of {title}",
        title_key=title.lower(),
    )


def a_lease(token: str, until: datetime) -> Lease:
    return Lease(owner="run: a test", token=token, until=until)


def one_feed(ledger: Ledger) -> int:
    subscribe(ledger, "https://example.org/feed")
    return ledger.feeds.subscribed()[0].id


def a_story(ledger: Ledger) -> tuple[int, int]:
    """Store one matched item in a story of its own; return (story id, match id)."""
    [item_id] = ledger.items.add(one_feed(ledger), [new_item("a")], now=NOW, at_first_poll=False)
    version = ledger.matches.rule_versions({"t": ("h", "r")}, now=NOW)["t"].id
    why = (Why(term="police", weight=0.4, where="title"),)
    ledger.matches.add(
        [NewMatch(item_id=item_id, topic="t", rule_version=version, score=0.8, why=why)], now=NOW
    )
    waiting = ledger.placements.waiting("t", limit=9, pages_since=NOW)
    [match] = ledger.placements.ungrouped(waiting)
    story_id = ledger.stories.open(match)
    ledger.placements.place([NewPlacement(match_id=match.id, story_id=story_id)], after=0)
    ledger.stories.refresh(story_id, headline_item_id=item_id)
    return story_id, match.id


def a_sealed_message(ledger: Ledger) -> None:
    message = Message(id="m1", channel="desk", kind="story.new", subject="S", body=b"body", created_at=NOW)
    ledger.outbox.enqueue(message, recipients={"d1": "desk@example.org", "d2": "night@example.org"})


def test_a_feed_that_leaves_the_configuration_keeps_its_items_and_is_not_polled(database: Database) -> None:
    """A feed that returns continues where it was."""
    with database.write() as ledger:
        ledger.items.add(one_feed(ledger), [new_item("a")], now=NOW, at_first_poll=True)
        subscribe(ledger)
        assert ledger.feeds.due(now=NOW, limit=9) == []
        assert ledger.items.count() == 1
        subscribe(ledger, "https://example.org/feed")
        assert [feed.items for feed in ledger.feeds.subscribed()] == [1]


def test_validators_go_when_credentials_change(database: Database) -> None:
    """Another account may get another feed, so former validators must not be sent (P2)."""
    with database.write() as ledger:
        one_feed(ledger)
        [feed] = ledger.feeds.due(now=NOW, limit=9)
        ledger.feeds.save([replace(feed, validators=Validators(etag='W/"a,b"'), body_hash="x")])
        subscribe(ledger, feed.url)
        assert ledger.feeds.due(now=NOW, limit=9)[0].validators.etag == 'W/"a,b"'
        subscribe(ledger, feed.url, access_hash="another")
        [feed] = ledger.feeds.due(now=NOW, limit=9)
        assert feed.validators == Validators()
        assert feed.body_hash is None


def test_a_feed_is_polled_at_once_when_its_credentials_change(database: Database) -> None:
    """A feed refused for a wrong password is retried as soon as it is corrected."""
    with database.write() as ledger:
        one_feed(ledger)
        [feed] = ledger.feeds.due(now=NOW, limit=9)
        ledger.feeds.save([replace(feed, failures=3, last_poll=NOW, next_poll=NOW + 8 * HOUR)])
        subscribe(ledger, feed.url)
        assert ledger.feeds.due(now=NOW, limit=9) == []
        subscribe(ledger, feed.url, access_hash="another")
        assert [due.id for due in ledger.feeds.due(now=NOW, limit=9)] == [feed.id]


def test_failed_feeds_are_retried_only_when_they_were_polled_before(database: Database) -> None:
    """A feed with another error, paused or polled since keeps its due time."""
    later = NOW + 8 * HOUR
    with database.write() as ledger:
        subscribe(ledger, *(f"https://{name}.example/" for name in ("old", "new", "other", "paused")))
        for feed in ledger.feeds.due(now=NOW, limit=9):
            kind = "http-404" if "other" in feed.url else "address"
            polled = NOW if "new" in feed.url else NOW - HOUR
            failing = replace(feed, failures=1, error_kind=kind, last_poll=polled, next_poll=later)
            ledger.feeds.save([failing])
            if "paused" in feed.url:
                ledger.feed_controls.pause(feed.id)
        ledger.feed_controls.retry_failed(["address"], polled_before=NOW, now=NOW)
        assert [feed.url for feed in ledger.feeds.due(now=NOW, limit=9)] == ["https://old.example/"]


def test_feeds_of_a_quiet_host_wait(database: Database) -> None:
    """No feed of a throttled host is due before the time, and a later time is never shortened."""
    with database.write() as ledger:
        one_feed(ledger)
        ledger.feeds.quiet_host("example.org:443", until=NOW + 2 * HOUR)
        ledger.feeds.quiet_host("example.org:443", until=NOW + HOUR)
        assert ledger.feeds.due(now=NOW + HOUR, limit=9) == []
        assert len(ledger.feeds.due(now=NOW + 2 * HOUR, limit=9)) == 1


def test_gone_feeds_are_not_due(database: Database) -> None:
    """A feed that answered 410 is not polled."""
    with database.write() as ledger:
        one_feed(ledger)
        [feed] = ledger.feeds.due(now=NOW, limit=9)
        ledger.feeds.save([replace(feed, state=FeedState.GONE)])
        assert ledger.feeds.due(now=NOW + HOUR, limit=9) == []
        assert ledger.feeds.next_due() is None


def test_items_are_known_by_every_key_and_by_recent_title(database: Database) -> None:
    """An item is found by its key, by an alias, or by its title within the window."""
    with database.write() as ledger:
        feed_id = one_feed(ledger)
        [item_id] = ledger.items.add(
            feed_id, [new_item("a", "four words make it")], now=NOW, at_first_poll=False
        )
        ledger.items.alias(feed_id, [("b", item_id)], now=NOW)
        by_alias = ledger.items.known(feed_id, keys=["b"], title_keys=[], since=NOW)
        by_title = ledger.items.known(feed_id, keys=[], title_keys=["four words make it"], since=NOW - HOUR)
        too_old = ledger.items.known(feed_id, keys=[], title_keys=["four words make it"], since=NOW)
        assert [known.item_id for known in by_alias] == [item_id]
        assert {known.item_id for known in by_title} == {item_id}
        assert too_old == []


def test_a_revised_item_waits_for_match_again(database: Database) -> None:
    """An edit stores the former text and schedules matching (P20)."""
    with database.write() as ledger:
        feed_id = one_feed(ledger)
        [item_id] = ledger.items.add(feed_id, [new_item("a")], now=NOW, at_first_poll=False)
        ledger.match_queue.remove([item_id])
        assert ledger.match_queue.first(limit=9) == []
        ledger.items.revise(item_id, new_item("a", "Another title"), now=NOW)
        assert [item.title for item in ledger.match_queue.first(limit=9)] == ["Another title"]


def test_an_item_matches_a_topic_once(database: Database) -> None:
    """A second match of an item changes nothing."""
    with database.write() as ledger:
        a_story(ledger)
        [grouped] = ledger.placements.window("t", since=NOW - HOUR)
        again = NewMatch(item_id=grouped.match.item.id, topic="t", rule_version=1, score=0.9, why=())
        assert ledger.matches.add([again], now=NOW) == 0
        assert ledger.placements.waiting("t", limit=9, pages_since=NOW) == []


def test_the_same_decision_is_stored_once(database: Database) -> None:
    """An alert is unique by (story, topic, reason, growth, channel), so a repeated pass alerts once."""
    with database.write() as ledger:
        story_id, match_id = a_story(ledger)
        alert = NewAlert(
            story_id=story_id, topic="t", reason=Reason.NEW, growth=0, channel="desk", route="r", sources=1,
            match_ids=(match_id,),
        )  # fmt: skip
        [first] = ledger.alerts.add([alert], now=NOW)
        assert first is not None
        assert ledger.alerts.add([alert], now=NOW) == [None]
        assert [told.match_ids for told in ledger.alerts.of_stories([story_id])[story_id]] == [(match_id,)]


def test_a_held_alert_is_released_at_its_end(database: Database) -> None:
    """Alerts held by a cap or quiet hours are listed with their end."""
    with database.write() as ledger:
        story_id, match_id = a_story(ledger)
        alert = NewAlert(
            story_id=story_id, topic="t", reason=Reason.NEW, growth=0, channel="desk", route="r", sources=1,
            match_ids=(match_id,),
        )  # fmt: skip
        [alert_id] = ledger.alerts.add([alert], now=NOW)
        assert alert_id is not None
        ledger.alerts.hold([alert_id], reason="quiet", until=NOW + HOUR, now=NOW)
        assert ledger.alerts.waiting(now=NOW) == []
        assert [held.id for held in ledger.alerts.waiting(now=NOW + HOUR)] == [alert_id]
        assert ledger.alerts.next_release() == NOW + HOUR


def test_a_lease_is_exclusive_and_expires(database: Database) -> None:
    """A leased delivery is not claimed twice, becomes free at the end, and a late answer changes nothing."""
    with database.write() as ledger:
        a_sealed_message(ledger)
        first = ledger.delivery_leases.claim(
            "desk", now=NOW, clock=NOW, lease=a_lease("one", NOW + HOUR), limit=9
        )
        assert len(first) == 2
        assert (
            ledger.delivery_leases.claim(
                "desk", now=NOW, clock=NOW, lease=a_lease("two", NOW + HOUR), limit=9
            )
            == []
        )
        assert ledger.delivery_leases.announce(first[0][0], clock=NOW)
        second = ledger.delivery_leases.claim(
            "desk", now=NOW, clock=NOW + HOUR, lease=a_lease("three", NOW + 2 * HOUR), limit=9
        )
        tries = {delivery.id: delivery.attempts for delivery, _ in second}
        assert tries == {"d1": 2, "d2": 1}  # nothing of the second had left
        [again] = [delivery for delivery, _ in second if delivery.id == "d1"]
        late = Attempt(
            delivery=first[0][0],
            outcome="accepted",
            code=250,
            text="ok",
            state=DeliveryState.SENT,
            next_at=None,
        )
        assert not ledger.delivery_leases.record(late, now=NOW + HOUR)
        assert ledger.delivery_leases.record(replace(late, delivery=again), now=NOW + HOUR)
        states = {posting.delivery.id: posting.delivery.state for posting in ledger.outbox.postings()}
        assert states == {"d1": DeliveryState.SENT, "d2": DeliveryState.LEASED}


def test_deliveries_of_a_removed_channel_are_held_until_it_returns(database: Database) -> None:
    """They are listed by name and continue when the channel is back (S11)."""
    with database.write() as ledger:
        a_sealed_message(ledger)
        ledger.outbox.hold_removed(["hook"], [], now=NOW)
        assert (
            ledger.delivery_leases.claim("desk", now=NOW, clock=NOW, lease=a_lease("one", NOW), limit=9) == []
        )
        assert {posting.delivery.last_error for posting in ledger.outbox.postings()} == {REMOVED}
        ledger.outbox.hold_removed(["desk"], [], now=NOW)
        assert (
            len(ledger.delivery_leases.claim("desk", now=NOW, clock=NOW, lease=a_lease("two", NOW), limit=9))
            == 2
        )


def test_a_failed_block_leaves_nothing(database: Database) -> None:
    """A write transaction is committed whole or not at all."""
    with pytest.raises(RuntimeError), database.write() as ledger:
        one_feed(ledger)
        raise RuntimeError
    with database.read() as ledger:
        assert ledger.feeds.subscribed() == []


def test_naive_times_are_refused(database: Database) -> None:
    """A time without a zone is never stored."""
    with pytest.raises(StatementError, match="naive"), database.write() as ledger:
        subscription = Subscription(url="u", title="", host="h", access_hash=None, interval=HOUR)
        ledger.feeds.subscribe([subscription], now=datetime(2026, 1, 1))  # noqa: DTZ001  # the point of the test


def test_both_passes_of_a_repeated_hour_are_told_apart(database: Database) -> None:
    """Times that are equal on a clock which goes back are stored as the two times that they are."""
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    until = {"first": first, "second": first.replace(fold=1)}
    with database.write() as ledger:
        for host, moment in until.items():
            ledger.feeds.quiet_host(host, until=moment)
        stored = ledger.feeds.quiet_hosts(now=NOW)
    assert stored == {host: moment.astimezone(UTC) for host, moment in until.items()}
