"""The alert pass: each story is told once per channel, held with a reason, or silent with a reason."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alerts.alert import alert, release_undigested
from alerts.desk import Desk
from fakes import DAY, HOUR, MINUTE, NOW, WordJudge, a_topic, contents, store, subscribe
from monitor.matching import Matching
from sqlalchemy import select
from storage import schema
from storage.alerts import Alert
from storage.database import Database
from storage.model import Channel, ChannelType, Message, Policy, Reason, Route, Updates

BERLIN = ZoneInfo("Europe/Berlin")
FEEDS = [f"https://{number}.example/feed" for number in range(30)]
EVENT = "Police halt trial of harbour cameras"


def a_policy(**given: Any) -> Policy:
    ordinary = {
        "group_wait": timedelta(0),
        "updates": Updates.WHEN_IT_GROWS,
        "max_per_hour": 20,
        "quiet": None,
        "timezone": BERLIN,
    }
    return Policy(**{**ordinary, **given})


def a_route(*channels: str, name: str = "route-1", topics: tuple[str, ...] = ("*",), at: str | None = None, **given: Any) -> Route:
    return Route(name=name, topics=topics, channels=channels or ("hook",), policy=a_policy(**given), at=at)


def a_desk(*routes: Route) -> Desk:
    names = {name for route in routes for name in route.channels}
    return Desk(
        channels={name: Channel(name=name, type=ChannelType.WEBHOOK, url="http://x.example") for name in names},
        routes=routes,
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest) -> Database:
    """A ledger with thirty outlets, once on each database."""
    url = request.getfixturevalue("tmp_path" if request.param == "sqlite" else "postgresql_url")
    opened = Database.open(f"sqlite:///{url / 'ledger.db'}" if request.param == "sqlite" else url)
    request.addfinalizer(opened.close)
    subscribe(opened, *FEEDS)
    return opened


@pytest.fixture
def ledger_(sqlite_database: Database) -> Database:
    """A ledger with thirty outlets."""
    subscribe(sqlite_database, *FEEDS)
    return sqlite_database


def arrive(database: Database, *titles: str, now: datetime = NOW, feed: str = FEEDS[0], **given: Any) -> None:
    """Let items arrive and be matched."""
    store(database, *titles, feed=feed, now=now, **given)
    Matching([a_topic("police")], WordJudge("police")).run(database, now=now)


def spread(database: Database, outlets: range, now: datetime = NOW) -> None:
    """Let one event arrive from these outlets."""
    for number in outlets:
        arrive(database, f"{EVENT}", feed=FEEDS[number], now=now)


def distinct(count: int, start: int = 0) -> list[str]:
    """Return titles of so many events that have nothing but the topic's word in common."""
    return [f"police {''.join(chr(97 + int(d)) * 3 for d in str(n))} xx{n} yy{n} zz{n}" for n in range(start, start + count)]


def messages(database: Database, channel: str | None = None) -> list[Message]:
    with database.read() as ledger:
        found = {posting.message.id: posting.message for posting in ledger.outbox.postings()}
    return sorted(
        (one for one in found.values() if channel in (None, one.channel)), key=lambda one: one.created_at
    )


def alerts_of(database: Database) -> list[Alert]:
    with database.read() as ledger:
        return ledger.alerts._load()


def silences(database: Database) -> dict[tuple[int, str], str]:
    with database.read() as ledger:
        rows = ledger.alerts._connection.execute(select(schema.silences)).all()
    return {(row.match_id, row.channel): row.reason for row in rows}


def story_ids(message: Message) -> list[str]:
    """Return the stories a message tells."""
    told = json.loads(message.body)["data"]
    return [one["story"]["id"] for one in told.get("stories", [told])]


def explained(database: Database) -> set[int]:
    """Return the matches that stand in a message, are held with a reason, or are silent with a reason."""
    told = {match for one in alerts_of(database) if one.message_id or one.held for match in one.match_ids}
    return told | {match for match, _ in silences(database)}


def every_match(database: Database) -> set[int]:
    with database.read() as ledger:
        return set(ledger.alerts._connection.execute(select(schema.matches.c.id)).scalars())


def test_a_story_is_told_once_on_every_channel_of_its_route(both: Database) -> None:
    """One message a channel, one delivery a recipient, due at once."""
    arrive(both, EVENT)
    assert alert(both, a_desk(a_route("hook", "desk")), now=NOW) == 2
    assert Counter(message.channel for message in messages(both)) == {"hook": 1, "desk": 1}
    with both.read() as ledger:
        assert {posting.delivery.next_at for posting in ledger.outbox.postings()} == {NOW}


def test_running_again_changes_nothing(both: Database) -> None:
    """Not a row moves, however often the pass runs (invariant 2)."""
    desk = a_desk(a_route("hook", max_per_hour=2), a_route("desk", name="route-2", updates=Updates.NEVER))
    arrive(both, EVENT, *distinct(4))
    alert(both, desk, now=NOW)
    before = contents(both)
    for _ in range(3):
        assert alert(both, desk, now=NOW) == 0
    assert contents(both) == before


def test_a_decision_taken_twice_stands_once(both: Database) -> None:
    """The key decides, not a check: a second look at the same story adds neither alert nor message."""
    arrive(both, EVENT)
    desk = a_desk(a_route())
    alert(both, desk, now=NOW)
    with both.write() as ledger:
        ledger.stories.schedule(1, due_at=NOW)
    assert alert(both, desk, now=NOW + MINUTE) == 0
    assert len(messages(both)) == 1


def test_many_routes_to_one_channel_are_one_message(ledger_: Database) -> None:
    """Each alert stands in exactly one message per channel, however many routes lead there (invariant 4)."""
    desk = a_desk(
        a_route("hook", "desk"), a_route("hook", name="route-2"), a_route("hook", "hook", name="route-3")
    )
    arrive(ledger_, EVENT, *distinct(3))
    alert(ledger_, desk, now=NOW)
    assert Counter(message.channel for message in messages(ledger_)) == {"hook": 4, "desk": 4}
    told = Counter((one.channel, one.story_id) for one in alerts_of(ledger_))
    assert set(told.values()) == {1}


def test_an_address_given_twice_gets_one_mail(ledger_: Database) -> None:
    """A recipient is a recipient, however often the configuration names it."""
    channel = Channel(name="desk", type=ChannelType.EMAIL, to=("a@b.example", "c@d.example", "a@b.example"))
    arrive(ledger_, EVENT)
    alert(ledger_, Desk(channels={"desk": channel}, routes=(a_route("desk"),)), now=NOW)
    with ledger_.read() as ledger:
        assert sorted(one.delivery.recipient for one in ledger.outbox.postings()) == ["a@b.example", "c@d.example"]


def test_the_group_wait_collects_a_storys_first_items(both: Database) -> None:
    """Until it is over nothing is told and the story is due at its end; then one message has them all."""
    desk = a_desk(a_route(group_wait=2 * MINUTE))
    arrive(both, EVENT)
    assert alert(both, desk, now=NOW) == 0
    arrive(both, EVENT, feed=FEEDS[1], now=NOW + MINUTE)
    assert alert(both, desk, now=NOW + MINUTE) == 0
    with both.read() as ledger:
        assert ledger.stories.next_due() == NOW + 2 * MINUTE
    assert alert(both, desk, now=NOW + 2 * MINUTE) == 1
    [message] = messages(both)
    assert len(json.loads(message.body)["data"]["items"]) == 2


def test_two_routes_with_other_waits_each_tell_in_their_time(ledger_: Database) -> None:
    """A patient channel does not hold up an impatient one, nor lose its turn."""
    desk = a_desk(a_route("now"), a_route("later", name="route-2", group_wait=HOUR))
    arrive(ledger_, EVENT)
    alert(ledger_, desk, now=NOW)
    assert [message.channel for message in messages(ledger_)] == ["now"]
    alert(ledger_, desk, now=NOW + HOUR)
    assert [message.channel for message in messages(ledger_)] == ["now", "later"]


def test_one_event_in_twenty_outlets_within_the_wait_is_one_alert(ledger_: Database) -> None:
    """All twenty stand in it (F4)."""
    spread(ledger_, range(20))
    alert(ledger_, a_desk(a_route(group_wait=2 * MINUTE)), now=NOW + 2 * MINUTE)
    [message] = messages(ledger_)
    assert json.loads(message.body)["data"]["story"]["sources"] == 20


@pytest.mark.parametrize(
    ("updates", "told_at"),
    [(Updates.NEVER, [1]), (Updates.WHEN_IT_GROWS, [1, 3, 5, 8]), (Updates.EVERY_ITEM, [1, 2, 3, 4, 5, 6, 7, 8])],
)
def test_later_outlets_are_told_as_the_route_wants(ledger_: Database, updates: Updates, told_at: list[int]) -> None:
    """Never, when the story grew by two outlets and by half, or at every item; the rest is silent with a reason."""
    desk, counts = a_desk(a_route(updates=updates)), []
    for number in range(8):
        now = NOW + number * HOUR
        arrive(ledger_, EVENT, feed=FEEDS[number], now=now)
        if alert(ledger_, desk, now=now):
            counts.append(number + 1)
    assert counts == told_at
    kinds = [message.kind for message in messages(ledger_)]
    assert kinds == ["story.new"] + ["story.grew"] * (len(told_at) - 1)
    assert explained(ledger_) == every_match(ledger_)
    items = [item["id"] for one in messages(ledger_) for item in json.loads(one.body)["data"]["items"]]
    assert len(items) == len(set(items)), "an item is told once"


def test_standing_items_are_not_told_and_their_story_tells_only_what_is_new(ledger_: Database) -> None:
    """What was there at the first poll stays silent in a story that goes on (F1, invariant 5)."""
    arrive(ledger_, EVENT, *distinct(50), at_first_poll=True)
    desk = a_desk(a_route())
    assert alert(ledger_, desk, now=NOW) == 0
    arrive(ledger_, EVENT, feed=FEEDS[1], now=NOW + HOUR)
    assert alert(ledger_, desk, now=NOW + HOUR) == 1
    [message] = messages(ledger_)
    assert [item["feed"] for item in json.loads(message.body)["data"]["items"]] == [FEEDS[1]]
    assert explained(ledger_) == every_match(ledger_)


def test_a_topic_without_an_alert_route_is_silent_with_that_reason(ledger_: Database) -> None:
    """A digest route tells no alerts (invariant 3)."""
    arrive(ledger_, EVENT)
    assert alert(ledger_, a_desk(a_route(topics=("other",)), a_route(at="0 7 * * *", name="route-2")), now=NOW) == 0
    assert silences(ledger_) == {(1, "*"): "no-route"}


def test_what_the_cap_holds_goes_out_as_one_message_when_the_hour_is_over(both: Database) -> None:
    """Nothing is dropped; every alert stands in exactly one message; the last message says how many wait (F3)."""
    desk = a_desk(a_route(max_per_hour=3))
    arrive(both, *distinct(10))
    assert alert(both, desk, now=NOW) == 3
    assert sorted(json.loads(one.body)["data"]["held"] for one in messages(both)) == [0, 0, 7]
    assert {(one.held, one.held_until) for one in alerts_of(both) if not one.message_id} == {("cap", NOW + HOUR)}
    assert alert(both, desk, now=NOW + 59 * MINUTE) == 0
    assert alert(both, desk, now=NOW + HOUR) == 1
    assert [one.kind for one in messages(both)] == ["story.new"] * 3 + ["stories"]
    told = [story for one in messages(both) for story in story_ids(one)]
    assert len(told) == len(set(told)) == 10
    assert {one.held for one in alerts_of(both)} == {None}


def test_a_flood_does_not_starve_what_it_made_wait(ledger_: Database) -> None:
    """What was held longest goes first when there is room, though new stories come every minute (F3)."""
    desk = a_desk(a_route(max_per_hour=2))
    titles = distinct(150)
    for minute in range(150):
        now = NOW + minute * MINUTE
        arrive(ledger_, titles[minute], now=now)
        alert(ledger_, desk, now=now)
    waited = [
        NOW + 149 * MINUTE - one.decided_at for one in alerts_of(ledger_) if one.message_id is None
    ]
    assert max(waited) <= HOUR
    sent = [message.created_at for message in messages(ledger_)]
    assert all(sum(at <= one < at + HOUR for one in sent) <= 2 for at in sent)


def test_quiet_hours_hold_until_morning_and_tell_together(both: Database) -> None:
    """At seven by the route's wall clock one message tells the night (D10)."""
    desk = a_desk(a_route(quiet=(time(22), time(7))))
    evening = datetime(2026, 3, 28, 23, tzinfo=BERLIN)  # the clocks go forward in this night
    morning = datetime(2026, 3, 29, 7, tzinfo=BERLIN)
    for hour, title in enumerate(distinct(3)):
        arrive(both, title, now=evening + hour * HOUR)
        assert alert(both, desk, now=evening + hour * HOUR) == 0
    assert {one.held_until for one in alerts_of(both)} == {morning}
    assert alert(both, desk, now=morning - MINUTE) == 0
    assert alert(both, desk, now=morning) == 1
    [message] = messages(both)
    assert len(story_ids(message)) == 3


@pytest.mark.parametrize("minute", range(0, 180, 10))
def test_no_alert_of_the_repeated_hour_is_told_in_quiet_or_held_for_ever(ledger_: Database, minute: int) -> None:
    """The night the clocks go back: held within quiet hours, told once they are over."""
    desk = a_desk(a_route(quiet=(time(0), time(2, 30))))
    now = datetime(2026, 10, 24, 23, tzinfo=ZoneInfo("UTC")) + minute * MINUTE
    arrive(ledger_, EVENT, now=now)
    alert(ledger_, desk, now=now)
    if alerts_of(ledger_)[0].held:
        until = alerts_of(ledger_)[0].held_until
        assert until is not None
        assert now < until
    for hour in range(1, 5):
        alert(ledger_, desk, now=now + hour * HOUR)
    assert len(messages(ledger_)) == 1


def test_a_cap_after_quiet_hours_still_holds(ledger_: Database) -> None:
    """The morning's message counts for the hour like any other."""
    desk = a_desk(a_route(quiet=(time(22), time(7)), max_per_hour=1))
    morning = datetime(2026, 3, 5, 7, tzinfo=BERLIN)
    arrive(ledger_, *distinct(3), now=morning - HOUR)
    alert(ledger_, desk, now=morning - HOUR)
    assert alert(ledger_, desk, now=morning) == 1
    arrive(ledger_, EVENT, now=morning + MINUTE)
    assert alert(ledger_, desk, now=morning + MINUTE) == 0
    assert alert(ledger_, desk, now=morning + HOUR) == 1


def test_a_channel_with_a_digest_leaves_what_is_held_to_the_digest(ledger_: Database) -> None:
    """It is not told by itself when the hour is over: the digest carries it."""
    desk = a_desk(a_route(max_per_hour=1), a_route(name="route-2", at="0 7 * * *"))
    arrive(ledger_, *distinct(3))
    assert alert(ledger_, desk, now=NOW) == 1
    assert alert(ledger_, desk, now=NOW + 2 * HOUR) == 0
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
    desk = a_desk(a_route(max_per_hour=1))
    arrive(ledger_, *distinct(2))
    alert(ledger_, desk, now=NOW)
    assert alert(ledger_, a_desk(a_route("other", name="route-2")), now=NOW + 2 * HOUR) == 0
    assert alert(ledger_, desk, now=NOW + 3 * HOUR) == 1


def test_what_is_held_goes_by_another_route_when_its_own_has_another_name(ledger_: Database) -> None:
    """Routes are named by their place: moving one in the file must not lose what waits."""
    arrive(ledger_, *distinct(2))
    alert(ledger_, a_desk(a_route(max_per_hour=1, name="route-2")), now=NOW)
    assert alert(ledger_, a_desk(a_route(max_per_hour=1, name="route-1")), now=NOW + 2 * HOUR) == 1


def test_every_match_is_told_held_or_silent_with_its_reason(ledger_: Database) -> None:
    """A week of everything at once leaves no match unexplained (invariant 3)."""
    desk = a_desk(
        a_route("hook", max_per_hour=3, quiet=(time(22), time(7))),
        a_route("desk", name="route-2", updates=Updates.NEVER, group_wait=HOUR),
    )
    arrive(ledger_, *distinct(20), at_first_poll=True)
    for hour in range(0, 100, 5):
        now = NOW + hour * HOUR
        arrive(ledger_, EVENT, feed=FEEDS[hour // 5], now=now)
        arrive(ledger_, *distinct(2, start=100 + hour), now=now)
        alert(ledger_, desk, now=now)
    alert(ledger_, desk, now=NOW + 10 * DAY)
    assert explained(ledger_) == every_match(ledger_)
    in_messages = Counter((one.channel, one.id) for one in alerts_of(ledger_) if one.message_id)
    assert set(in_messages.values()) == {1}
    assert {one.reason for one in alerts_of(ledger_)} == {Reason.NEW, Reason.GREW}


def test_more_stories_than_a_slice_are_all_decided(ledger_: Database) -> None:
    """Slices only bound a transaction."""
    arrive(ledger_, *distinct(120))
    assert alert(ledger_, a_desk(a_route(max_per_hour=1_000)), now=NOW) == 120
