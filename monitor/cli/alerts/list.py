"""`storywatch alerts`: the deliveries and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from monitor.cli.alerts.control import discard_alert, replay_alert, show_alert
from monitor.cli.shared.context import CommandContext, common
from monitor.cli.shared.group import Group
from monitor.cli.shared.output import format_option, iso, show
from storage.model import DeliveryState

if TYPE_CHECKING:
    from storage.stores.alerts import Alert
    from storage.stores.outbox import Posting

SHOWN_ID = 12  # characters of an id: the other commands take as much of it as tells it apart
TRYING = {
    DeliveryState.LEASED: DeliveryState.PENDING
}  # what is being sent this moment is pending to anyone else


@click.group(cls=Group)
def alerts() -> None:
    """See what was sent, what waits and what failed; send it again or give it up."""


alerts.add_command(show_alert, "show")
alerts.add_command(replay_alert, "replay")
alerts.add_command(discard_alert, "discard")


@alerts.command("list")
@click.option(
    "--state",
    type=click.Choice(["pending", "sent", "unknown", "held", "dead"]),
    help="Only those that stand so.",
)
@format_option
@common
def list_alerts(shell: CommandContext, *, state: str | None, form: str) -> None:
    """List what quiet hours and caps hold, and every delivery, newest first: state, subject, to whom, last error.

    Example: storywatch alerts list --state dead
    """
    with shell.ledger() as ledger:
        held = ledger.alerts.all_held()
        titles = {story.id: story.title for story in ledger.stories.get([alert.story_id for alert in held])}
        rows = [_held_row(alert, titles[alert.story_id]) for alert in held]
        rows += [_row(posting) for posting in ledger.outbox.postings()]
    rows = [row for row in rows if state in {None, row["state"]}]
    columns = {
        "ID": lambda row: row["id"][:SHOWN_ID],
        "STATE": lambda row: row["state"],
        "TRIES": lambda row: str(row["attempts"]),
        "TO": lambda row: f"{row['channel']}: {row['recipient'] or '-'}",
        "SUBJECT": lambda row: row["subject"],
        "REASON": lambda row: row["last_error"] or row["reason"] or "",
    }
    show(rows, form, columns=columns)


def _held_row(alert: Alert, title: str) -> dict[str, Any]:
    """Return an alert that is no message yet as programs read it: `reason` is what holds it."""
    return {
        "id": f"a{alert.id}",
        "state": str(DeliveryState.HELD),
        "reason": alert.held,
        "topic": alert.topic,
        "story": f"s{alert.story_id}",
        "subject": title,
        "channel": alert.channel,
        "recipient": None,
        "attempts": 0,
        "next_at": iso(alert.held_until),
        "last_error": None,
    }


def _row(posting: Posting) -> dict[str, Any]:
    delivery = posting.delivery
    return {
        "id": delivery.id,
        "state": str(TRYING.get(delivery.state, delivery.state)),
        "reason": _reason(posting),
        "topic": posting.topic,
        "story": None if posting.story_id is None else f"s{posting.story_id}",
        "subject": posting.message.subject,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "attempts": delivery.attempts,
        "next_at": iso(delivery.next_at),
        "last_error": delivery.last_error,
    }


def _reason(posting: Posting) -> str:
    """Return why it is told (`new`, `grew`, `digest`, …), or of a held delivery what holds it (`removed`)."""
    delivery = posting.delivery
    if delivery.state is DeliveryState.HELD and delivery.last_error:
        return delivery.last_error.partition(":")[0]
    return posting.message.kind.removeprefix("story.")
