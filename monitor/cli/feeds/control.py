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

    from monitor.actions.feeds.control_feeds import RequestedPolls
    from monitor.views.poll_result import PollResult
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
    from monitor.cli.shared.phrases import asked_to_wait, feed_name
    from monitor.service.open_ledger import open_ledger

    moment = moment_or_now(now)
    with open_ledger(context.settings(), now=moment) as database:
        resumed = resume_feed(database, _url(database, feed), now=moment)
    if resumed.next_poll > moment:
        say(f"resumed: {feed_name(resumed)}; {asked_to_wait(resumed.next_poll, now=moment)}")
    else:
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

    A feed whose server asks to wait (Retry-After) is named, and polled when the wait is over.
    Exits with 1 if a poll failed or a server asks to wait. New items are matched and alerted in the next round.

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


def _poll_one(database: Database, *, words: str, now: datetime) -> RequestedPolls:
    from monitor.actions.feeds.control_feeds import RequestedPolls, ServerAsksToWait, poll_now

    try:
        return RequestedPolls(due=(poll_now(database, _url(database, words), now=now),))
    except ServerAsksToWait as refusal:
        return RequestedPolls(waiting=(refusal.waiting,))


def _poll(context: CommandContext, request: Callable[[Database], RequestedPolls], *, now: datetime) -> None:
    from monitor.cli.shared.phrases import count, failure_lines, feed_name, round_summary, waiting_lines
    from monitor.service.once import poll_feeds
    from storage.database import AlreadyRunning

    requests: list[RequestedPolls] = []

    def requested(database: Database) -> Sequence[Feed]:
        requests.append(request(database))
        return requests[0].due

    polled: tuple[PollResult, ...] = ()
    try:
        with context.progress("polling"):
            polled = poll_feeds(context.settings(), requested, now=now, console=context.console())
        lines = [*round_summary(polled), *failure_lines(polled)]
        left = len({feed.id for feed in requests[0].due}.difference(one.feed for one in polled))
        if left:
            lines.append(f"not polled: {count(left, 'more feed')} of a host that asked to wait (429)")
    except AlreadyRunning:
        due = requests[0].due
        which = feed_name(due[0]) if len(due) == 1 else count(len(due), "feed")
        lines = [f"due now, to be polled by the running storywatch within seconds: {which}"] if due else []
    [made] = requests
    waiting = [(one.feed, one.until) for one in made.waiting]
    for line in [*(lines if made.due or not waiting else []), *waiting_lines(waiting, now=now)]:
        say(line)
    if waiting or any(one.failed for one in polled):
        sys.exit(EXIT_FAILED)


def _url(database: Database, words: str) -> str:
    with database.read() as ledger:
        return find_feed(ledger, words).url
