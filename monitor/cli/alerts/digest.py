"""`storywatch digest`: the stories of a period, printed or sent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import (
    EXIT_FAILED,
    CommandContext,
    Duration,
    common,
    moment_or_now,
    now_option,
    say,
    unknown,
)
from monitor.cli.shared.output import width_of_output
from monitor.cli.shared.program import as_typed

if TYPE_CHECKING:
    from datetime import datetime, timedelta, tzinfo

    from monitor.config.settings import Settings
    from monitor.service.app import App, ConsoleOutput
    from storage.model import Digest

FORMATS = ("text", "markdown", "html", "json", "atom")


@click.command()
@click.option(
    "--topic",
    "topics",
    multiple=True,
    shell_complete=completers.topics,
    help="Only this topic; may be given again.",
)
@click.option("--since", type=Duration(), default="24h", show_default=True, help="The length of the period.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--send",
    metavar="CHANNEL",
    shell_complete=completers.channels,
    help="Send it to this channel instead of printing it.",
)
@now_option
@common
def digest(
    context: CommandContext,
    *,
    topics: tuple[str, ...],
    since: timedelta,
    form: str,
    send: str | None,
    now: datetime | None,
) -> None:
    """Print the stories of the last hours or days by topic, largest and newest first.

    \b
    storywatch digest                                        the last day, on this terminal
    storywatch digest --since 7d --format html > week.html   the week as a page
    storywatch digest --topic ports --send desk              one topic, to a channel
    """
    from monitor.views.alerts.digest import read_digest

    moment = moment_or_now(now)
    settings = context.settings()
    known = [topic.name for topic in settings.topics]
    for topic in topics:
        if topic not in known:
            raise unknown("topic", topic, known)
    with context.ledger(settings) as ledger:
        contents = read_digest(ledger, since=moment - since, until=moment, topics=topics or None)
    if send is None:
        shown = printed(contents, form, color=context.color)
        click.echo(as_typed(shown) if isinstance(shown, str) and form == "text" else shown, nl=False)
    elif not _sent(settings, contents, send, context.console(), now=moment):
        sys.exit(EXIT_FAILED)


def printed(contents: Digest, form: str, *, color: bool) -> str | bytes:
    """Return a digest in one of `FORMATS`, with times in this machine's zone."""
    from alerts.render import digest_message as render
    from alerts.render.formats.ansi import COLOUR, PLAIN

    zone = local_zone()
    match form:
        case "text":
            style = COLOUR if color else PLAIN
            return render.digest_text(contents, width=width_of_output(), style=style, zone=zone)
        case "markdown":
            return render.digest_markdown(contents, zone=zone)
        case "html":
            return render.digest_html(contents, zone=zone)
        case "atom":
            return render.digest_atom(contents)
        case _:
            return render.digest_json(contents) + b"\n"


def local_zone() -> tzinfo:
    """Return this machine's time zone."""
    from datetime import datetime

    zone = datetime.now().astimezone().tzinfo
    assert zone is not None
    return zone


def _sent(settings: Settings, contents: Digest, name: str, console: ConsoleOutput, *, now: datetime) -> bool:
    """Send the digest now; return whether it arrived."""
    import asyncio

    from monitor.service.app import open_app

    with open_app(settings, now=now) as app:
        return asyncio.run(_send(app, contents, name, console, now=now))


async def _send(app: App, contents: Digest, name: str, console: ConsoleOutput, *, now: datetime) -> bool:
    """Send the digest now; the daemon repeats attempts that fail."""
    from alerts.deliver import deliver
    from monitor.actions.alerts.send_digest import send_digest
    from monitor.cli.shared.phrases import delivery_lines
    from monitor.service.engine import open_engine

    channel = app.routing.channels.get(name)
    if channel is None:
        raise unknown("channel", name, app.routing.channels)
    send_digest(app.database, contents, channel, zone=local_zone(), now=now, pages=app.routing.pages)
    async with open_engine(app, console=console) as engine:
        delivered = await deliver(app.database, engine.context, now=now)
    for line in delivery_lines(delivered):
        say(line)
    return not delivered.failed
