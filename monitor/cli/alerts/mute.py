"""`storywatch mute` and `unmute`: the owner's wish to hear nothing of something for a while. Beside a daemon too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import CommandContext, Duration, common, moment_or_now, now_option, say
from monitor.cli.shared.output import format_option, iso, minute, show

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from storage.database import Ledger
    from storage.model import Mute, MuteKind


@click.command()
@click.argument("target", required=False, shell_complete=completers.targets)
@click.option("--for", "span", type=Duration(), help="How long, such as 2h or 7d.")
@format_option
@now_option
@common
def mute(
    shell: CommandContext, *, target: str | None, span: timedelta | None, form: str, now: datetime | None
) -> None:
    """Hold the alerts about TARGET for a while, or list what is muted.

    \b
    TARGET: a topic's name, a story (s12), or a feed (its address or title).
    A topic's or a story's alerts are held, and told together when the mute ends; a digest has them as ever.
    A muted feed's items are no reason to alert; what only they told is told together when the mute ends, likewise.

    Example: storywatch mute s12 --for 7d
    """
    from monitor.service.open_ledger import open_ledger
    from storage.model import Mute

    moment = moment_or_now(now)
    if target is None:
        _list(shell, form, now=moment)
        return
    if span is None:
        raise click.UsageError(f"say for how long: storywatch mute {target} --for 2h")
    settings = shell.settings()
    topics = [topic.name for topic in settings.topics]
    with open_ledger(settings, now=moment) as database, database.write() as ledger:
        kind, name, words = _meant(ledger, target, topics)
        ledger.mutes.add(Mute(kind=kind, target=name, since=moment, until=moment + span))
    say(f"muted until {(moment + span).astimezone():%Y-%m-%d %H:%M}: {words}")


@click.command()
@click.argument("target", shell_complete=completers.targets)
@now_option
@common
def unmute(shell: CommandContext, *, target: str, now: datetime | None) -> None:
    """Hear of TARGET (a topic, a story or a feed) again; what was held is told at once, unless a digest has it.

    Example: storywatch unmute s12
    """
    from monitor.service.open_ledger import open_ledger
    from storage.model import MuteKind

    moment = moment_or_now(now)
    settings = shell.settings()
    topics = [topic.name for topic in settings.topics]
    with open_ledger(settings, now=moment) as database, database.write() as ledger:
        kind, name, words = _meant(ledger, target, topics)
        lifted = ledger.mutes.lift(kind, name, now=moment)
        ledger.alerts.release(["muted"], now=moment)
        if kind is MuteKind.FEED:
            ledger.stories.hasten(int(name), now=moment)
    say(f"no longer muted: {words}" if lifted else f"was not muted: {words}")


def _list(shell: CommandContext, form: str, *, now: datetime) -> None:
    with shell.ledger() as ledger:
        rows = [
            {
                "kind": str(one.kind),
                "target": _name(ledger, one),
                "since": iso(one.since),
                "until": iso(one.until),
            }
            for one in ledger.mutes.standing(now=now)
        ]
    columns = {
        "MUTED": lambda row: row["target"],
        "WHAT": lambda row: row["kind"],
        "UNTIL": lambda row: minute(row["until"]),
    }
    show(rows, form, columns=columns)


def _name(ledger: Ledger, one: Mute) -> str:
    """Return what a command takes for it: a topic's name, `s12`, a feed's address."""
    from storage.model import MuteKind

    if one.kind is MuteKind.STORY:
        return f"s{one.target}"
    if one.kind is MuteKind.FEED:
        urls = {feed.id: feed.url for feed in ledger.feeds.subscribed()}
        return urls.get(int(one.target), f"feed {one.target}, no longer subscribed")
    return one.target


def _meant(ledger: Ledger, target: str, topics: list[str]) -> tuple[MuteKind, str, str]:
    """Return what a person means: its kind, how the ledger calls it, and words for it.

    Raises:
        click.UsageError: there is no such topic, story or feed, or several.
    """
    from alerts.render.formats.escape import one_line
    from monitor.cli.shared.find_feed import find_feed
    from monitor.cli.shared.phrases import feed_name
    from storage.model import MuteKind

    if target in topics:
        return MuteKind.TOPIC, target, f"topic {target}"
    if target[:1] == "s" and target[1:].isdecimal():
        stories = ledger.stories.get([int(target[1:])])
        if not stories:
            raise click.UsageError(f"no story {target}; `storywatch stories list` shows them with their ids")
        story, asked = stories[0], ""
        if story.merged_into is not None:
            [story], asked = ledger.stories.get([story.merged_into]), f", into which {target} was merged"
        return MuteKind.STORY, str(story.id), f"story s{story.id}{asked}, {one_line(story.title)}"
    try:
        feed = find_feed(ledger, target)
    except click.UsageError as error:
        raise click.UsageError(
            f"no topic {target!r}, and {error.message} Topics: {', '.join(topics) or 'none'}."
        ) from None
    return MuteKind.FEED, str(feed.id), f"feed {feed_name(feed)}"
