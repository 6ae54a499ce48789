"""Checks of rules that constraints of the database cannot express."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from storage import schema
from storage.model import DeliveryState
from storage.model.delivery_state import WAITING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_alerts, _messages, _deliveries = schema.alerts.c, schema.messages.c, schema.deliveries.c


class Integrity:
    """The checks, within one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each kind of row that would never be alerted or sent."""
        addressed = exists(select(_deliveries.id).where(_deliveries.message_id == _messages.id))
        undecided = _alerts.message_id.is_(None) & _alerts.held.is_(None)
        timeless = _deliveries.state.in_(WAITING) & _deliveries.next_at.is_(None)
        endless = (_deliveries.state == DeliveryState.LEASED) & _deliveries.lease_until.is_(None)
        remedy = "`storywatch alerts replay` sends them"
        for ids, words in (
            (select(_messages.id).where(~addressed), "messages have no delivery"),
            (select(_alerts.id).where(undecided), "alerts are neither sent nor held"),
            (select(_deliveries.id).where(timeless), f"deliveries wait without a due time: {remedy}"),
            (select(_deliveries.id).where(endless), "deliveries are leased without an end"),
        ):
            count = self._connection.execute(select(func.count()).select_from(ids.subquery())).scalar_one()
            if count:
                yield f"{count} {words}"
