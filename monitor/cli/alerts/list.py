"""`storywatch alerts list`: deliveries and held alerts with their states."""

from __future__ import annotations

import click

from alerts.render.formats.escape import titled
from monitor.cli.alerts.control import discard_alert, replay_alert, show_alert
from monitor.cli.shared import completers
from monitor.cli.shared.context import LIMIT, CommandContext, common
from monitor.cli.shared.group import Group
from monitor.cli.shared.output import format_option, show

SHOWN_ID = 12  # characters of an id; the other commands accept any unambiguous beginning


@click.group(cls=Group)
def alerts() -> None:
    """List deliveries and held alerts; send deliveries again or discard them."""


alerts.add_command(show_alert, "show")
alerts.add_command(replay_alert, "replay")
alerts.add_command(discard_alert, "discard")


@alerts.command("list")
@click.option(
    "--state",
    type=click.Choice(["pending", "sent", "unknown", "held", "dead"]),
    help="Only deliveries in this state.",
)
@click.option(
    "--channel",
    metavar="CHANNEL",
    shell_complete=completers.channels,
    help="Only deliveries of this channel.",
)
@click.option("--limit", type=LIMIT, metavar="N", help="The largest number of lines.")
@format_option
@common
def list_alerts(
    context: CommandContext, *, state: str | None, channel: str | None, limit: int | None, form: str
) -> None:
    """List held alerts, then deliveries, newest first: state, subject, recipient and last error.

    Example: storywatch alerts list --state dead
    """
    from monitor.views.alerts.deliveries import delivery_json, read_deliveries

    with context.ledger() as ledger:
        views = read_deliveries(ledger, state=state, channel=channel, limit=limit)
    columns = {
        "ID": lambda row: row["id"][:SHOWN_ID],
        "STATE": lambda row: row["state"],
        "TRIES": lambda row: str(row["attempts"]),
        "TO": lambda row: f"{row['channel']}: {row['recipient'] or '-'}",
        "SUBJECT": lambda row: titled(row["subject"]),
        "REASON": lambda row: row["last_error"] or row["reason"] or "",
    }
    show([delivery_json(view) for view in views], form, columns=columns)
