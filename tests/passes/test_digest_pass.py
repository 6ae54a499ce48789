"""The digest pass: once per local day, everything new since the last digest, and nothing without news."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from builders import BERLIN, DAY, HOUR, MINUTE
from digesting import EVENT, FEED, SEVEN, a_route, arrive, messages, run, titles
from fakes import NOW, a_desk, contents, subscribe

from alerts.alert import alert
from alerts.digest import collect
from storage.database import Database, Ledger


@pytest.fixture
def ledger_(sqlite_database: Database) -> Database:
    """A ledger with a subscribed feed and the first digest scheduled for seven the next morning."""
    subscribe(sqlite_database, FEED)
    run(sqlite_database, NOW)
    return sqlite_database


def test_a_digest_is_sent_at_its_time_and_not_before_or_again(database: Database) -> None:
    """One message is sent, and a second run a minute later changes nothing."""
    subscribe(database, FEED)
    assert run(database, NOW) == 0
    arrive(database, EVENT, now=NOW + HOUR)
    assert run(database, SEVEN - MINUTE) == 0
    assert run(database, SEVEN) == 1
    [message] = messages(database)
    assert (message.kind, titles(message)) == ("digest", [EVENT])
    before = contents(database)
    assert run(database, SEVEN + MINUTE) == 0
    assert run(database, SEVEN + 23 * HOUR) == 0
    assert contents(database) == before


def test_an_empty_digest_is_not_sent(ledger_: Database) -> None:
    """A day without stories has no digest, and the next one is due the day after."""
    assert run(ledger_, SEVEN) == 0
    arrive(ledger_, EVENT, now=SEVEN + HOUR)
    assert run(ledger_, SEVEN + DAY) == 1


def test_an_empty_digest_is_sent_on_request(ledger_: Database) -> None:
    """With `when_empty = "one-line"` a day without stories has its digest too."""
    outspoken = replace(a_route(), sends_empty=True)
    assert run(ledger_, SEVEN, a_desk(outspoken)) == 1
    [message] = messages(ledger_)
    assert (message.subject, titles(message)) == ("Your stories: nothing new", [])


def test_each_digest_has_what_came_since_the_last(ledger_: Database) -> None:
    """Nothing is repeated or left out, also at the very moment of the turn."""
    arrive(ledger_, "police one aa bb", now=SEVEN - HOUR)
    arrive(ledger_, "police two cc dd", now=SEVEN)
    run(ledger_, SEVEN)
    arrive(ledger_, "police three ee ff", now=SEVEN)
    run(ledger_, SEVEN + DAY)
    first, second = messages(ledger_)
    assert titles(first) == ["police one aa bb", "police two cc dd"]
    assert titles(second) == ["police three ee ff"]


def test_an_item_fetched_before_a_digest_and_stored_after_it_is_in_the_next(ledger_: Database) -> None:
    """A slow round that spans the turn loses nothing, because the time of matching counts."""
    run(ledger_, SEVEN)
    arrive(ledger_, EVENT, now=SEVEN - MINUTE, matched=SEVEN + MINUTE)
    assert run(ledger_, SEVEN + DAY) == 1
    assert titles(messages(ledger_)[0]) == [EVENT]


def test_an_old_item_edited_onto_the_topic_is_in_the_next_digest(ledger_: Database) -> None:
    """An item first seen long ago is in the digest after its match."""
    run(ledger_, SEVEN + 3 * DAY)
    arrive(ledger_, EVENT, now=NOW, matched=SEVEN + 3 * DAY + HOUR)
    assert run(ledger_, SEVEN + 4 * DAY) == 1


def test_the_first_digest_has_items_of_the_first_poll(sqlite_database: Database) -> None:
    """They cause no alerts but are in the digest, even if the same round schedules it (F1)."""
    subscribe(sqlite_database, FEED)
    arrive(sqlite_database, EVENT, now=NOW, at_first_poll=True)
    assert run(sqlite_database, NOW) == 0
    assert run(sqlite_database, SEVEN) == 1
    assert titles(messages(sqlite_database)[0]) == [EVENT]


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)])
@pytest.mark.parametrize("at", ["30 2 * * *", "0 7 * * *", "0 0 * * *"])
def test_a_local_day_has_one_digest_when_the_clocks_change(
    sqlite_database: Database, day: datetime, at: str
) -> None:
    """The pass runs every half hour for three days, with new items in every hour (F5)."""
    subscribe(sqlite_database, FEED)
    routing, start = a_desk(a_route(at=at)), (day - DAY).astimezone(ZoneInfo("UTC")) + HOUR
    for hour in range(3 * 24):
        now = start + hour * HOUR
        arrive(sqlite_database, f"police {hour} aa{hour} bb{hour} cc{hour}", now=now)
        for minute in (0, 30):
            run(sqlite_database, now + minute * MINUTE, routing)
    days = Counter(message.created_at.astimezone(BERLIN).date() for message in messages(sqlite_database))
    assert set(days.values()) == {1}
    assert len(days) == 3 if at != "0 0 * * *" else len(days) >= 2
    told = [title for message in messages(sqlite_database) for title in titles(message)]
    assert len(told) == len(set(told))


def test_after_days_offline_one_digest_has_everything(ledger_: Database) -> None:
    """Missed turns are not made up for one by one."""
    arrive(ledger_, EVENT, now=NOW + HOUR)
    assert run(ledger_, SEVEN + 5 * DAY + HOUR) == 1
    assert run(ledger_, SEVEN + 5 * DAY + 2 * HOUR) == 0


@pytest.mark.parametrize("shift", [DAY, -DAY])
def test_a_clock_moved_by_a_day_makes_no_storm_and_loses_nothing(ledger_: Database, shift: timedelta) -> None:
    """After the clock moved and moved back, every item is in a digest, with at most one digest more (F5)."""
    arrive(ledger_, "police one aa bb", now=NOW + HOUR)
    run(ledger_, SEVEN)
    arrive(ledger_, "police two cc dd", now=SEVEN + HOUR)
    for minute in range(5):
        run(ledger_, SEVEN + shift + 2 * HOUR + minute * MINUTE)
    for hour in range(48):
        run(ledger_, SEVEN + 3 * HOUR + hour * HOUR)
    told = Counter(title for message in messages(ledger_) for title in titles(message))
    assert set(told) == {"police one aa bb", "police two cc dd"}
    assert len(messages(ledger_)) <= 3


def test_an_earlier_hour_in_the_configuration_applies_at_once(ledger_: Database) -> None:
    """The next turn is at six today and not tomorrow, and no item is repeated."""
    arrive(ledger_, EVENT, now=NOW + HOUR)
    early = a_desk(a_route(at="0 18 * * *"))
    assert run(ledger_, NOW + 2 * HOUR, early) == 0
    assert run(ledger_, datetime(2026, 3, 4, 18, tzinfo=BERLIN), early) == 1
    assert run(ledger_, SEVEN, early) == 0


def test_held_alerts_go_out_in_the_digest_of_their_channel(ledger_: Database) -> None:
    """Each is in one message, by itself or in the digest, which counts them (F3)."""
    routing = a_desk(a_route("hook", "desk"), a_route("hook", at=None, name="alerts", cap=1))
    names = [f"police {n} aa{n} bb{n} cc{n}" for n in range(4)]
    arrive(ledger_, *names, now=NOW + HOUR)
    assert alert(ledger_, routing, now=NOW + HOUR) == 1
    assert run(ledger_, SEVEN, routing) == 2
    by_channel = {
        message.channel: json.loads(message.body)["data"]
        for message in messages(ledger_)
        if message.kind == "digest"
    }
    assert {name: data["held"] for name, data in by_channel.items()} == {"hook": 3, "desk": 0}
    with ledger_.read() as ledger:
        decided = ledger.alerts._load()
    assert all(one.message_id and one.held is None for one in decided)
    assert len({one.message_id for one in decided}) == 2
    assert run(ledger_, SEVEN + DAY, routing) == 0


def test_a_held_alert_belongs_to_the_message_with_its_story(ledger_: Database) -> None:
    """A digest too long for one webhook body is several messages, and each alert belongs to one."""
    routing = a_desk(a_route("hook"), a_route("hook", at=None, name="alerts", cap=1))
    names = [" ".join(["police", *(f"w{n}x{k}" for k in range(60))]) for n in range(60)]
    arrive(ledger_, *names, now=NOW + HOUR)
    alert(ledger_, routing, now=NOW + HOUR)
    assert run(ledger_, SEVEN, routing) > 1
    bodies = {message.id: message.body.decode() for message in messages(ledger_)}
    with ledger_.read() as ledger:
        decided = ledger.alerts._load()
    stories = {
        ident: {
            one["story"]["id"] for one in json.loads(body)["data"].get("stories", [json.loads(body)["data"]])
        }
        for ident, body in bodies.items()
    }
    assert all(f"s{one.story_id}" in stories[str(one.message_id)] for one in decided)


def test_a_digest_sent_by_another_process_is_not_repeated(ledger_: Database) -> None:
    """Stories are read before the write lock is taken, and the second process changes nothing."""

    class TakenMeanwhile:
        """A database on which another process sends the digest while this one reads."""

        read = ledger_.read

        @contextmanager
        def write(self, *turns: str) -> Iterator[Ledger]:
            assert run(ledger_, SEVEN) == 1
            with ledger_.write(*turns) as ledger:
                yield ledger

    arrive(ledger_, EVENT, now=NOW + HOUR)
    assert run(TakenMeanwhile(), SEVEN) == 0  # type: ignore[arg-type]
    assert len(messages(ledger_)) == 1
    assert run(ledger_, SEVEN + DAY) == 0


def test_a_digest_has_only_its_topics(ledger_: Database) -> None:
    """Stories and held alerts of other topics are not in it."""
    arrive(ledger_, EVENT, now=NOW + HOUR)
    arrive(ledger_, "court rules on appeal today", now=NOW + HOUR, topic="court")
    routing = a_desk(a_route(topics=("court",)))
    assert run(ledger_, SEVEN, routing) == 1
    assert titles(messages(ledger_)[0]) == ["court rules on appeal today"]


def test_collect_takes_what_came_after_since_up_to_until(ledger_: Database) -> None:
    """The period of `storywatch digest --since`."""
    for hour in range(4):
        arrive(ledger_, f"police {hour} aa{hour} bb{hour} cc{hour}", now=NOW + hour * HOUR)
    with ledger_.read() as ledger:
        told = collect(ledger, since=NOW + HOUR, until=NOW + 2 * HOUR)
    assert [news.story.title for news in told.stories] == ["police 2 aa2 bb2 cc2"]
