"""Diagnoses a running storywatch: facts in, findings with a fix out."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from monitor.views.health import page_remedies
from monitor.views.health.doctor_facts import read_facts
from storage.model import DeliveryState, FeedState
from storage.model.value import value
from storage.stores.overview import LATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from monitor.config.settings import Settings
    from monitor.views.health.doctor_facts import Facts
    from monitor.views.health.page_remedies import PageRemedy
    from storage.database import Database

LOW_DISK = 1_000_000_000  # bytes; an upgrade copies the database first
FULL_DISK = 50_000_000  # bytes; needed by a round of a few hundred feeds
AHEAD = timedelta(minutes=5)  # clocks of machines that share a database differ by less
MATCH_WAIT = timedelta(minutes=10)  # even the first fetch of a thousand feeds is matched sooner
QUIET_POLLING = timedelta(days=2)  # every feed is polled at least once a day
SHOWN = 10  # feeds of one kind that are listed; `feeds list` shows all


class Severity(StrEnum):
    """The severity of a finding; a `problem` makes `doctor` exit with 1."""

    PROBLEM = "problem"
    WARNING = "warning"
    NOTE = "note"


@value
class Finding:
    """A fault: its subject, the problem, and the remedy at a terminal and, if that differs, in a browser."""

    gravity: Severity
    about: str
    problem: str
    remedy: str
    on_page: PageRemedy | None = None


def read_findings(database: Database, settings: Settings, *, now: datetime) -> tuple[Finding, ...]:
    """Return the findings about a configuration, its database and its machine, the most severe first."""
    return diagnose(read_facts(database, settings, now=now))


def findings_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return the output of `doctor --format json`."""
    return [
        {"gravity": str(one.gravity), "about": one.about, "problem": one.problem, "remedy": one.remedy}
        for one in findings
    ]


def diagnose(facts: Facts) -> tuple[Finding, ...]:
    """Return the findings, the most severe first."""
    checks: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
        _machine,
        _work,
        _deliveries,
        _held,
        _feeds,
        _configuration,
    )
    found = [finding for check in checks for finding in check(facts)]
    return tuple(sorted(found, key=lambda finding: list(Severity).index(finding.gravity)))


def _problem(about: str, problem: str, remedy: str, on_page: PageRemedy | None = None) -> Finding:
    return Finding(gravity=Severity.PROBLEM, about=about, problem=problem, remedy=remedy, on_page=on_page)


def _warning(about: str, problem: str, remedy: str, on_page: PageRemedy | None = None) -> Finding:
    return Finding(gravity=Severity.WARNING, about=about, problem=problem, remedy=remedy, on_page=on_page)


def _note(about: str, problem: str, remedy: str, on_page: PageRemedy | None = None) -> Finding:
    return Finding(gravity=Severity.NOTE, about=about, problem=problem, remedy=remedy, on_page=on_page)


def _machine(facts: Facts) -> Iterator[Finding]:
    last = facts.overview.last_poll
    if last is not None and last > facts.now + AHEAD:
        yield _problem(
            "clock",
            f"the last poll is stored as {last:%Y-%m-%d %H:%M} UTC, which is in the future",
            "check the clock (timedatectl); if it is right, run `storywatch once`: it repairs the due times",
            page_remedies.CLOCK,
        )
    if facts.free_bytes is not None and facts.free_bytes < FULL_DISK:
        yield _problem(
            "disk",
            "the disk is full: nothing can be stored",
            "free disk space, or run `storywatch db prune`",
            page_remedies.DISK,
        )
    elif facts.free_bytes is not None and facts.free_bytes < max(LOW_DISK, facts.ledger_bytes or 0):
        room = f"{facts.free_bytes / 1e9:.1f} GB are free on the disk of the database"
        yield _warning("disk", room, "free disk space; an upgrade copies the database first")
    if facts.readable_by_others:
        yield _warning(
            "database",
            "other users of this machine can read it",
            "chmod 600 the database file",
            page_remedies.PRIVACY,
        )


def _work(facts: Facts) -> Iterator[Finding]:
    seen = facts.overview
    if seen.network_down_since:
        yield _problem(
            "network",
            f"no feed can be reached since {seen.network_down_since:%Y-%m-%d %H:%M} UTC",
            "check this machine's network and DNS; polling continues by itself",
        )
    elif facts.running and seen.late_feeds:
        minutes = LATE // timedelta(minutes=1)
        yield _warning(
            "polling",
            f"{seen.late_feeds} feeds are over {minutes} minutes late",
            "raise `concurrency` or lower `host_delay`; shortly after a start, wait",
            page_remedies.LATE,
        )
    if not facts.running and seen.late_feeds and _is_older(seen.last_poll, facts.now - QUIET_POLLING):
        yield _problem(
            "polling",
            "nothing has been polled for days",
            "start `storywatch run`, or `once` by cron",
            page_remedies.START,
        )
    elif not facts.running:
        yield _note(
            "polling",
            "storywatch is not running",
            "start `storywatch run`; if cron runs `storywatch once`, ignore this",
            page_remedies.START,
        )
    if facts.running and seen.unmatched and _is_older(seen.last_poll, facts.now - MATCH_WAIT):
        yield _problem(
            "matching",
            f"{seen.unmatched} items wait to be matched",
            "look for `pass=settle` in the log, with -v",
            page_remedies.STUCK,
        )


def _is_older(moment: datetime | None, limit: datetime) -> bool:
    return moment is not None and moment < limit


def _deliveries(facts: Facts) -> Iterator[Finding]:
    for waiting in facts.undelivered:
        many = f"{waiting.count} {'delivery' if waiting.count == 1 else 'deliveries'}"
        since = f"since {waiting.oldest:%Y-%m-%d %H:%M} UTC"
        about, error = f"channel {waiting.channel}", waiting.error or "no reason is known"
        on_page = page_remedies.of_deliveries(waiting.state)
        match waiting.state:
            case DeliveryState.DEAD:
                yield _problem(
                    about,
                    f"{many} given up {since}: {error}",
                    "fix the channel, then run `storywatch alerts replay --dead`, or drop one with `storywatch alerts discard ID`",
                    on_page,
                )
            case DeliveryState.HELD:
                yield _problem(
                    about,
                    f"{many} held {since}: {error}",
                    "`storywatch alerts list --state held` shows them: send one with `storywatch alerts replay ID`, drop it with "
                    "`storywatch alerts discard ID`, or add what was removed to the configuration again",
                    on_page,
                )
            case DeliveryState.UNKNOWN:
                yield _warning(
                    about,
                    f"{many} may have arrived or not, {since}: {error}",
                    "they are tried again with the same id",
                    on_page,
                )
            case _:
                yield _warning(
                    about,
                    f"{many} failed {since}: {error}",
                    "they are tried again; `storywatch alerts list` says when",
                    on_page,
                )


def _held(facts: Facts) -> Iterator[Finding]:
    """Yield notes about alerts held by caps, quiet hours and mutes, for an owner who misses an alert."""
    for channel, held in facts.held.items():
        alerts = f"{held.count} {'alert is' if held.count == 1 else 'alerts are'} held"
        until = f"until {held.until:%Y-%m-%d %H:%M} UTC" if held.until else "for the channel's digest"
        yield _note(
            f"channel {channel}",
            f"{alerts} {until}",
            "`storywatch alerts list --state held` lists them; raise `max_per_hour` or shorten `quiet` to get them sooner",
            page_remedies.HELD,
        )


def _feeds(facts: Facts) -> Iterator[Finding]:
    remedies = {
        FeedState.FAILING: (
            _problem,
            "see `storywatch feeds show FEED`; `storywatch feeds poll FEED` tries it now",
        ),
        FeedState.GONE: (
            _problem,
            "its server says that it is permanently gone: `storywatch feeds remove FEED`, or try again with `feeds resume FEED`",
        ),
        FeedState.SILENT: (
            _warning,
            "it has published nothing for far longer than usual; check whether it moved",
        ),
    }
    for state, (finding, remedy) in remedies.items():
        if state is FeedState.FAILING and facts.overview.network_down_since:
            continue  # the network finding covers all of them
        fitting = [feed for feed in facts.troubled if feed.state is state]
        for feed in fitting[:SHOWN]:
            name = f"{feed.title} ({feed.url})" if feed.title else feed.url
            on_page = page_remedies.of_feed(state, feed.id)
            yield finding(f"feed {name}", f"{state}: {feed.last_error or 'nothing new'}", remedy, on_page)
        if len(fitting) > SHOWN:
            yield finding(
                "feeds",
                f"{len(fitting) - SHOWN} more are {state}",
                "`storywatch feeds list` shows them",
                page_remedies.of_feeds(state),
            )


def _configuration(facts: Facts) -> Iterator[Finding]:
    for warning in facts.warnings:
        cause, _, remedy = warning.rpartition("; ")
        yield _warning("configuration", cause, remedy, page_remedies.CONFIGURATION)
    for topic in facts.topics:
        if topic not in facts.alerted and "*" not in facts.alerted:
            yield _warning(
                f"topic {topic}",
                "no route has it, so no alerts are sent",
                "add it to a route's `topics`",
                page_remedies.NO_ROUTE,
            )
