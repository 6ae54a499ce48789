"""`storywatch channels`: list, test and resume channels; print the schemas of webhook bodies."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now, say
from monitor.cli.shared.group import Group
from monitor.cli.shared.output import as_json, format_option, minute, show

if TYPE_CHECKING:
    from monitor.views.alerts.channel_trial import ChannelTrial


@click.group(cls=Group)
def channels() -> None:
    """List channels with their state; test and resume them."""


@channels.command("list")
@format_option
@common
def list_channels(context: CommandContext, *, form: str) -> None:
    """List every channel: its state, its waiting and held messages, its last message, and its last error.

    Example: storywatch channels list --format json
    """
    from monitor.views.alerts.channels import channel_json, read_channels

    settings = context.settings()
    with context.ledger(settings) as ledger:
        views = read_channels(ledger, settings.channels)
    columns = {
        "STATE": lambda row: row["state"],
        "CHANNEL": lambda row: row["name"],
        "TYPE": lambda row: row["type"],
        "WAITING": lambda row: str(row["waiting"]),
        "HELD": _held_words,
        "DEAD": lambda row: str(row["dead"]),
        "LAST SENT": lambda row: minute(row["last_sent"]) if row["last_sent"] else "-",
        "TROUBLE": _trouble_words,
    }
    show([channel_json(view) for view in views], form, columns=columns)


def _held_words(row: Any) -> str:
    if not row["held"]:
        return "0"
    return (
        f"{row['held']} until {minute(row['held_until'])}"
        if row["held_until"]
        else f"{row['held']} for the digest"
    )


def _trouble_words(row: Any) -> str:
    if row["state"] == "ok":
        return ""
    then = f"probed {row['probe_at']}" if row["probe_at"] else f"`storywatch channels resume {row['name']}`"
    return f"{row['last_error']} (since {row['since']}; {then})"


@channels.command()
@click.argument("names", metavar="CHANNEL…", nargs=-1, required=True, shell_complete=completers.channels)
@common
def test(context: CommandContext, *, names: tuple[str, ...]) -> None:
    """Send a test message over CHANNEL to each of its recipients. A daemon may be running.

    Exits with 1 if a recipient does not accept it.

    Example: storywatch channels test desk
    """
    from monitor.actions.alerts.resume_channel import known_channel
    from monitor.service.dry_run import try_channels

    settings = context.settings()
    for name in names:
        known_channel(name, settings.channels)
    trials = try_channels(settings, names, now=moment_or_now(None), console=context.console())
    print_trials(trials)


def print_trials(trials: list[ChannelTrial]) -> None:
    """Print the answer to each test message; exit with 1 if one was not accepted."""
    from alerts.render.formats.escape import one_line

    for trial in trials:
        say(f"{trial.verdict}: {trial.channel} to {one_line(trial.recipient)}: {one_line(trial.text)}")
    if not all(trial.is_accepted for trial in trials):
        sys.exit(EXIT_FAILED)


@channels.command()
@click.argument("name", metavar="CHANNEL", shell_complete=completers.channels)
@common
def resume(context: CommandContext, *, name: str) -> None:
    """Send everything that waits for CHANNEL now, including messages held because its endpoint was gone.

    Example: storywatch channels resume desk
    """
    from monitor.actions.alerts.resume_channel import known_channel, resume_channel
    from monitor.cli.shared.phrases import count
    from monitor.service.open_ledger import open_ledger

    settings, moment = context.settings(), moment_or_now(None)
    channel = known_channel(name, settings.channels)
    with open_ledger(settings, now=moment) as database:
        waiting = resume_channel(database, channel, now=moment)
    say(f"{name}: {count(waiting, 'delivery', 'deliveries')} due now")


@channels.command("schema")
@click.argument("event", metavar="EVENT", shell_complete=completers.webhook_events)
def print_schema(event: str) -> None:
    """Print the JSON Schema of the webhook body of EVENT, such as story.new or feed.failing.

    Example: storywatch channels schema story.new
    """
    from alerts.schemas.webhook_bodies import WEBHOOK_SCHEMAS

    if event not in WEBHOOK_SCHEMAS:
        raise click.UsageError(f"no event {event!r}; fix: name one of {', '.join(WEBHOOK_SCHEMAS)}")
    click.echo(as_json(WEBHOOK_SCHEMAS[event], indent=2))
