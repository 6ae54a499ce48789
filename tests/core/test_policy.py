"""Decisions on a story: new, grown, waiting or held, by the wall clock of the route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from builders import BERLIN, DAY, HOUR, MINUTE, NOON, TOPIC, a_policy, a_story, an_outline
from hypothesis import given
from hypothesis import strategies as st

from alerts.deciding.policy import (
    FIRST_POLL,
    JOINED,
    UPDATES_NEVER,
    DecideLater,
    Eligibility,
    NoAlert,
    SendAlert,
    admit,
    end_of_quiet,
    reserved_places,
    route_decision,
    without_alert,
)
from storage.model import Growth, MatchOutline, Reason, Updates
from storage.stores.alerts import Alert

NEW_YORK = ZoneInfo("America/New_York")
NIGHT = (time(22), time(7))
SPRING = datetime(2026, 3, 29, tzinfo=BERLIN)  # at 02:00 the clocks go to 03:00
AUTUMN = datetime(2026, 10, 25, tzinfo=BERLIN)  # at 03:00 the clocks go back to 02:00


def some_matches(*numbers: int, at: datetime = NOON) -> list[MatchOutline]:
    return [an_outline(number, at=at) for number in numbers]


def told(*match_ids: int, sources: int = 1, growth: int = 0) -> Alert:
    return Alert(
        id=growth + 1,
        story_id=12,
        topic=TOPIC,
        reason=Reason.GREW if growth else Reason.NEW,
        growth=growth,
        channel="desk",
        route="route-1",
        sources=sources,
        decided_at=NOON,
        message_id="msg_1",
        held=None,
        held_until=None,
        match_ids=match_ids,
    )


def test_a_story_never_told_is_new_with_all_its_matches() -> None:
    """The first alert has every match that arrived during the group wait."""
    matches = some_matches(1, 2)
    assert route_decision(a_story(), matches, [], a_policy(), now=NOON) == SendAlert(
        reason=Reason.NEW, growth=0, matches=tuple(matches), sources=1
    )


def test_the_group_wait_runs_from_the_first_match_and_ends_on_the_moment() -> None:
    """Later matches do not prolong the wait, so a busy story is not delayed for ever."""
    matches = [*some_matches(1), *some_matches(2, at=NOON + MINUTE)]
    patient = a_policy(group_wait=2 * MINUTE)
    ready = NOON + 2 * MINUTE
    assert route_decision(a_story(), matches, [], patient, now=ready - timedelta(seconds=1)) == DecideLater(
        until=ready
    )
    assert isinstance(route_decision(a_story(), matches, [], patient, now=ready), SendAlert)


def test_items_of_the_first_poll_are_not_alerted() -> None:
    """A story of first-poll items alone is silent (F1); a new item in it is alerted alone."""
    standing, fresh = an_outline(1, at_first_poll=True), an_outline(2)
    assert route_decision(a_story(), [standing], [], a_policy(), now=NOON) == NoAlert(
        reason=FIRST_POLL, matches=(standing,)
    )
    found = route_decision(a_story(), [standing, fresh], [], a_policy(), now=NOON)
    assert isinstance(found, SendAlert)
    assert found.matches == (fresh,)
    assert without_alert([standing, fresh], [told(2)]) == ()


def test_a_told_story_with_nothing_fresh_stays_silent_for_no_match() -> None:
    """Deciding again on an alerted story without new matches changes nothing."""
    found = route_decision(a_story(), some_matches(1, 2), [told(1, 2)], a_policy(), now=NOON)
    assert isinstance(found, NoAlert)
    assert found.matches == ()


def test_updates_never_tells_a_story_once() -> None:
    """With `updates = "never"` later items are silent, with the reason."""
    never = a_policy(updates=Updates.NEVER)
    found = route_decision(a_story(sources=50), some_matches(1, 2), [told(1)], never, now=NOON)
    assert found == NoAlert(reason=UPDATES_NEVER, matches=tuple(some_matches(2)))


def test_every_item_tells_each_and_numbers_the_updates() -> None:
    """With `every-item` the growth number rises by one from the highest alerted one."""
    every = a_policy(updates=Updates.EVERY_ITEM)
    found = route_decision(a_story(), some_matches(1, 2, 3), [told(1), told(2, growth=1)], every, now=NOON)
    assert found == SendAlert(reason=Reason.GREW, growth=2, matches=tuple(some_matches(3)), sources=1)


@pytest.mark.parametrize(
    ("outlets_told", "enough"), [(1, 4), (2, 5), (3, 6), (6, 9), (10, 15), (20, 30), (21, 32)]
)
def test_a_story_grew_when_three_more_outlets_and_half_as_many_again_have_it(
    outlets_told: int, enough: int
) -> None:
    """Growth needs three more outlets and half as many again."""
    past, matches = [told(1, sources=outlets_told)], some_matches(1, 2)
    below = route_decision(a_story(sources=enough - 1), matches, past, a_policy(), now=NOON)
    grown = route_decision(a_story(sources=enough), matches, past, a_policy(), now=NOON)
    assert below == NoAlert(reason=JOINED, matches=tuple(some_matches(2)))
    assert isinstance(grown, SendAlert)
    assert grown.reason is Reason.GREW


def test_growth_tells_everything_that_joined_since() -> None:
    """Matches that were silent before are part of the next update."""
    found = route_decision(
        a_story(sources=4), some_matches(1, 2, 3, 4), [told(1, sources=1)], a_policy(), now=NOON
    )
    assert isinstance(found, SendAlert)
    assert [match.id for match in found.matches] == [2, 3, 4]


def test_the_backlog_that_joined_since_is_no_growth() -> None:
    """Items of a first poll may join after the alert; the next report is compared with them as well."""
    backlog = [an_outline(n, feed_id=n, outlet=f"o{n}.example", at_first_poll=True) for n in range(2, 6)]
    matches = [*some_matches(1), *backlog, *some_matches(6)]
    found = route_decision(a_story(sources=6), matches, [told(1, sources=1)], a_policy(), now=NOON)
    assert isinstance(found, NoAlert)


def test_the_cap_counts_a_sliding_hour() -> None:
    """The twentieth message is sent; the next waits until the oldest of the twenty is an hour old."""
    policy = a_policy(max_per_hour=3)
    sent = [NOON - 50 * MINUTE, NOON - 20 * MINUTE, NOON - MINUTE]
    held = admit(sent, TOPIC, policy, now=NOON)
    assert held is not None
    assert (held.reason, held.until) == ("cap", NOON + 10 * MINUTE)
    assert admit(sent[1:], TOPIC, policy, now=NOON) is None
    assert admit(sent, TOPIC, policy, now=held.until) is None


def test_old_messages_do_not_count_for_the_cap() -> None:
    """Messages an hour old or older are outside the window."""
    assert admit([NOON - HOUR] * 50, TOPIC, a_policy(max_per_hour=1), now=NOON) is None


@pytest.mark.parametrize(
    ("clock", "ends"),
    [
        ("2026-03-04T21:59:59", None),
        ("2026-03-04T22:00:00", "2026-03-05T07:00:00"),
        ("2026-03-05T00:00:00", "2026-03-05T07:00:00"),
        ("2026-03-05T06:59:59", "2026-03-05T07:00:00"),
        ("2026-03-05T07:00:00", None),
    ],
)
def test_quiet_hours_cross_midnight(clock: str, ends: str | None) -> None:
    """The first minute is included and the last is not, by the clock of the route."""
    now = datetime.fromisoformat(clock).replace(tzinfo=BERLIN)
    end = end_of_quiet(a_policy(quiet=NIGHT), now=now.astimezone(UTC))
    assert end == (None if ends is None else datetime.fromisoformat(ends).replace(tzinfo=BERLIN))


def test_quiet_hours_within_a_day() -> None:
    """Quiet hours at noon do not affect the night."""
    siesta = a_policy(quiet=(time(12), time(14)))
    local = datetime(2026, 3, 4, 13, tzinfo=BERLIN)
    assert end_of_quiet(siesta, now=local) == local.replace(hour=14)
    assert end_of_quiet(siesta, now=local.replace(hour=14)) is None
    assert end_of_quiet(siesta, now=local.replace(hour=11)) is None


def test_quiet_hours_from_a_time_to_itself_are_none() -> None:
    """Equal ends hold nothing."""
    assert end_of_quiet(a_policy(quiet=(time(7), time(7))), now=NOON) is None


@pytest.mark.parametrize(("eve", "night"), [(SPRING - DAY, 8 * HOUR), (AUTUMN - DAY, 10 * HOUR)])
def test_quiet_hours_end_at_local_time_when_the_clocks_change(eve: datetime, night: timedelta) -> None:
    """The night is an hour shorter or longer, and quiet hours end at seven local time."""
    now = eve.replace(hour=22).astimezone(UTC)
    end = end_of_quiet(a_policy(quiet=NIGHT), now=now)
    assert end is not None
    assert end.astimezone(BERLIN).hour == 7
    assert end.astimezone(UTC) - now == night


def test_quiet_hours_that_end_in_the_skipped_hour_end_when_it_is_over() -> None:
    """Half past two does not exist in that night; quiet hours end at the corresponding moment after the change."""
    now = SPRING.replace(hour=1).astimezone(UTC)
    end = end_of_quiet(a_policy(quiet=(time(0), time(2, 30))), now=now)
    assert end is not None
    assert end.astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert end_of_quiet(a_policy(quiet=(time(0), time(2, 30))), now=end) is None


def test_quiet_hours_that_end_in_the_repeated_hour_never_end_in_the_past() -> None:
    """An alert held in the second two o'clock is held until the second half past two."""
    policy = a_policy(quiet=(time(0), time(2, 30)))
    second_two_ten = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    end = end_of_quiet(policy, now=second_two_ten)
    assert end is not None
    assert end.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def moments(first: str, last: str) -> st.SearchStrategy[datetime]:
    """Return times between two, in UTC."""
    bounds = [datetime.fromisoformat(text) for text in (first, last)]
    return st.datetimes(*bounds, timezones=st.just(UTC))


ANY_TIME = st.one_of(
    moments("2025-01-01T00:00", "2028-01-01T00:00"),
    moments("2026-03-28T22:00", "2026-03-29T04:00"),
    moments("2026-10-24T22:00", "2026-10-25T04:00"),
)


@given(
    now=ANY_TIME,
    start=st.times().map(lambda clock: clock.replace(second=0, microsecond=0, fold=0)),
    end=st.times().map(lambda clock: clock.replace(second=0, microsecond=0, fold=0)),
    zone=st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")]),
)
def test_whatever_is_held_by_quiet_hours_is_held_until_a_later_time_within_a_day(
    now: datetime, start: time, end: time, zone: ZoneInfo
) -> None:
    """Quiet hours end in the future, and at most a day and an hour ahead."""
    until = end_of_quiet(a_policy(quiet=(start, end), timezone=zone), now=now)
    assert until is None or now < until.astimezone(UTC) <= now + DAY + HOUR


def test_quiet_hours_come_before_the_cap() -> None:
    """An alert held at night is held until the end of the night, not for an hour."""
    policy = a_policy(quiet=NIGHT, max_per_hour=1)
    night = datetime(2026, 3, 4, 23, tzinfo=BERLIN).astimezone(UTC)
    held = admit([night - MINUTE], TOPIC, policy, now=night)
    assert held is not None
    assert held.reason == "quiet"
    assert admit([], TOPIC, replace(policy, quiet=None), now=night) is None


def test_a_story_grew_when_outlets_agree_on_new_facts() -> None:
    """Two more outlets are too few for growth, but their shared new facts count; another copy does not."""
    matches = some_matches(1, 2, 3)
    seen: list[list[int]] = []

    def reading(words: tuple[str, ...]) -> Eligibility:
        def new_terms(told_: Sequence[MatchOutline], fresh: Sequence[MatchOutline]) -> tuple[str, ...]:
            seen.append([match.id for match in told_] + [-match.id for match in fresh])
            return words

        return Eligibility(new_terms=new_terms)

    copy = route_decision(a_story(), matches, [told(1)], a_policy(), now=NOON, eligibility=reading(()))
    assert copy == NoAlert(reason=JOINED, matches=tuple(some_matches(2, 3)))
    fact = route_decision(
        a_story(), matches, [told(1)], a_policy(), now=NOON, eligibility=reading(("injunction",))
    )
    assert isinstance(fact, SendAlert)
    assert (fact.reason, fact.brings) == (Reason.GREW, Growth(terms=("injunction",)))
    assert seen == [[1, -2, -3]] * 2


def test_an_update_names_the_outlets_that_are_new_to_its_channel() -> None:
    """Outlets alerted before, or present at the first poll, are not new."""
    feeds = {1: "Told", 2: "Stood", 3: "New", 4: "Told", 5: "New"}
    matches = [
        an_outline(n, feed=name, feed_id=ord(name[0]), at_first_poll=name == "Stood")
        for n, name in feeds.items()
    ]
    found = route_decision(
        a_story(), matches, [told(1)], a_policy(updates=Updates.EVERY_ITEM), now=NOON + HOUR
    )
    assert isinstance(found, SendAlert)
    assert found.brings.outlets == ("New",)


@pytest.mark.parametrize(
    ("cap", "quiet_topics", "reserved"),
    [(20, 0, 0), (20, 2, 2), (20, 50, 5), (3, 9, 1), (2, 9, 1), (1, 9, 0)],
)
def test_the_cap_reserves_messages_for_quiet_topics(cap: int, quiet_topics: int, reserved: int) -> None:
    """One is reserved for each quiet topic, up to a quarter of the cap; a cap of one reserves none."""
    assert reserved_places(cap, quiet_topics) == reserved
