"""Alerts held by caps and quiet hours are never dropped, and are told together when the hold ends."""

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
from storage.database import Database
from storage.model import Reason, Updates


def test_what_the_cap_holds_goes_out_as_one_message_when_the_hour_is_over(both: Database) -> None:
    """Nothing is dropped; every alert stands in exactly one message; the last message says how many wait (F3)."""
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


def test_a_flood_does_not_starve_what_it_made_wait(ledger_: Database) -> None:
    """What was held longest goes first when there is room, though new stories come every minute (F3)."""
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


def test_quiet_hours_hold_until_morning_and_tell_together(both: Database) -> None:
    """At seven by the route's wall clock one message tells the night (D10)."""
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
def test_no_alert_of_the_repeated_hour_is_told_in_quiet_or_held_for_ever(
    ledger_: Database, minute: int
) -> None:
    """The night the clocks go back: held within quiet hours, told once they are over."""
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


def test_a_cap_after_quiet_hours_still_holds(ledger_: Database) -> None:
    """The morning's message counts for the hour like any other."""
    routing = a_desk(a_route(quiet=(time(22), time(7)), max_per_hour=1))
    morning = datetime(2026, 3, 5, 7, tzinfo=BERLIN)
    arrive(ledger_, *distinct(3), now=morning - HOUR)
    alert(ledger_, routing, now=morning - HOUR)
    assert alert(ledger_, routing, now=morning) == 1
    arrive(ledger_, EVENT, now=morning + MINUTE)
    assert alert(ledger_, routing, now=morning + MINUTE) == 0
    assert alert(ledger_, routing, now=morning + HOUR) == 1


def test_a_channel_with_a_digest_leaves_what_is_held_to_the_digest(ledger_: Database) -> None:
    """It is not told by itself when the hour is over: the digest carries it."""
    routing = a_desk(a_route(max_per_hour=1), a_route(name="route-2", at="0 7 * * *"))
    arrive(ledger_, *distinct(3))
    assert alert(ledger_, routing, now=NOW) == 1
    assert alert(ledger_, routing, now=NOW + 2 * HOUR) == 0
    assert [one.held for one in alerts_of(ledger_)].count("cap") == 2


def test_what_waited_for_a_digest_that_left_the_configuration_is_told(ledger_: Database) -> None:
    """Nothing waits for ever for a digest that never comes."""
    route = a_route(max_per_hour=1)
    arrive(ledger_, *distinct(3))
    alert(ledger_, a_desk(route, a_route(name="route-2", at="0 7 * * *")), now=NOW)
    release_undigested(ledger_, a_desk(route), now=NOW + 2 * HOUR)
    assert alert(ledger_, a_desk(route), now=NOW + 2 * HOUR) == 1
    assert {one.held for one in alerts_of(ledger_)} == {None}


def test_what_is_held_for_a_channel_that_left_waits_for_its_return(ledger_: Database) -> None:
    """Neither lost nor in the way of others."""
    routing = a_desk(a_route(max_per_hour=1))
    arrive(ledger_, *distinct(2))
    alert(ledger_, routing, now=NOW)
    assert alert(ledger_, a_desk(a_route("other", name="route-2")), now=NOW + 2 * HOUR) == 0
    assert {one.held for one in alerts_of(ledger_) if not one.message_id} == {"removed"}
    release_undigested(ledger_, routing, now=NOW + 3 * HOUR)
    assert alert(ledger_, routing, now=NOW + 3 * HOUR) == 1


def test_what_is_held_goes_by_another_route_when_its_own_has_another_name(ledger_: Database) -> None:
    """Routes are named by their place: moving one in the file must not lose what waits."""
    arrive(ledger_, *distinct(2))
    alert(ledger_, a_desk(a_route(max_per_hour=1, name="route-2")), now=NOW)
    assert alert(ledger_, a_desk(a_route(max_per_hour=1, name="route-1")), now=NOW + 2 * HOUR) == 1


def test_every_match_is_told_held_or_silent_with_its_reason(ledger_: Database) -> None:
    """A week of everything at once leaves no match unexplained (invariant 3)."""
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
