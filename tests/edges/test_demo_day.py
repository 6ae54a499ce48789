"""One day of the demo's month, with every kind of incident in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from monitor.cli.running.demo_month import _message_words, run_month
from monitor.demo.month.plan import Incident, IncidentKind, MonthPlan

HOSTS = {
    IncidentKind.OUTLET_FAILS: "circuit-and-signal.example",
    IncidentKind.FEED_MOVES: "valley-bulletin.example",
    IncidentKind.OUTLET_GONE: "departures-weekly.example",
}
BEGINS = {
    IncidentKind.OUTLET_FAILS: 1,
    IncidentKind.FEED_MOVES: 2,
    IncidentKind.OUTLET_GONE: 3,
    IncidentKind.WEBHOOK_FAILS: 5,
    IncidentKind.NETWORK_DOWN: 14,
}  # hours
FOR_EVER = {IncidentKind.FEED_MOVES, IncidentKind.OUTLET_GONE}
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def a_day() -> MonthPlan:
    """A plan in which everything goes wrong, each for four hours."""
    incidents = tuple(
        Incident(
            kind=kind,
            host=HOSTS.get(kind, ""),
            begins=timedelta(hours=hour),
            ends=None if kind in FOR_EVER else timedelta(hours=hour + 4),
            words=f"now {kind.value}",
        )
        for kind, hour in BEGINS.items()
    )
    return MonthPlan(days=1, incidents=incidents)


def test_a_day_is_told_and_kept(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each incident is announced, its events reach the webhook, and the folder can be explored."""
    run_month(tmp_path / "day", now=NOW, color=False, plan=a_day())
    told = capfd.readouterr().err
    assert all(f"now {kind.value}" in told for kind in BEGINS)
    for event in ("feed.failing", "feed.gone", "feed.recovered", "channel.recovered"):
        assert event in told
    assert "Mar 03 " in told
    assert "stories list --since 31d" in told.partition("Look into it:")[2]
    with pytest.raises(click.UsageError, match="name another folder with --keep"):
        run_month(tmp_path / "day", now=NOW, color=False, plan=a_day())


def test_messages_are_told_in_a_line() -> None:
    """A story is told with its outlets, several with their number, and an outage as a reason for being late."""
    story = {"title": "Council votes", "sources": 3}
    assert _message_words({"story": story}) == "Council votes (3 outlets)"
    assert _message_words({"story": story, "gap": {}}).endswith("late after an outage")
    assert _message_words({"stories": [1, 2], "held": 1}) == "2 stories, 1 alert held back"
    assert _message_words({"stories": [1], "held": 0}) == "1 story"
    assert _message_words({"channel": {"name": "hook"}}) == "hook"
    assert _message_words({"error": "", "means": "It is back."}) == "It is back."
