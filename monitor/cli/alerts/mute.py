"""`storywatch mute` and `unmute`: hold the alerts of a topic, story or feed for a while."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, Duration, common, moment_or_now, now_option, say
from monitor.cli.shared.output import format_option, minute, show
from monitor.views.find_feed import FeedNotFound, find_feed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from monitor.actions.alerts.mute import MuteTarget


@click.command()
@click.argument("target", required=False, shell_complete=completers.targets)
@click.option("--for", "span", type=Duration(), help="How long, such as 2h or 7d.")
@click.option(
    "--to", "address", help="Only for this mail address, until unmuted; TARGET is a topic or `digest`."
)
@format_option
@now_option
@common
def mute(
    context: CommandContext,
    *,
    target: str | None,
    span: timedelta | None,
    address: str | None,
    form: str,
    now: datetime | None,
) -> None:
    """Hold the alerts about TARGET for a while, or list what is muted.

    \b
    TARGET: a topic's name, a story (s12), or a feed (its address or title).
    Alerts about a muted topic or story are held, and sent together when the mute ends; digests still contain them.
    Items of a muted feed cause no alerts; stories with no other items are sent together when the mute ends.

    With --to, one recipient of a mail channel gets no more alerts on a topic, as with Unsubscribe in a mail.

    Example: storywatch mute s12 --for 7d
    """
    moment = moment_or_now(now)
    if target is None:
        _list(context, form, now=moment)
    elif address is not None:
        if span is not None:
            raise click.UsageError("--to mutes until `unmute`; leave out --for")
        _for_recipient(context, target, address, now=moment)
    elif span is None:
        raise click.UsageError(f"--for is missing; write how long: storywatch mute {target} --for 2h")
    else:
        _for_a_while(context, target, span, now=moment)


@click.command()
@click.argument("target", shell_complete=completers.targets)
@click.option("--to", "address", help="Only for this mail address; TARGET is a topic or `digest`.")
@now_option
@common
def unmute(context: CommandContext, *, target: str, address: str | None, now: datetime | None) -> None:
    """End the mute of TARGET (a topic, a story or a feed). Held alerts are sent now, unless a digest has contained them.

    With --to, one recipient gets alerts on a topic again. Alerts sent to others meanwhile are not sent to them.

    Example: storywatch unmute s12
    """
    from monitor.actions.alerts import mute as action
    from monitor.service.open_ledger import open_ledger

    moment = moment_or_now(now)
    if address is not None:
        _for_recipient_again(context, target, address, now=moment)
        return
    settings = context.settings()
    topics = [topic.name for topic in settings.topics]
    with _refusals(target, topics), open_ledger(settings, now=moment) as database:
        meant, lifted = action.unmute(database, target, topics=topics, find_feed=find_feed, now=moment)
    say(f"no longer muted: {_words(meant)}" if lifted else f"was not muted: {_words(meant)}")


def _for_a_while(context: CommandContext, target: str, span: timedelta, *, now: datetime) -> None:
    from monitor.actions.alerts import mute as action
    from monitor.service.open_ledger import open_ledger

    settings = context.settings()
    topics = [topic.name for topic in settings.topics]
    with _refusals(target, topics), open_ledger(settings, now=now) as database:
        muted = action.mute(database, target, topics=topics, find_feed=find_feed, now=now, until=now + span)
    say(f"muted until {(now + span).astimezone():%Y-%m-%d %H:%M}: {_words(muted)}")


def _for_recipient(context: CommandContext, target: str, address: str, *, now: datetime) -> None:
    from monitor.actions.alerts.mute_recipient import mute_recipient
    from monitor.service.open_ledger import open_ledger

    settings = context.settings()
    topics = [topic.name for topic in settings.topics]
    with open_ledger(settings, now=now) as database:
        muted = mute_recipient(database, target, address, topics=topics, channels=settings.channels, now=now)
    for one in muted:
        say(f"muted until unmuted: {target} for {one.recipient} on {one.channel}")


def _for_recipient_again(context: CommandContext, target: str, address: str, *, now: datetime) -> None:
    from monitor.actions.alerts.mute_recipient import unmute_recipient
    from monitor.service.open_ledger import open_ledger

    settings = context.settings()
    topics = [topic.name for topic in settings.topics]
    with open_ledger(settings, now=now) as database:
        lifted = unmute_recipient(
            database, target, address, topics=topics, channels=settings.channels, now=now
        )
    for one in lifted:
        say(f"no longer muted: {target} for {one.recipient} on {one.channel}")
    if not lifted:
        say(f"was not muted: {target} for {address}")


def _list(context: CommandContext, form: str, *, now: datetime) -> None:
    from monitor.views.alerts.mutes import (
        mute_json,
        read_mutes,
        read_recipient_mutes,
        recipient_mute_json,
    )

    with context.ledger() as ledger:
        rows = [mute_json(view) for view in read_mutes(ledger, now=now)]
        rows += [recipient_mute_json(one) for one in read_recipient_mutes(ledger)]
    columns = {
        "MUTED": lambda row: row["target"],
        "WHAT": lambda row: row["kind"],
        "UNTIL": lambda row: minute(row["until"]) if row["until"] else "unmuted",
        "FOR": lambda row: row.get("recipient", "all"),
    }
    show(rows, form, columns=columns)


@contextmanager
def _refusals(target: str, topics: list[str]) -> Iterator[None]:
    """Add the topics' names to the error for an unknown feed."""
    try:
        yield
    except FeedNotFound as error:
        raise click.UsageError(
            f"no topic {target!r} (topics: {', '.join(topics) or 'none'}), and {error}"
        ) from None


def _words(meant: MuteTarget) -> str:
    from alerts.render.formats.escape import one_line
    from monitor.cli.shared.phrases import feed_name

    if meant.story is not None:
        merged = f", into which {meant.merged} was merged" if meant.merged else ""
        return f"story s{meant.story.id}{merged}, {one_line(meant.story.title)}"
    return f"topic {meant.name}" if meant.feed is None else f"feed {feed_name(meant.feed)}"
