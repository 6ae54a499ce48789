"""Floods: many matches at once, a long outage, a changed clock; no flood of alerts, and nothing is lost (F1b, F3 to F5)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from builders import DAY, HOUR, MINUTE
from fakes import NOW, WordJudge, a_desk, a_topic, store
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
    spread,
    story_ids,
)

from alerts.alert import alert
from monitor.matching.match import Matching
from monitor.views.alerts.channels import channel_json, read_channels
from storage.database import Database

GAP = NOW - 3 * DAY


def gaps(database: Database) -> list[object]:
    return [json.loads(one.body)["data"].get("gap") for one in messages(database)]


def test_a_flood_says_at_the_cap_how_many_are_held(both: Database) -> None:
    """The last message before the cap names how many alerts are held, and the digest has them (F3)."""
    routing = a_desk(a_route(max_per_hour=2), a_route(name="digest", at="0 7 * * *"))
    arrive(both, *distinct(80))
    assert alert(both, routing, now=NOW) == 2
    assert sorted(json.loads(one.body)["data"]["held"] for one in messages(both)) == [0, 78]
    assert Counter((one.held, one.held_until) for one in alerts_of(both)) == {
        ("cap", None): 78,
        (None, None): 2,
    }
    assert alert(both, routing, now=NOW + DAY) == 0


def test_without_a_digest_a_flood_is_sent_in_groups_under_the_cap(ledger_: Database) -> None:
    """Every alert is in exactly one message, no hour exceeds the cap, and nothing is left over."""
    routing, now = a_desk(a_route(max_per_hour=3)), NOW
    arrive(ledger_, *distinct(160))
    alert(ledger_, routing, now=now)
    for _ in range(20):
        now += HOUR
        alert(ledger_, routing, now=now)
    told = Counter(story for one in messages(ledger_) for story in story_ids(one))
    assert len(told) == 160
    assert set(told.values()) == {1}
    sent = [message.created_at for message in messages(ledger_)]
    assert max(Counter(sent).values()) <= 3
    assert explained(ledger_) == every_match(ledger_)


def test_items_of_an_outage_are_one_message_that_names_the_gap(both: Database) -> None:
    """Each route sends one message, which says since when no poll succeeded, and for how many feeds (F1b)."""
    routing = a_desk(a_route("hook"), a_route("desk", name="route-2", group_wait=2 * MINUTE))
    arrive(both, *distinct(4), gap_since=GAP)
    arrive(both, *distinct(4, start=50), feed=FEEDS[1], gap_since=GAP + DAY)
    assert alert(both, routing, now=NOW) == 1
    assert alert(both, routing, now=NOW + 2 * MINUTE) == 0, "the patient route gathers"
    assert alert(both, routing, now=NOW + 4 * MINUTE) == 1
    assert [(one.channel, one.kind, len(story_ids(one))) for one in messages(both)] == [
        ("hook", "stories", 8),
        ("desk", "stories", 8),
    ]
    assert gaps(both) == [{"since": "2026-03-01T12:00:00Z", "until": "2026-03-04T12:00:00Z", "feeds": 2}] * 2


def test_late_feeds_after_an_outage_join_the_same_message(ledger_: Database) -> None:
    """Each feed that is read again delays the message by a group wait, because a long round takes time."""
    routing = a_desk(a_route(group_wait=2 * MINUTE))
    for minute in range(4):
        arrive(
            ledger_, *distinct(1, start=10 * minute), feed=FEEDS[minute], now=NOW + minute * MINUTE,
            gap_since=GAP,
        )  # fmt: skip
        alert(ledger_, routing, now=NOW + minute * MINUTE)
    for minute in range(4, 12):
        alert(ledger_, routing, now=NOW + minute * MINUTE)
    [message] = messages(ledger_)
    assert len(story_ids(message)) == 4
    assert {one.held for one in alerts_of(ledger_)} == {None}


def test_an_outage_without_end_is_alerted_anyway(ledger_: Database) -> None:
    """The message does not wait for ever for further feeds."""
    routing = a_desk(a_route(group_wait=2 * MINUTE))
    for minute in range(26):
        now = NOW + minute * MINUTE
        arrive(ledger_, *distinct(1, start=10 * minute), now=now, gap_since=GAP)
        alert(ledger_, routing, now=now)
    assert messages(ledger_)
    assert messages(ledger_)[0].created_at <= NOW + 25 * MINUTE


def test_one_story_after_an_outage_is_an_alert_that_names_the_gap(ledger_: Database) -> None:
    """A single story is sent as an ordinary alert."""
    arrive(ledger_, EVENT, gap_since=GAP)
    alert(ledger_, a_desk(a_route()), now=NOW)
    [message] = messages(ledger_)
    assert message.kind == "story.new"
    assert gaps(ledger_) == [{"since": "2026-03-01T12:00:00Z", "until": "2026-03-04T12:00:00Z", "feeds": 1}]


def test_current_stories_are_not_mixed_with_late_ones(ledger_: Database) -> None:
    """The story of a feed that was polled without a gap gets its own alert."""
    arrive(ledger_, *distinct(2), gap_since=GAP)
    arrive(ledger_, EVENT, feed=FEEDS[1])
    alert(ledger_, a_desk(a_route()), now=NOW)
    assert sorted(one.kind for one in messages(ledger_)) == ["stories", "story.new"]


def test_a_message_about_an_outage_counts_for_the_cap(ledger_: Database) -> None:
    """Held by the cap, it still names its gap when it is sent."""
    routing = a_desk(a_route(max_per_hour=1))
    arrive(ledger_, EVENT, feed=FEEDS[1])
    alert(ledger_, routing, now=NOW)
    arrive(ledger_, *distinct(3), now=NOW + MINUTE, gap_since=GAP)
    assert alert(ledger_, routing, now=NOW + MINUTE) == 0
    assert {one.held for one in alerts_of(ledger_)} == {None, "cap"}
    assert alert(ledger_, routing, now=NOW + HOUR) == 1
    assert gaps(ledger_)[1] is not None


def test_one_event_in_twenty_outlets_over_a_day_causes_few_alerts(ledger_: Database) -> None:
    """There is one alert when it is new, and one each time the number of outlets grew by half (F4)."""
    routing = a_desk(a_route(group_wait=2 * MINUTE))
    for number in range(20):
        now = NOW + number * HOUR
        spread(ledger_, range(number, number + 1), now=now)
        for minute in (0, 2):
            alert(ledger_, routing, now=now + minute * MINUTE)
    assert [one.kind for one in messages(ledger_)] == ["story.new"] + ["story.grew"] * 4
    assert explained(ledger_) == every_match(ledger_)


@pytest.mark.parametrize("shift", [-DAY, DAY])
def test_a_clock_moved_by_a_day_makes_no_storm_and_holds_nothing_for_ever(
    ledger_: Database, shift: timedelta
) -> None:
    """Decisions are kept, held alerts keep their time, and the cap counts the messages that were sent (F5)."""
    routing = a_desk(a_route(max_per_hour=2))
    arrive(ledger_, *distinct(5))
    assert alert(ledger_, routing, now=NOW) == 2
    moved = NOW + shift
    assert alert(ledger_, routing, now=moved) == (1 if shift > timedelta(0) else 0)
    assert alert(ledger_, routing, now=moved + MINUTE) == 0
    arrive(ledger_, EVENT, now=moved + 2 * MINUTE)
    assert alert(ledger_, routing, now=moved + 2 * MINUTE) == 1
    later = max(moved, NOW) + 2 * HOUR
    alert(ledger_, routing, now=later)
    assert {one.held for one in alerts_of(ledger_)} == {None}
    told = Counter(story for one in messages(ledger_) for story in story_ids(one))
    assert set(told.values()) == {1}


@pytest.mark.parametrize("noon", ["2026-03-28T12:00Z", "2026-10-24T12:00Z"])
def test_a_change_of_clocks_alerts_each_story_once(ledger_: Database, noon: str) -> None:
    """With an item an hour through the night, each is alerted once in its hour (F5)."""
    routing = a_desk(a_route())
    start = datetime.fromisoformat(noon)
    for hour in range(30):
        arrive(ledger_, *distinct(1, start=7 * hour), now=start + hour * HOUR)
        assert alert(ledger_, routing, now=start + hour * HOUR) == 1


def test_a_noisy_topic_leaves_room_under_the_cap_for_a_quiet_one(both: Database) -> None:
    """The quiet topic is alerted at once, and the hour still stays within the cap."""
    routing = replace(a_desk(a_route(max_per_hour=4)), topics=("police", "harbour"))
    arrive(both, *distinct(30))
    assert alert(both, routing, now=NOW) == 3
    store(both, "harbour closed by ice", feed=FEEDS[1], now=NOW + MINUTE)
    Matching([a_topic("harbour")], WordJudge("harbour")).run(both, now=NOW + MINUTE)
    assert alert(both, routing, now=NOW + MINUTE) == 1
    told = [one.topic for one in alerts_of(both) if one.message_id is not None]
    assert Counter(told) == {"police": 3, "harbour": 1}
    assert alert(both, routing, now=NOW + 2 * MINUTE) == 0


def test_routes_with_different_caps_do_not_affect_each_other(both: Database) -> None:
    """Two caps on one channel each count the messages of their own routes, within a pass and over an hour."""
    urgent = a_route(name="urgent", topics=("harbour",), max_per_hour=2, has_own_cap=True)
    routing = replace(
        a_desk(urgent, a_route(topics=("police",), max_per_hour=3)), topics=("police", "harbour")
    )
    arrive(both, *distinct(10))
    assert alert(both, routing, now=NOW) == 3
    store(both, *(f"harbour {word}" for word in ("ice", "fire", "strike")), feed=FEEDS[1], now=NOW + MINUTE)
    Matching([a_topic("harbour")], WordJudge("harbour")).run(both, now=NOW + MINUTE)
    alert(both, routing, now=NOW + MINUTE)
    told = Counter(one.topic for one in alerts_of(both) if one.message_id is not None)
    assert told == {"police": 3, "harbour": 2}
    assert alert(both, routing, now=NOW + 2 * MINUTE) == 0
    assert alert(both, routing, now=NOW + HOUR) == 1
    assert alert(both, routing, now=NOW + HOUR + MINUTE) == 1


def test_held_alerts_of_a_channel_are_counted_with_their_time(both: Database) -> None:
    """`channels list` shows how many are held and until when; a channel without held alerts shows none."""
    routing = a_desk(a_route(max_per_hour=2))
    arrive(both, *distinct(5))
    alert(both, routing, now=NOW)
    with both.read() as ledger:
        [view] = read_channels(ledger, routing.channels.values())
    assert channel_json(view)["held"] == 3
    assert view.held.until == NOW + HOUR
