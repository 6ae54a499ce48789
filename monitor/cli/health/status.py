"""`storywatch status`: how it all does, on one screen."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.health.workers import lines_of, row_of, workforce
from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now, now_option
from monitor.cli.shared.output import as_json, iso, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from storage.database import Database
    from storage.model import Feed
    from storage.stores.overview import Overview

SHOWN_TROUBLES = 8  # with the rest of the screen they fit into 24 lines


@click.command()
@json_option
@now_option
@common
def status(shell: CommandContext, *, form: str, now: datetime | None) -> None:
    """Say what runs, what is late, what fails and what waits. Exits with 1 if something needs attention.

    Example: storywatch status --format json
    """
    from alerts.digest import TROUBLED
    from monitor.service.open_ledger import open_ledger

    moment, settings = moment_or_now(now), shell.settings()
    with open_ledger(settings, now=moment) as database:
        running = is_running(database)
        with database.read() as ledger:
            seen = ledger.feed_controls.overview(now=moment)
            troubled = [feed for feed in ledger.feeds.subscribed() if feed.state in TROUBLED]
        force = workforce(database, now=moment)
    if form == "json":
        row = _row(seen, running=running) | (row_of(force) if force else {})
        click.echo(as_json(row, indent=2))
    else:
        manned = lines_of(force, now=moment) if force else ()
        for line in [*_lines(seen, moment, running=running), *manned, *_troubles(troubled, seen)]:
            click.echo(line)
    if _needs_attention(seen, running=running):
        sys.exit(EXIT_FAILED)


def is_running(database: Database) -> bool:
    """Whether a daemon, a round or a worker is at work on the ledger at this moment."""
    return database.is_held()


def _needs_attention(seen: Overview, *, running: bool) -> bool:
    failing = seen.feeds.get("failing", 0) + seen.feeds.get("gone", 0)
    late = running and seen.late_feeds > 0
    return bool(failing or seen.dead_letters or seen.network_down_since or late)


def _row(seen: Overview, *, running: bool) -> dict[str, Any]:
    return {
        "running": running,
        "network_down_since": iso(seen.network_down_since),
        "feeds": seen.feeds,
        "late_feeds": seen.late_feeds,
        "last_poll": iso(seen.last_poll),
        "next_poll": iso(seen.next_poll),
        "saved_bytes": seen.saved_bytes,
        "items": seen.items,
        "items_today": seen.items_today,
        "unmatched": seen.unmatched,
        "stories_today": seen.stories_today,
        "deliveries": seen.deliveries,
        "oldest_unsent": iso(seen.oldest_unsent),
        "next_digest": iso(seen.next_digest),
    }


def _lines(seen: Overview, now: datetime, *, running: bool) -> Iterator[str]:
    from monitor.cli.shared.phrases import ago, ahead, count, size

    yield f"running     {'yes' if running else 'no: nothing is polled or sent until `run`, `once` or `worker`'}"
    if seen.network_down_since:
        yield f"network     down since {ago(seen.network_down_since, now=now)}"
    states = ", ".join(f"{number:,} {state}" for state, number in sorted(seen.feeds.items()))
    yield f"feeds       {states or 'none: add some with `storywatch feeds add URL`'}"
    yield f"last poll   {ago(seen.last_poll, now=now)}; {size(seen.saved_bytes)} saved by 304"
    late = f"; {count(seen.late_feeds, 'feed')} late" if seen.late_feeds else ""
    yield f"next poll   {ahead(seen.next_poll, now=now)}{late}"
    waiting = f"; {seen.unmatched:,} wait to be matched" if seen.unmatched else ""
    yield f"items       {seen.items:,}, {seen.items_today:,} of them in the last 24 h{waiting}"
    yield f"stories     {seen.stories_today:,} new in the last 24 h"
    sent = ", ".join(f"{number:,} {state}" for state, number in sorted(seen.deliveries.items()))
    oldest = f"; the oldest unsent from {ago(seen.oldest_unsent, now=now)}" if seen.oldest_unsent else ""
    yield f"deliveries  {sent or 'none'}{oldest}"
    if seen.next_digest:
        yield f"next digest {ahead(seen.next_digest, now=now)}"


def _troubles(troubled: Sequence[Feed], seen: Overview) -> Iterator[str]:
    from alerts.render.formats.escape import one_line
    from monitor.cli.shared.phrases import feed_name
    from storage.model import FeedState

    if seen.network_down_since:  # one line says it for all of them
        troubled = [feed for feed in troubled if feed.state is not FeedState.FAILING]
    for feed in troubled[:SHOWN_TROUBLES]:
        yield f"  {feed.state}: {feed_name(feed)}: {one_line(feed.last_error or 'nothing new for long')}"
    if len(troubled) > SHOWN_TROUBLES:
        yield f"  … and {len(troubled) - SHOWN_TROUBLES} more: `storywatch feeds list`"
