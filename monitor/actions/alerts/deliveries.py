"""Sends deliveries again or discards them: all of the named ones, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from alerts.find_delivery import DeliveryNotFound, find_delivery
from monitor.actions.refused import ActionRefused
from storage.model import DISCARDED, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.database import Database, Ledger
    from storage.stores.outbox import Posting


class DeliveryRefused(ActionRefused):
    """The delivery does not exist, or its state does not allow the action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDone:
    """The result for one delivery; `new_id` is set if it is sent again under another id."""

    id: str
    subject: str
    new_id: str | None = None


def replay(
    database: Database, idents: Sequence[str], *, as_new: bool = False, now: datetime
) -> tuple[DeliveryDone, ...]:
    """Make deliveries due again with the same bytes, under the same id or `as_new`.

    Raises:
        DeliveryRefused: one does not exist or is being sent.
    """
    with database.write() as ledger:
        return tuple(_replay(ledger, one, as_new=as_new, now=now) for one in _named(ledger, idents))


def replay_dead(
    database: Database, *, channel: str | None = None, as_new: bool = False, now: datetime
) -> tuple[DeliveryDone, ...]:
    """Make every dead delivery, or those of one channel, due again; discarded ones stay discarded."""
    with database.write() as ledger:
        dead = ledger.outbox.postings(states=(DeliveryState.DEAD,), channel=channel)
        failed = [one for one in reversed(dead) if one.delivery.last_error != DISCARDED]
        return tuple(_replay(ledger, one, as_new=as_new, now=now) for one in failed)


def discard(database: Database, idents: Sequence[str], *, now: datetime) -> tuple[DeliveryDone, ...]:
    """Discard deliveries: they stay in the database and are not tried again.

    Raises:
        DeliveryRefused: one does not exist, was sent, or is being sent.
    """
    with database.write() as ledger:
        postings = _named(ledger, idents)
        for one in postings:
            if not ledger.deliveries.discard(one.delivery.id, now=now):
                raise DeliveryRefused(f"{one.delivery.id} was sent or is being sent, and cannot be discarded")
    return tuple(_done(one) for one in postings)


def _named(ledger: Ledger, idents: Sequence[str]) -> list[Posting]:
    try:
        return [find_delivery(ledger, ident) for ident in idents]
    except DeliveryNotFound as error:
        raise DeliveryRefused(str(error), error.command_hint) from None


def _replay(ledger: Ledger, posting: Posting, *, as_new: bool, now: datetime) -> DeliveryDone:
    delivery_id = posting.delivery.id
    if as_new:
        new = f"dlv_{uuid4().hex}"
        ledger.deliveries.replay_as_new(delivery_id, message_id=f"msg_{uuid4().hex}", new_id=new, now=now)
        return _done(posting, new_id=new)
    if not ledger.deliveries.replay(delivery_id, now=now):
        raise DeliveryRefused(f"{delivery_id} is being sent now; wait for its result")
    return _done(posting)


def _done(posting: Posting, *, new_id: str | None = None) -> DeliveryDone:
    return DeliveryDone(id=posting.delivery.id, subject=posting.message.subject, new_id=new_id)
