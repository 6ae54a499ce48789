"""Queues a digest for delivery on a channel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alerts.deciding.routing import enqueue, form_of
from alerts.links.writer import link_writer, with_links
from alerts.render.digest_message import render_digest

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from storage.database import Database
    from storage.model import Channel, Digest


def send_digest(
    database: Database,
    digest: Digest,
    channel: Channel,
    *,
    zone: tzinfo,
    now: datetime,
    pages: str | None = None,
) -> tuple[str, ...]:
    """Store the digest's messages with a delivery for each recipient, and return the messages' ids.

    `pages` is the public address of the pages, None where none are served.
    """
    with database.write() as ledger:
        writer = link_writer(ledger, pages, channel.name, now=now)
        linked = replace(digest, stories=tuple(with_links(digest.stories, writer)), pages=pages)
        rendered = render_digest(linked, form=form_of(channel), now=now.astimezone(zone), zone=zone)
        return tuple(enqueue(ledger, one, channel, now=now, pages=pages) for one in rendered)
