"""The findings of `doctor`, and conditions that are no finding."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOON

from monitor.views.alerts.held import HeldCount
from monitor.views.health.counts import StatusCounts, TroubledFeed, UndeliveredView
from monitor.views.health.doctor import Severity, diagnose
from monitor.views.health.doctor_facts import Facts
from storage.model import DeliveryState, FeedState


def a_feed(state: FeedState, *, number: int = 1, last_error: str | None = None) -> TroubledFeed:
    """A feed in trouble."""
    url = "https://example.org/feed"
    return TroubledFeed(id=number, url=url, title="A feed", state=state, last_error=last_error)


COUNTS = StatusCounts(
    feeds={"ok": 3},
    unpolled_feeds=0,
    late_feeds=0,
    last_poll=NOON - timedelta(minutes=1),
    next_poll=NOON,
    saved_bytes=0,
    items=9,
    items_today=1,
    unmatched=0,
    stories_today=0,
    deliveries={},
    dead_letters=0,
    oldest_unsent=None,
    next_digest=None,
    network_down_since=None,
)

WELL = Facts(
    now=NOON,
    running=True,
    overview=COUNTS,
    troubled=(),
    undelivered=(),
    topics=("police",),
    alerted=("*",),
    free_bytes=10**10,
    ledger_bytes=10**6,
)


def seen(**given: object) -> Facts:
    """Return facts without problems except for these counts."""
    return replace(WELL, overview=replace(WELL.overview, **given))


def undelivered(state: DeliveryState) -> Facts:
    """Return facts with two deliveries in a state."""
    return replace(
        WELL,
        undelivered=(
            UndeliveredView(channel="desk", state=state, count=2, oldest=NOON, error="550 no such user"),
        ),
    )


def feed(state: FeedState) -> Facts:
    """Return facts with a feed in a state."""
    return replace(WELL, troubled=(a_feed(state, last_error="the server answered 404"),))


def test_a_healthy_installation_has_no_finding() -> None:
    """Nothing is reported when all is well."""
    assert diagnose(WELL) == ()


PROBLEMS = {
    "clock": (seen(last_poll=NOON + timedelta(hours=1)), "in the future"),
    "disk": (replace(WELL, free_bytes=10), "the disk is full"),
    "network": (seen(network_down_since=NOON), "no feed can be reached"),
    "polling": (
        replace(seen(last_poll=NOON - timedelta(days=3), late_feeds=3), running=False),
        "polled for days",
    ),
    "matching": (seen(last_poll=NOON - timedelta(hours=1), unmatched=7), "7 items wait"),
    "channel desk (dead)": (
        undelivered(DeliveryState.DEAD),
        "2 deliveries given up since 2026-03-04 12:00 UTC: 550",
    ),
    "channel desk (held)": (undelivered(DeliveryState.HELD), "2 deliveries held"),
    "feed failing": (feed(FeedState.FAILING), "404"),
    "feed gone": (feed(FeedState.GONE), "gone"),
}
WARNINGS = {
    "disk": (replace(WELL, free_bytes=10**8), "0.1 GB are free"),
    "database": (replace(WELL, readable_by_others=True), "other users"),
    "late": (seen(late_feeds=3), "3 feeds are over 5 minutes late"),
    "unknown": (undelivered(DeliveryState.UNKNOWN), "may have arrived or not"),
    "pending": (undelivered(DeliveryState.PENDING), "2 deliveries failed"),
    "silent": (feed(FeedState.SILENT), "silent"),
    "configuration": (
        replace(WELL, warnings=("x.toml:3: feeds[1]: odd; mend it",)),
        "x.toml:3: feeds[1]: odd",
    ),
    "topic": (replace(WELL, alerted=("others",)), "no route has it"),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_a_problem_has_a_fix(case: str) -> None:
    """Problems are the findings for which `doctor` exits with 1."""
    facts, words = PROBLEMS[case]
    [found] = [one for one in diagnose(facts) if one.gravity is Severity.PROBLEM]
    assert words in found.problem
    assert found.remedy


@pytest.mark.parametrize("case", WARNINGS)
def test_a_warning_is_no_problem(case: str) -> None:
    """A warning is reported without changing the exit code."""
    facts, words = WARNINGS[case]
    [found] = diagnose(facts)
    assert found.gravity is Severity.WARNING
    assert words in found.problem


@pytest.mark.parametrize("facts", [facts for facts, _ in [*PROBLEMS.values(), *WARNINGS.values()]])
def test_a_browser_shows_a_remedy_without_commands(facts: Facts) -> None:
    """The status page says what to do in plain words."""
    for found in diagnose(facts):
        shown = found.remedy if found.on_page is None else found.on_page.words
        assert "`" not in shown
        assert "storywatch run" not in shown


def test_many_feeds_with_the_same_problem_are_counted() -> None:
    """Ten are named, the rest is a number."""
    many = replace(WELL, troubled=tuple(a_feed(FeedState.FAILING, number=n) for n in range(25)))
    found = diagnose(many)
    assert len(found) == 11
    assert found[-1].problem == "15 more are failing"


def test_findings_are_ordered_by_severity() -> None:
    """Problems come first, then warnings, then notes."""
    facts = replace(undelivered(DeliveryState.DEAD), running=False, readable_by_others=True)
    assert [one.gravity for one in diagnose(facts)] == [Severity.PROBLEM, Severity.WARNING, Severity.NOTE]


def test_feeds_are_not_blamed_for_the_network() -> None:
    """While nothing can be reached, one finding about the network replaces those of the feeds."""
    facts = replace(feed(FeedState.FAILING), overview=replace(COUNTS, network_down_since=NOON))
    assert [one.about for one in diagnose(facts)] == ["network"]


def test_held_alerts_are_noted_with_the_time_they_go_out() -> None:
    """Held alerts are a note, so that the reason for a missing alert can be found."""
    held = {"desk": HeldCount(count=2, until=NOON), "hook": HeldCount(count=1)}
    found = [
        one for one in diagnose(replace(WELL, held=held)) if one.about in {"channel desk", "channel hook"}
    ]
    assert [one.gravity for one in found] == [Severity.NOTE, Severity.NOTE]
    assert f"2 alerts are held until {NOON:%Y-%m-%d %H:%M} UTC" in found[0].problem
    assert "1 alert is held for the channel's digest" in found[1].problem
