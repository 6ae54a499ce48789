"""Mute a topic, or the digests, for one recipient of mail channels, and take that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.channels.mailbox import envelope_address
from alerts.deciding.routing import recipients
from monitor.actions.refused import ActionRefused
from storage.model import RecipientMute

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from storage.database import Database
    from storage.model import Channel

DIGEST = "digest"  # means the digests, in place of a topic


class RecipientRefused(ActionRefused):
    """No channel has such a recipient, or there is no such topic."""


def mute_recipient(
    database: Database,
    target: str,
    address: str,
    *,
    topics: Sequence[str],
    channels: Iterable[Channel],
    now: datetime,
) -> tuple[RecipientMute, ...]:
    """Send an address no more alerts on a topic, or no more digests, until that is undone; return what is muted.

    Raises:
        RecipientRefused: no channel sends to the address, or there is no such topic.
    """
    mutes = _resolved(target, address, topics, channels, now=now)
    with database.write() as ledger:
        for one in mutes:
            ledger.recipient_mutes.add(one)
    return mutes


def unmute_recipient(
    database: Database,
    target: str,
    address: str,
    *,
    topics: Sequence[str],
    channels: Iterable[Channel],
    now: datetime,
) -> tuple[RecipientMute, ...]:
    """Send an address alerts on a topic, or digests, again; return what was muted.

    Raises:
        RecipientRefused: as for `mute_recipient`.
    """
    mutes = _resolved(target, address, topics, channels, now=now)
    with database.write() as ledger:
        return tuple(
            one
            for one in mutes
            if ledger.recipient_mutes.lift(one.channel, one.recipient, one.topic, now=now)
        )


def _resolved(
    target: str, address: str, topics: Sequence[str], channels: Iterable[Channel], *, now: datetime
) -> tuple[RecipientMute, ...]:
    if target not in (*topics, DIGEST):
        known = ", ".join([*topics, DIGEST])
        raise RecipientRefused(f"no topic {target!r}; with --to write one of: {known}")
    topic = target if target in topics else None
    mutes = tuple(
        RecipientMute(channel=channel.name, recipient=recipient, topic=topic, since=now)
        for channel in channels
        if channel.to
        for recipient in recipients(channel)
        if address in (recipient, envelope_address(recipient))
    )
    if not mutes:
        raise RecipientRefused(
            f"no channel sends mail to {address!r}; write an address from the `to` of a channel"
        )
    return mutes
