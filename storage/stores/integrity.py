"""Checks of rules about rows that no constraint can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from storage import schema
from storage.model import DeliveryState
from storage.stores.delivery_leases import WAITING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_alerts, _messages, _deliveries = schema.alerts.c, schema.messages.c, schema.deliveries.c


class Integrity:
    """The check of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def faults(self) -> Iterator[str]:
        """Yield what would never be told or sent, in words."""
        addressed = exists(select(_deliveries.id).where(_deliveries.message_id == _messages.id))
        untold = _alerts.message_id.is_(None) & _alerts.held.is_(None)
        timeless = _deliveries.state.in_(WAITING) & _deliveries.next_at.is_(None)
        endless = (_deliveries.state == DeliveryState.LEASED) & _deliveries.lease_until.is_(None)
        remedy = "`storywatch alerts replay` sends them"
        for ids, words in (
            (select(_messages.id).where(~addressed), "messages go to nobody"),
            (select(_alerts.id).where(untold), "alerts are neither told nor held"),
            (select(_deliveries.id).where(timeless), f"deliveries wait for no time: {remedy}"),
            (select(_deliveries.id).where(endless), "deliveries are being sent for ever"),
        ):
            count = self._connection.execute(select(func.count()).select_from(ids.subquery())).scalar_one()
            if count:
                yield f"{count} {words}"
