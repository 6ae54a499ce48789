"""`storywatch feeds pause|resume|poll`: the owner's hand on one feed. They work beside a running daemon."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now, now_option, say
from monitor.cli.shared.find_feed import find_feed

if TYPE_CHECKING:
    from datetime import datetime


@click.command()
@click.argument("feed", shell_complete=completers.feeds)
@common
def pause(shell: CommandContext, *, feed: str) -> None:
    """Poll FEED (its address or title) no more until it is resumed; its items stay.

    Example: storywatch feeds pause example.org/feed.xml
    """
    from monitor.cli.shared.phrases import feed_name
    from monitor.service.open_ledger import open_ledger

    with (
        open_ledger(shell.settings(), now=moment_or_now(None)) as database,
        database.write() as ledger,
    ):
        found = find_feed(ledger, feed)
        ledger.feed_controls.pause(found.id)
    say(f"paused: {feed_name(found)}")


@click.command()
@click.argument("feed", shell_complete=completers.feeds)
@now_option
@common
def resume(shell: CommandContext, *, feed: str, now: datetime | None) -> None:
    """Poll FEED again: one that was paused, is gone (410), or became one with another.

    Example: storywatch feeds resume example.org/feed.xml
    """
    from monitor.cli.shared.phrases import feed_name
    from monitor.service.open_ledger import open_ledger

    moment = moment_or_now(now)
    with open_ledger(shell.settings(), now=moment) as database, database.write() as ledger:
        found = find_feed(ledger, feed)
        ledger.feed_controls.resume(found.id, now=moment)
    say(f"resumed, polled next: {feed_name(found)}")


@click.command()
@click.argument("feed", shell_complete=completers.feeds)
@now_option
@common
def poll(shell: CommandContext, *, feed: str, now: datetime | None) -> None:
    """Poll FEED now, whatever its pace. Beside a daemon, the daemon polls it within seconds.

    Exits with 1 if the poll failed. What it brings is matched and told at the next round.

    Example: storywatch feeds poll example.org/feed.xml
    """
    from monitor.cli.shared.phrases import failure_lines, feed_name, round_summary
    from monitor.service.once import poll_feed
    from storage.engine.errors import AlreadyRunning
    from storage.model import FeedState

    moment, settings = moment_or_now(now), shell.settings()
    with shell.ledger() as ledger:
        found = find_feed(ledger, feed)
    if found.state in {FeedState.PAUSED, FeedState.GONE}:
        raise click.UsageError(
            f"{feed_name(found)} is {found.state}; `storywatch feeds resume` takes it up again"
        )
    try:
        with shell.progress(f"asking {feed_name(found)}"):
            polled = poll_feed(settings, found.url, now=moment, console=shell.console())
    except AlreadyRunning:
        say(f"the running storywatch polls it within seconds: {feed_name(found)}")
        return
    for line in [*round_summary(polled), *failure_lines(polled)]:
        say(line)
    if any(one.failed for one in polled):
        sys.exit(EXIT_FAILED)
