"""`storywatch channels`: where messages go, whether they get there, and taking a channel up again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.shared import completers
from monitor.cli.shared.context import EXIT_FAILED, CommandContext, common, moment_or_now, say
from monitor.cli.shared.group import Group
from monitor.cli.shared.output import format_option, iso, show

if TYPE_CHECKING:
    from monitor.service.dry_run import Trial
    from storage.model import Channel, ChannelTrouble
    from storage.stores.channels import ChannelLoad


@click.group(cls=Group)
def channels() -> None:
    """See where messages go and whether they get there; test and resume channels."""


@channels.command("list")
@format_option
@common
def list_channels(shell: CommandContext, *, form: str) -> None:
    """List every channel: its state, what waits for it, when it last took a message, and what is wrong with it.

    Example: storywatch channels list --format json
    """
    from storage.stores.channels import ChannelLoad

    settings = shell.settings()
    with shell.ledger() as ledger:
        troubles, traffic = ledger.channels.troubles(), ledger.channels.traffic()
    rows = [
        _row(channel, troubles.get(channel.name), traffic.get(channel.name, ChannelLoad()))
        for channel in settings.channels
    ]
    columns = {
        "STATE": lambda row: row["state"],
        "CHANNEL": lambda row: row["name"],
        "TYPE": lambda row: row["type"],
        "WAITING": lambda row: str(row["waiting"]),
        "DEAD": lambda row: str(row["dead"]),
        "LAST SENT": lambda row: row["last_sent"] or "-",
        "TROUBLE": _trouble_words,
    }
    show(rows, form, columns=columns)


def _row(channel: Channel, trouble: ChannelTrouble | None, traffic: ChannelLoad) -> dict[str, Any]:
    return {
        "name": channel.name,
        "type": str(channel.type),
        "state": _state(trouble),
        "since": None if trouble is None else iso(trouble.since),
        "probe_at": None if trouble is None else iso(trouble.probe_at),
        "last_error": None if trouble is None else trouble.error,
        "waiting": traffic.waiting,
        "dead": traffic.dead,
        "last_sent": iso(traffic.last_sent),
    }


def _state(trouble: ChannelTrouble | None) -> str:
    if trouble is None:
        return "ok"
    return "stopped" if trouble.probe_at is None else "failing"


def _trouble_words(row: Any) -> str:
    if row["state"] == "ok":
        return ""
    then = f"probed {row['probe_at']}" if row["probe_at"] else f"`storywatch channels resume {row['name']}`"
    return f"{row['last_error']} (since {row['since']}; {then})"


@channels.command()
@click.argument("names", metavar="CHANNEL…", nargs=-1, required=True, shell_complete=completers.channels)
@common
def test(shell: CommandContext, *, names: tuple[str, ...]) -> None:
    """Send a test message over CHANNEL to each of its recipients, beside a running daemon too.

    Exits with 1 if one is not taken.

    Example: storywatch channels test desk
    """
    from monitor.service.dry_run import try_channels

    settings = shell.settings()
    for name in names:
        _known(name, settings.channels)
    trials = try_channels(settings, names, now=moment_or_now(None), console=shell.console())
    tell_trials(trials)


def tell_trials(trials: list[Trial]) -> None:
    """Say what test messages came to; ends with 1 if one was not taken."""
    from alerts.channels.interface import Accepted
    from alerts.render.formats.escape import one_line

    for trial in trials:
        verdict = "ok" if isinstance(trial.answer, Accepted) else type(trial.answer).__name__.lower()
        say(f"{verdict}: {trial.channel} to {one_line(trial.recipient)}: {one_line(trial.answer.text)}")
    if not all(isinstance(trial.answer, Accepted) for trial in trials):
        sys.exit(EXIT_FAILED)


@channels.command()
@click.argument("name", metavar="CHANNEL", shell_complete=completers.channels)
@common
def resume(shell: CommandContext, *, name: str) -> None:
    """Let everything go at once that waits for CHANNEL, what was held because its endpoint was gone too.

    Example: storywatch channels resume desk
    """
    from monitor.cli.shared.phrases import count
    from monitor.service.open_ledger import open_ledger

    settings, moment = shell.settings(), moment_or_now(None)
    _known(name, settings.channels)
    with open_ledger(settings, now=moment) as database, database.write() as ledger:
        ledger.channels.clear(name)
        waiting = ledger.channels.release(name, now=moment)
    say(f"{name}: {count(waiting, 'delivery', 'deliveries')} may go now")


def _known(name: str, configured: tuple[Channel, ...]) -> None:
    import difflib

    names = [channel.name for channel in configured]
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(names)}."
    raise click.UsageError(f"no channel {name!r}.{hint}")
