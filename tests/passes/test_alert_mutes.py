"""Mutes and priority: muted alerts are held or silent, with the reason recorded (D10)."""

from __future__ import annotations

from datetime import datetime, time

from builders import BERLIN, DAY, HOUR, MINUTE
from fakes import NOW, a_desk
from newsroom import (
    EVENT,
    FEEDS,
    a_route,
    alerts_of,
    arrive,
    distinct,
    every_match,
    explained,
    messages,
    silences,
    spread,
    story_ids,
)

from alerts.alert import alert
from monitor.actions.corrections import merge
from monitor.views.history.path import path_of_story
from storage.database import Database
from storage.model import Mute, MuteKind

DESK = a_desk(a_route())


def mute(database: Database, kind: MuteKind, target: str, *, hours: int = 2, now: datetime = NOW) -> None:
    with database.write() as ledger:
        ledger.mutes.add(Mute(kind=kind, target=target, since=now, until=now + hours * HOUR))


def unmute(database: Database, kind: MuteKind, target: str, *, now: datetime) -> bool:
    with database.write() as ledger:
        lifted = ledger.mutes.lift(kind, target, now=now)
        ledger.alerts.release(["muted"], now=now)
        if kind is MuteKind.FEED:
            ledger.stories.hasten(int(target), now=now)
    return lifted


def feed_id(database: Database, number: int) -> str:
    with database.read() as ledger:
        [feed] = ledger.feeds.named([FEEDS[number]])
    return str(feed.id)


def assert_told_together(database: Database, *, held_by: str) -> None:
    [message] = messages(database)
    assert (message.kind, len(story_ids(message))) == ("stories", 3)
    with database.read() as ledger:
        holdings = ledger.alerts.holdings([one.id for one in alerts_of(database)])
    assert {(one.reason, one.since, one.until) for one in holdings} == {
        (held_by, NOW + MINUTE, NOW + 2 * HOUR)
    }


def test_alerts_of_a_muted_topic_are_sent_together_when_the_mute_ends(both: Database) -> None:
    """Nothing is dropped; each held alert has a row with its reason, which stays afterwards."""
    mute(both, MuteKind.TOPIC, "police")
    arrive(both, *distinct(3), now=NOW + MINUTE)
    assert alert(both, DESK, now=NOW + MINUTE) == 0
    assert {(one.held, one.held_until) for one in alerts_of(both)} == {("muted", NOW + 2 * HOUR)}
    assert alert(both, DESK, now=NOW + 2 * HOUR) == 1
    assert_told_together(both, held_by="muted")


def test_a_muted_story_is_held_while_others_are_alerted(ledger_: Database) -> None:
    """Its growth is held, and new stories are not."""
    arrive(ledger_, EVENT)
    alert(ledger_, DESK, now=NOW)
    mute(ledger_, MuteKind.STORY, "1")
    spread(ledger_, range(1, 9), now=NOW + MINUTE)
    arrive(ledger_, *distinct(1), now=NOW + MINUTE)
    assert alert(ledger_, DESK, now=NOW + MINUTE) == 1
    assert [(one.story_id, one.held) for one in alerts_of(ledger_)] == [(1, None), (1, "muted"), (2, None)]


def test_unmuting_sends_held_alerts(ledger_: Database) -> None:
    """One message has them at once; alerts held by another mute stay held."""
    mute(ledger_, MuteKind.TOPIC, "police", hours=8)
    arrive(ledger_, *distinct(2), now=NOW)
    alert(ledger_, DESK, now=NOW)
    mute(ledger_, MuteKind.STORY, "2", hours=3)
    assert unmute(ledger_, MuteKind.TOPIC, "police", now=NOW + HOUR)
    assert alert(ledger_, DESK, now=NOW + HOUR) == 1
    assert [one.held for one in alerts_of(ledger_)] == [None, "muted"]
    assert alert(ledger_, DESK, now=NOW + 3 * HOUR) == 1
    assert not unmute(ledger_, MuteKind.TOPIC, "police", now=NOW + 4 * HOUR)


def test_an_overlapping_mute_does_not_end_early(ledger_: Database) -> None:
    """The mute that ends last decides."""
    mute(ledger_, MuteKind.TOPIC, "police", hours=5)
    mute(ledger_, MuteKind.TOPIC, "police", hours=1)
    arrive(ledger_, EVENT, now=NOW)
    assert alert(ledger_, DESK, now=NOW) == 0
    assert alert(ledger_, DESK, now=NOW + 4 * HOUR) == 0
    assert alert(ledger_, DESK, now=NOW + 5 * HOUR) == 1


def test_muted_alerts_go_to_the_digest_of_their_channel(ledger_: Database) -> None:
    """A channel with a digest sends muted alerts in it, like all held ones."""
    routing = a_desk(a_route(), a_route(name="digest", at="0 7 * * *"))
    mute(ledger_, MuteKind.TOPIC, "police")
    arrive(ledger_, EVENT)
    alert(ledger_, routing, now=NOW)
    assert [(one.held, one.held_until) for one in alerts_of(ledger_)] == [("muted", None)]


def test_items_of_a_muted_feed_cause_no_alert(both: Database) -> None:
    """They are held with that reason and count for no growth; another outlet's item alerts the story."""
    arrive(both, EVENT, feed=FEEDS[1])
    mute(both, MuteKind.FEED, feed_id(both, 0), hours=9)
    arrive(both, *distinct(2), feed=FEEDS[0], now=NOW)
    assert alert(both, DESK, now=NOW) == 1
    assert set(silences(both).values()) == {"feed-muted"}
    arrive(both, EVENT, feed=FEEDS[0], now=NOW + HOUR)
    spread(both, range(2, 4), now=NOW + HOUR)
    assert alert(both, DESK, now=NOW + HOUR) == 0, "three outlets, not four"
    arrive(both, EVENT, feed=FEEDS[4], now=NOW + 2 * HOUR)
    assert alert(both, DESK, now=NOW + 2 * HOUR) == 1
    assert explained(both) == every_match(both)


def test_items_of_a_muted_feed_are_alerted_together_when_the_mute_ends(both: Database) -> None:
    """They are held and never dropped, and the row says since when."""
    mute(both, MuteKind.FEED, feed_id(both, 0))
    arrive(both, *distinct(3), now=NOW + MINUTE)
    assert alert(both, DESK, now=NOW + MINUTE) == 0
    assert alert(both, DESK, now=NOW + 2 * HOUR - MINUTE) == 0
    assert alert(both, DESK, now=NOW + 2 * HOUR) == 1
    assert_told_together(both, held_by="feed-muted")
    assert alert(both, DESK, now=NOW + DAY) == 0


def test_a_longer_mute_of_a_feed_counts_and_unmuting_ends_it(ledger_: Database) -> None:
    """The longer mute decides, and held items are decided on at once after unmuting."""
    feed = feed_id(ledger_, 0)
    mute(ledger_, MuteKind.FEED, feed)
    arrive(ledger_, *distinct(2))
    alert(ledger_, DESK, now=NOW)
    mute(ledger_, MuteKind.FEED, feed, hours=9)
    assert alert(ledger_, DESK, now=NOW + 2 * HOUR) == 0
    assert unmute(ledger_, MuteKind.FEED, feed, now=NOW + 3 * HOUR)
    assert alert(ledger_, DESK, now=NOW + 3 * HOUR) == 1


def test_a_story_alerted_meanwhile_is_not_repeated_after_a_mute(ledger_: Database) -> None:
    """The muted feed's item has joined an alerted story, and one more outlet is no growth."""
    mute(ledger_, MuteKind.FEED, feed_id(ledger_, 0))
    arrive(ledger_, EVENT, feed=FEEDS[0])
    arrive(ledger_, EVENT, feed=FEEDS[1])
    assert alert(ledger_, DESK, now=NOW) == 1
    assert alert(ledger_, DESK, now=NOW + 2 * HOUR) == 0
    assert set(silences(ledger_).values()) == {"joined"}


def test_growth_by_muted_feeds_is_alerted_when_the_mute_ends(ledger_: Database) -> None:
    """Four outlets have the story by then, of which one was alerted."""
    arrive(ledger_, EVENT, feed=FEEDS[0])
    alert(ledger_, DESK, now=NOW)
    for number in (1, 2):
        mute(ledger_, MuteKind.FEED, feed_id(ledger_, number))
    spread(ledger_, range(1, 4), now=NOW + MINUTE)
    assert alert(ledger_, DESK, now=NOW + MINUTE) == 0
    assert alert(ledger_, DESK, now=NOW + 2 * HOUR) == 1
    assert [one.kind for one in messages(ledger_)] == ["story.new", "story.grew"]


def test_a_digest_has_stories_of_a_muted_feed(ledger_: Database) -> None:
    """With a digest route the end of the mute causes no message, because the digest has the story."""
    routing = a_desk(a_route(), a_route(name="digest", at="0 7 * * *"))
    mute(ledger_, MuteKind.FEED, feed_id(ledger_, 0))
    arrive(ledger_, EVENT)
    assert [alert(ledger_, routing, now=NOW + hour * HOUR) for hour in range(4)] == [0, 0, 0, 0]
    assert set(silences(ledger_).values()) == {"feed-muted"}


def test_the_mute_of_a_story_applies_to_the_merged_story(both: Database) -> None:
    """It lasts until its end or is lifted by either id, and holds new items of both stories."""
    arrive(both, *distinct(2))
    alert(both, DESK, now=NOW)
    mute(both, MuteKind.STORY, "2", hours=5)
    with both.write() as ledger:
        into, other = ledger.stories.get([1, 2])
        merge(ledger, into, [other], now=NOW)
    for number in range(1, 6):
        arrive(both, distinct(1)[0], feed=FEEDS[number], now=NOW + MINUTE)
    assert alert(both, DESK, now=NOW + MINUTE) == 0
    assert [one.held for one in alerts_of(both)] == [None, None, "muted"]
    with both.read() as ledger:
        told = [step.words for step in path_of_story(ledger, 1) if step.what == "muted"]
    assert told == ["story s2, since merged into this story, until 2026-03-04 17:00 UTC"]
    assert unmute(both, MuteKind.STORY, "1", now=NOW + HOUR)
    assert alert(both, DESK, now=NOW + HOUR) == 1


def test_an_expired_mute_holds_nothing(ledger_: Database) -> None:
    """Its row stays to explain earlier holdings."""
    mute(ledger_, MuteKind.TOPIC, "police", hours=1)
    arrive(ledger_, EVENT, now=NOW + HOUR)
    assert alert(ledger_, DESK, now=NOW + HOUR) == 1
    with ledger_.read() as ledger:
        assert ledger.mutes.active(now=NOW + HOUR) == []


def test_a_priority_topic_passes_quiet_hours_but_not_the_cap(ledger_: Database) -> None:
    """Its alerts are sent at night, and a flood of them still stops at the cap."""
    night = datetime(2026, 3, 5, 23, tzinfo=BERLIN)
    routing = a_desk(a_route(quiet=(time(22), time(7)), priority=("police",), max_per_hour=1))
    arrive(ledger_, *distinct(2), now=night)
    assert alert(ledger_, routing, now=night) == 1
    assert [one.held for one in alerts_of(ledger_)] == [None, "cap"]


def test_other_topics_are_held_in_quiet_hours(ledger_: Database) -> None:
    """The priority of one topic sends no alert of another."""
    night = datetime(2026, 3, 5, 23, tzinfo=BERLIN)
    routing = a_desk(a_route(quiet=(time(22), time(7)), priority=("ports",)))
    arrive(ledger_, EVENT, now=night)
    assert alert(ledger_, routing, now=night) == 0
    assert [one.held for one in alerts_of(ledger_)] == ["quiet"]
