"""The alert pass: each story is alerted once per channel, held with a reason, or silent with a reason."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from builders import HOUR, MINUTE
from fakes import NOW, a_desk, contents
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
)

from alerts.alert import alert
from alerts.deciding.routing import Routing
from storage.database import Database, Ledger
from storage.model import Channel, Match, Updates


def test_a_story_is_alerted_once_on_every_channel_of_its_route(both: Database) -> None:
    """Each channel gets one message with one delivery a recipient, due at once."""
    arrive(both, EVENT)
    assert alert(both, a_desk(a_route("hook", "desk")), now=NOW) == 2
    assert Counter(message.channel for message in messages(both)) == {"hook": 1, "desk": 1}
    with both.read() as ledger:
        assert {posting.delivery.next_at for posting in ledger.outbox.postings()} == {NOW}


def test_running_again_changes_nothing(both: Database) -> None:
    """No row changes, however often the pass runs (invariant 2)."""
    routing = a_desk(a_route("hook", max_per_hour=2), a_route("desk", name="route-2", updates=Updates.NEVER))
    arrive(both, EVENT, *distinct(4))
    alert(both, routing, now=NOW)
    before = contents(both)
    for _ in range(3):
        assert alert(both, routing, now=NOW) == 0
    assert contents(both) == before


def test_a_decision_made_twice_is_stored_once(both: Database) -> None:
    """The unique key prevents a second alert and message, not a check beforehand."""
    arrive(both, EVENT)
    routing = a_desk(a_route())
    alert(both, routing, now=NOW)
    with both.write() as ledger:
        ledger.stories.schedule({1: NOW})
    assert alert(both, routing, now=NOW + MINUTE) == 0
    assert len(messages(both)) == 1


def test_many_routes_to_one_channel_are_one_message(ledger_: Database) -> None:
    """Each alert is in exactly one message per channel, whatever the number of routes (invariant 4)."""
    routing = a_desk(
        a_route("hook", "desk"), a_route("hook", name="route-2"), a_route("hook", "hook", name="route-3")
    )
    arrive(ledger_, EVENT, *distinct(3))
    alert(ledger_, routing, now=NOW)
    assert Counter(message.channel for message in messages(ledger_)) == {"hook": 4, "desk": 4}
    told = Counter((one.channel, one.story_id) for one in alerts_of(ledger_))
    assert set(told.values()) == {1}


def test_an_address_given_twice_gets_one_mail(ledger_: Database) -> None:
    """A recipient named twice in the configuration gets one delivery."""
    channel = Channel(name="desk", type="email", to=("a@b.example", "c@d.example", "a@b.example"))
    arrive(ledger_, EVENT)
    alert(ledger_, Routing(channels={"desk": channel}, routes=(a_route("desk"),)), now=NOW)
    with ledger_.read() as ledger:
        assert sorted(one.delivery.recipient for one in ledger.outbox.postings()) == [
            "a@b.example",
            "c@d.example",
        ]


def test_the_group_wait_collects_a_storys_first_items(both: Database) -> None:
    """The story is due at the end of the wait, and one message has all its items."""
    routing = a_desk(a_route(group_wait=2 * MINUTE))
    arrive(both, EVENT)
    assert alert(both, routing, now=NOW) == 0
    arrive(both, EVENT, feed=FEEDS[1], now=NOW + MINUTE)
    assert alert(both, routing, now=NOW + MINUTE) == 0
    with both.read() as ledger:
        assert ledger.stories.next_due() == NOW + 2 * MINUTE
    assert alert(both, routing, now=NOW + 2 * MINUTE) == 1
    [message] = messages(both)
    assert len(json.loads(message.body)["data"]["items"]) == 2


def test_two_routes_with_different_waits_each_alert_in_time(ledger_: Database) -> None:
    """A route with a long wait neither delays one with a short wait nor loses its own alert."""
    routing = a_desk(a_route("now"), a_route("later", name="route-2", group_wait=HOUR))
    arrive(ledger_, EVENT)
    alert(ledger_, routing, now=NOW)
    assert [message.channel for message in messages(ledger_)] == ["now"]
    alert(ledger_, routing, now=NOW + HOUR)
    assert [message.channel for message in messages(ledger_)] == ["now", "later"]


def test_one_event_in_twenty_outlets_within_the_wait_is_one_alert(ledger_: Database) -> None:
    """The alert has all twenty outlets (F4)."""
    spread(ledger_, range(20))
    alert(ledger_, a_desk(a_route(group_wait=2 * MINUTE)), now=NOW + 2 * MINUTE)
    [message] = messages(ledger_)
    assert json.loads(message.body)["data"]["story"]["sources"] == 20


@pytest.mark.parametrize(
    ("updates", "told_at"),
    [
        (Updates.NEVER, [1]),
        (Updates.WHEN_IT_GROWS, [1, 4, 7]),
        (Updates.EVERY_ITEM, [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_later_outlets_are_alerted_by_the_updates_setting(
    ledger_: Database, updates: Updates, told_at: list[int]
) -> None:
    """They alert never, on growth by two outlets and by half, or at every item; the rest is silent with a reason."""
    routing, counts = a_desk(a_route(updates=updates)), []
    for number in range(8):
        now = NOW + number * HOUR
        arrive(ledger_, EVENT, feed=FEEDS[number], now=now)
        if alert(ledger_, routing, now=now):
            counts.append(number + 1)
    assert counts == told_at
    kinds = [message.kind for message in messages(ledger_)]
    assert kinds == ["story.new"] + ["story.grew"] * (len(told_at) - 1)
    assert explained(ledger_) == every_match(ledger_)
    items = [item["id"] for one in messages(ledger_) for item in json.loads(one.body)["data"]["items"]]
    assert len(items) == len(set(items)), "an item is told once"


def test_items_of_the_first_poll_are_not_alerted(ledger_: Database) -> None:
    """They stay silent in a story that continues, and only its new items are alerted (F1, invariant 5)."""
    arrive(ledger_, EVENT, *distinct(50), at_first_poll=True)
    routing = a_desk(a_route())
    assert alert(ledger_, routing, now=NOW) == 0
    arrive(ledger_, EVENT, feed=FEEDS[1], now=NOW + HOUR)
    assert alert(ledger_, routing, now=NOW + HOUR) == 1
    [message] = messages(ledger_)
    assert [item["feed"] for item in json.loads(message.body)["data"]["items"]] == [FEEDS[1]]
    assert explained(ledger_) == every_match(ledger_)


def test_a_topic_without_an_alert_route_is_silent_with_that_reason(ledger_: Database) -> None:
    """A digest route causes no alerts (invariant 3)."""
    arrive(ledger_, EVENT)
    assert (
        alert(ledger_, a_desk(a_route(topics=("other",)), a_route(at="0 7 * * *", name="route-2")), now=NOW)
        == 0
    )
    assert silences(ledger_) == {(1, "*"): "no-route"}


def test_more_stories_than_a_slice_are_all_decided(ledger_: Database) -> None:
    """The slice bounds a transaction, and not the pass."""
    arrive(ledger_, *distinct(120))
    assert alert(ledger_, a_desk(a_route(max_per_hour=1_000)), now=NOW) == 120


def test_a_story_that_gains_an_item_while_it_is_decided_on_stays_due(both: Database) -> None:
    """Nothing is decided by what the story was before; the next pass decides on all of it."""
    arrive(both, EVENT)
    routing = a_desk(a_route())
    alert(both, routing, now=NOW)

    def meanwhile(told: Sequence[Match], fresh: Sequence[Match]) -> tuple[str, ...]:
        del told
        if len(fresh) == 1:
            arrive(both, EVENT, feed=FEEDS[2], now=NOW + 2 * MINUTE)
        return ()

    arrive(both, EVENT, feed=FEEDS[1], now=NOW + MINUTE)
    alert(both, replace(routing, new_terms=meanwhile), now=NOW + 2 * MINUTE)
    assert silences(both) == {}
    alert(both, routing, now=NOW + 3 * MINUTE)
    assert silences(both) == {(2, "hook"): "joined", (3, "hook"): "joined"}


class Overtaken:
    """A database in which another process alerts after this one has decided, before it stores its message."""

    def __init__(self, database: Database, routing: Routing) -> None:
        self.read = database.read
        self._database, self._routing, self._writes = database, routing, 0

    def write(self, *turns: str) -> AbstractContextManager[Ledger]:
        self._writes += 1
        if self._writes == 2:
            assert alert(self._database, self._routing, now=NOW) == 1
        return self._database.write(*turns)


def test_a_message_that_another_process_stored_meanwhile_is_not_stored_again(both: Database) -> None:
    """Two processes may compose the message of one alert; the second finds it told."""
    routing = a_desk(a_route())
    arrive(both, EVENT)
    assert alert(Overtaken(both, routing), routing, now=NOW) == 0  # type: ignore[arg-type]
    assert len(messages(both)) == 1
