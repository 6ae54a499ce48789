"""`storywatch status`: running processes, late and waiting work, and failures, on one screen."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from monitor.cli.health.workers import worker_lines
from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now
from monitor.cli.shared.output import as_json, json_option
from monitor.cli.shared.program import as_typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from monitor.views.health.status import StatusView

SHOWN_TROUBLES = 8  # with this many, the output fits into 24 lines


@click.command()
@json_option
@common
def status(context: CommandContext, *, form: str) -> None:
    """Show what is running, late, failing or waiting. Exits with 1 if something needs attention.

    Example: storywatch status --format json
    """
    from monitor.service.open_ledger import open_to_read
    from monitor.service.workers.lengths import lengths_if_known
    from monitor.views.health.status import read_status, status_json

    moment, settings = moment_or_now(), context.settings()
    with open_to_read(settings, now=moment) as database:
        view = read_status(database, now=moment, queues=lengths_if_known)
    if form == "json":
        click.echo(as_json(status_json(view), indent=2))
    else:
        workers = (
            worker_lines(view.workers, counted=view.count_of_workers, now=moment) if view.workers else ()
        )
        for line in [*_lines(view, moment), *workers, *_troubles(view)]:
            click.echo(as_typed(line))
    if view.needs_attention:
        sys.exit(EXIT_FAILED)


def _lines(view: StatusView, now: datetime) -> Iterator[str]:
    from monitor.cli.shared.phrases import ago, ahead, count, size

    seen = view.overview
    yield f"running     {'yes' if view.running else 'no: nothing is polled or sent until `run`, `once` or `worker`'}"
    if seen.network_down_since:
        yield f"network     down since {ago(seen.network_down_since, now=now)}"
    yield f"feeds       {_states(view)}"
    spared = f"; {size(seen.saved_bytes)} not sent again for unchanged feeds" if seen.saved_bytes else ""
    yield f"last poll   {ago(seen.last_poll, now=now)}{spared}"
    late = f"; {count(seen.late_feeds, 'feed')} late" if seen.late_feeds else ""
    yield f"next poll   {ahead(seen.next_poll, now=now)}{late}"
    waiting = f"; {seen.unmatched:,} wait to be matched" if seen.unmatched else ""
    yield f"items       {seen.items:,}, {seen.items_today:,} of them in the last 24 h{waiting}"
    yield f"stories     {seen.stories_today:,} new in the last 24 h"
    sent = ", ".join(f"{number:,} {state}" for state, number in sorted(seen.deliveries.items()))
    oldest = f"; the oldest unsent from {ago(seen.oldest_unsent, now=now)}" if seen.oldest_unsent else ""
    yield f"deliveries  {sent or 'none'}{oldest}"
    for channel, held in view.held.items():
        until = f"until {ahead(held.until, now=now)}" if held.until else "for the digest"
        yield f"held        {count(held.count, 'alert')} on {channel} {until}"
    for one in view.capped:
        sent = f"the next is sent {ahead(one.until, now=now)}" if one.until else "the digest has them"
        waits = f"{count(one.waiting, 'alert')} for {one.channel} {'waits' if one.waiting == 1 else 'wait'}"
        yield f"at its cap  route {one.route} (max_per_hour): {waits}, {sent}"
    if seen.next_digest:
        yield f"next digest {ahead(seen.next_digest, now=now)}"


def _states(view: StatusView) -> str:
    """Return the number of feeds in each state; a feed that was never polled does not count as `ok`."""
    states = dict(view.overview.feeds)
    if new := view.overview.unpolled_feeds:
        states["ok"] = states.get("ok", 0) - new
        states["not polled yet"] = new
    words = ", ".join(f"{number:,} {state}" for state, number in sorted(states.items()) if number)
    return words or "none: add some with `storywatch feeds add URL`"


def _troubles(view: StatusView) -> Iterator[str]:
    from alerts.render.formats.escape import one_line
    from monitor.cli.shared.phrases import feed_name
    from storage.model import FeedState

    troubled = list(view.troubled)
    if view.overview.network_down_since:  # the line on the network covers these feeds
        troubled = [feed for feed in troubled if feed.state is not FeedState.FAILING]
    for feed in troubled[:SHOWN_TROUBLES]:
        yield f"  {feed.state}: {feed_name(feed)}: {one_line(feed.last_error or 'nothing new for a long time')}"
    if len(troubled) > SHOWN_TROUBLES:
        yield f"  … and {len(troubled) - SHOWN_TROUBLES} more: `storywatch feeds list`"
