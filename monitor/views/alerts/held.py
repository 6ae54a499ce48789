"""The number of alerts held by caps, quiet hours and mutes, for each channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Ledger


@value
class HeldCount:
    """The number of held alerts, and the end of the first hold; None if the channel's digest ends it."""

    count: int = 0
    until: datetime | None = None


def read_held(ledger: Ledger) -> dict[str, HeldCount]:
    """Return the counts for the channels with held alerts."""
    held = ledger.channels.held_alerts()
    return {channel: HeldCount(count=one.count, until=one.until) for channel, one in held.items()}
