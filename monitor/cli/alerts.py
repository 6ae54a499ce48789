"""`storywatch alerts`: the deliveries and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import format_option, iso, show
from monitor.cli.shell import Shell, common
from storage.model import DeliveryState

if TYPE_CHECKING:
    from storage.outbox import Posting

TRYING = {
    DeliveryState.LEASED: DeliveryState.PENDING
}  # what is being sent this moment is pending to anyone else


@click.group()
def alerts() -> None:
    """See what was sent, what waits and what failed."""


@alerts.command("list")
@format_option
@common
def list_alerts(shell: Shell, *, form: str) -> None:
    """List every delivery, newest first: its state, what it tells, to whom, and its last error."""
    with shell.ledger() as ledger:
        rows = [_row(posting) for posting in ledger.outbox.postings()]
    columns = {
        "STATE": lambda row: row["state"],
        "TRIES": lambda row: str(row["attempts"]),
        "TO": lambda row: f"{row['channel']}: {row['recipient']}",
        "SUBJECT": lambda row: row["subject"],
        "LAST ERROR": lambda row: row["last_error"] or "",
    }
    show(rows, form, columns=columns)


def _row(posting: Posting) -> dict[str, Any]:
    delivery = posting.delivery
    return {
        "id": delivery.id,
        "state": str(TRYING.get(delivery.state, delivery.state)),
        "reason": posting.reason,
        "topic": posting.topic,
        "story": None if posting.story_id is None else f"s{posting.story_id}",
        "subject": posting.message.subject,
        "channel": delivery.channel,
        "recipient": delivery.recipient,
        "attempts": delivery.attempts,
        "next_at": iso(delivery.next_at),
        "last_error": delivery.last_error,
    }
