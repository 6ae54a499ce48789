"""`storywatch feeds pause|resume|poll`: control of polling, also beside a running daemon."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now, now_option, say
from monitor.views.find_feed import find_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from storage.database import Database
    from storage.model import Feed


@click.command()
@click.argument("feed", shell_complete=completers.feeds)
@common
def pause(context: CommandContext, *, feed: str) -> None:
    """Stop polling FEED (its address or title) until it is resumed. Its items are kept.

    Example: storywatch feeds pause example.org/feed.xml
    """
    from monitor.actions.feeds.control_feeds import pause_feed
    from monitor.cli.shared.phrases import feed_name
    from monitor.service.open_ledger import open_ledger

    with open_ledger(context.settings(), now=moment_or_now(None)) as database:
        paused = pause_feed(database, _url(database, feed))
    say(f"paused: {feed_name(paused)}")


@click.command()
@click.argument("feed", shell_complete=completers.feeds)
@now_option
@common
def resume(context: CommandContext, *, feed: str, now: datetime | None) -> None:
    """Poll FEED again if it was paused, is gone (410) or was merged into another feed.

    Example: storywatch feeds resume example.org/feed.xml
    """
    from monitor.actions.feeds.control_feeds import resume_feed
    from monitor.cli.shared.phrases import feed_name
    from monitor.service.open_ledger import open_ledger

    moment = moment_or_now(now)
    with open_ledger(context.settings(), now=moment) as database:
        resumed = resume_feed(database, _url(database, feed), now=moment)
    say(f"resumed, due now: {feed_name(resumed)}")


@click.command()
@click.argument("feed", required=False, shell_complete=completers.feeds)
@click.option("--all", "every", is_flag=True, help="Poll every feed.")
@click.option("--failing", is_flag=True, help="Poll every feed whose last poll failed.")
@now_option
@common
def poll(
    context: CommandContext, *, feed: str | None, every: bool, failing: bool, now: datetime | None
) -> None:
    """Poll FEED now, regardless of its interval. If a daemon is running, it polls the feed within seconds.

    Exits with 1 if a poll failed. New items are matched and alerted in the next round.

    \b
    storywatch feeds poll example.org/feed.xml
    storywatch feeds poll --failing
    """
    from monitor.actions.feeds.control_feeds import poll_all_now

    if [feed is not None, every, failing].count(True) != 1:
        raise click.UsageError("give exactly one of FEED, --all and --failing")
    moment = moment_or_now(now)
    if feed is None:
        _poll(context, partial(poll_all_now, only_failing=failing, now=moment), now=moment)
    else:
        _poll(context, partial(_poll_one, words=feed, now=moment), now=moment)


def _poll_one(database: Database, *, words: str, now: datetime) -> Sequence[Feed]:
    from monitor.actions.feeds.control_feeds import poll_now

    return [poll_now(database, _url(database, words), now=now)]


def _poll(context: CommandContext, make_due: Callable[[Database], Sequence[Feed]], *, now: datetime) -> None:
    from monitor.cli.shared.phrases import count, failure_lines, feed_name, round_summary
    from monitor.service.once import poll_feeds
    from storage.database import AlreadyRunning

    chosen: list[Feed] = []

    def remembered(database: Database) -> Sequence[Feed]:
        chosen.extend(make_due(database))
        return chosen

    try:
        with context.progress("polling"):
            polled = poll_feeds(context.settings(), remembered, now=now, console=context.console())
    except AlreadyRunning:
        which = feed_name(chosen[0]) if len(chosen) == 1 else count(len(chosen), "feed")
        say(f"due now, to be polled by the running storywatch within seconds: {which}")
        return
    for line in [*round_summary(polled), *failure_lines(polled)]:
        say(line)
    if any(one.failed for one in polled):
        sys.exit(EXIT_FAILED)


def _url(database: Database, words: str) -> str:
    with database.read() as ledger:
        return find_feed(ledger, words).url
