"""Alerts held by caps and quiet hours are never dropped, and are sent together when the hold ends."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
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
    story_ids,
)

from alerts.alert import alert, release_undigested
from monitor.views.health.status import read_status, status_json
from storage.database import Database
from storage.model import Reason, Updates


def test_alerts_held_by_the_cap_are_sent_together_after_the_hour(both: Database) -> None:
    """Every alert is in exactly one message, and the last message before the cap says how many wait (F3)."""
    routing = a_desk(a_route(max_per_hour=3))
    arrive(both, *distinct(10))
    assert alert(both, routing, now=NOW) == 3
    assert sorted(json.loads(one.body)["data"]["held"] for one in messages(both)) == [0, 0, 7]
    assert {(one.held, one.held_until) for one in alerts_of(both) if not one.message_id} == {
        ("cap", NOW + HOUR)
    }
    assert alert(both, routing, now=NOW + 59 * MINUTE) == 0
    assert alert(both, routing, now=NOW + HOUR) == 1
    assert [one.kind for one in messages(both)] == ["story.new"] * 3 + ["stories"]
    told = [story for one in messages(both) for story in story_ids(one)]
    assert len(told) == len(set(told)) == 10
    assert {one.held for one in alerts_of(both)} == {None}


def test_the_status_names_the_routes_at_their_caps(both: Database) -> None:
    """It says how many alerts wait on which channel, and until when; a route below its cap is not named."""
    routing = a_desk(a_route(max_per_hour=3))
    arrive(both, *distinct(3))
    alert(both, routing, now=NOW)
    assert _capped(both) == []
    arrive(both, *distinct(10)[3:])
    alert(both, routing, now=NOW)
    [route], [channel] = {one.route for one in alerts_of(both)}, {one.channel for one in alerts_of(both)}
    until = (NOW + HOUR).isoformat().replace("+00:00", "Z")
    assert _capped(both) == [{"route": route, "channel": channel, "waiting": 7, "until": until}]


def _capped(database: Database) -> object:
    return status_json(read_status(database, now=NOW, queues=lambda _: ()))["capped"]


def test_a_flood_does_not_starve_held_alerts(ledger_: Database) -> None:
    """The alerts held longest are sent first, although new stories arrive every minute (F3)."""
    routing = a_desk(a_route(max_per_hour=2))
    titles = distinct(100)
    for minute in range(100):
        now = NOW + minute * MINUTE
        arrive(ledger_, titles[minute], now=now)
        alert(ledger_, routing, now=now)
    waited = [NOW + 99 * MINUTE - one.decided_at for one in alerts_of(ledger_) if one.message_id is None]
    assert max(waited) <= HOUR
    sent = [message.created_at for message in messages(ledger_)]
    assert all(sum(at <= one < at + HOUR for one in sent) <= 2 for at in sent)


def test_alerts_of_quiet_hours_are_sent_together_in_the_morning(both: Database) -> None:
    """At seven by the route's local time one message has the alerts of the night (D10)."""
    routing = a_desk(a_route(quiet=(time(22), time(7))))
    evening = datetime(2026, 3, 28, 23, tzinfo=BERLIN)  # the clocks go forward in this night
    morning = datetime(2026, 3, 29, 7, tzinfo=BERLIN)
    for hour, title in enumerate(distinct(3)):
        arrive(both, title, now=evening + hour * HOUR)
        assert alert(both, routing, now=evening + hour * HOUR) == 0
    assert {one.held_until for one in alerts_of(both)} == {morning}
    assert alert(both, routing, now=morning - MINUTE) == 0
    assert alert(both, routing, now=morning) == 1
    [message] = messages(both)
    assert len(story_ids(message)) == 3


@pytest.mark.parametrize("minute", range(0, 180, 10))
def test_quiet_hours_hold_in_the_repeated_hour_too(ledger_: Database, minute: int) -> None:
    """When the clocks go back, alerts are held within quiet hours and sent once afterwards."""
    routing = a_desk(a_route(quiet=(time(0), time(2, 30))))
    now = datetime(2026, 10, 24, 23, tzinfo=ZoneInfo("UTC")) + minute * MINUTE
    arrive(ledger_, EVENT, now=now)
    alert(ledger_, routing, now=now)
    if alerts_of(ledger_)[0].held:
        until = alerts_of(ledger_)[0].held_until
        assert until is not None
        assert now < until
    for hour in range(1, 5):
        alert(ledger_, routing, now=now + hour * HOUR)
    assert len(messages(ledger_)) == 1


def test_the_message_after_quiet_hours_counts_for_the_cap(ledger_: Database) -> None:
    """The morning's message counts for its hour like any other."""
    routing = a_desk(a_route(quiet=(time(22), time(7)), max_per_hour=1))
    morning = datetime(2026, 3, 5, 7, tzinfo=BERLIN)
    arrive(ledger_, *distinct(3), now=morning - HOUR)
    alert(ledger_, routing, now=morning - HOUR)
    assert alert(ledger_, routing, now=morning) == 1
    arrive(ledger_, EVENT, now=morning + MINUTE)
    assert alert(ledger_, routing, now=morning + MINUTE) == 0
    assert alert(ledger_, routing, now=morning + HOUR) == 1


def test_held_alerts_go_to_the_digest_of_their_channel(ledger_: Database) -> None:
    """They are not sent by themselves after the hour, because the digest has them."""
    routing = a_desk(a_route(max_per_hour=1), a_route(name="route-2", at="0 7 * * *"))
    arrive(ledger_, *distinct(3))
    assert alert(ledger_, routing, now=NOW) == 1
    assert alert(ledger_, routing, now=NOW + 2 * HOUR) == 0
    assert [one.held for one in alerts_of(ledger_)].count("cap") == 2


def test_alerts_that_waited_for_a_removed_digest_are_sent(ledger_: Database) -> None:
    """Nothing waits for ever for a digest that is no longer configured."""
    route = a_route(max_per_hour=1)
    arrive(ledger_, *distinct(3))
    alert(ledger_, a_desk(route, a_route(name="route-2", at="0 7 * * *")), now=NOW)
    release_undigested(ledger_, a_desk(route), now=NOW + 2 * HOUR)
    assert alert(ledger_, a_desk(route), now=NOW + 2 * HOUR) == 1
    assert {one.held for one in alerts_of(ledger_)} == {None}


def test_held_alerts_of_a_removed_channel_wait_for_its_return(ledger_: Database) -> None:
    """They are neither lost nor in the way of others."""
    routing = a_desk(a_route(max_per_hour=1))
    arrive(ledger_, *distinct(2))
    alert(ledger_, routing, now=NOW)
    assert alert(ledger_, a_desk(a_route("other", name="route-2")), now=NOW + 2 * HOUR) == 0
    assert {one.held for one in alerts_of(ledger_) if not one.message_id} == {"removed"}
    release_undigested(ledger_, routing, now=NOW + 3 * HOUR)
    assert alert(ledger_, routing, now=NOW + 3 * HOUR) == 1


def test_held_alerts_survive_a_renamed_route(ledger_: Database) -> None:
    """Routes are named by their position, and moving one in the file loses no held alert."""
    arrive(ledger_, *distinct(2))
    alert(ledger_, a_desk(a_route(max_per_hour=1, name="route-2")), now=NOW)
    assert alert(ledger_, a_desk(a_route(max_per_hour=1, name="route-1")), now=NOW + 2 * HOUR) == 1


def test_every_match_is_alerted_held_or_silent_with_a_reason(ledger_: Database) -> None:
    """A week of all cases together leaves no match unexplained (invariant 3)."""
    routing = a_desk(
        a_route("hook", max_per_hour=3, quiet=(time(22), time(7))),
        a_route("desk", name="route-2", updates=Updates.NEVER, group_wait=HOUR),
    )
    arrive(ledger_, *distinct(20), at_first_poll=True)
    for hour in range(0, 100, 5):
        now = NOW + hour * HOUR
        arrive(ledger_, EVENT, feed=FEEDS[hour // 5], now=now)
        arrive(ledger_, *distinct(2, start=100 + hour), now=now)
        alert(ledger_, routing, now=now)
    alert(ledger_, routing, now=NOW + 10 * DAY)
    assert explained(ledger_) == every_match(ledger_)
    in_messages = Counter((one.channel, one.id) for one in alerts_of(ledger_) if one.message_id)
    assert set(in_messages.values()) == {1}
    assert {one.reason for one in alerts_of(ledger_)} == {Reason.NEW, Reason.GREW}
