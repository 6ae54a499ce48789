"""The states of deliveries."""

from __future__ import annotations

from enum import StrEnum

DISCARDED = "discarded: by hand"  # the last error of a delivery that its owner discarded


class DeliveryState(StrEnum):
    """The state of a delivery."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    UNKNOWN = "unknown"
    HELD = "held"
    DEAD = "dead"


WAITING = (DeliveryState.PENDING, DeliveryState.UNKNOWN)  # are sent when their time comes
