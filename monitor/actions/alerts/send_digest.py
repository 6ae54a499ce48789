"""Queues a digest for delivery on a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.deciding.routing import enqueue, form_of
from alerts.render.digest_message import render_digest

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from storage.database import Database
    from storage.model import Channel, Digest


def send_digest(
    database: Database, digest: Digest, channel: Channel, *, zone: tzinfo, now: datetime
) -> tuple[str, ...]:
    """Store the digest's messages with a delivery for each recipient, and return the messages' ids."""
    rendered = render_digest(digest, form=form_of(channel), now=now.astimezone(zone), zone=zone)
    with database.write() as ledger:
        return tuple(enqueue(ledger, one, channel, now=now) for one in rendered)
