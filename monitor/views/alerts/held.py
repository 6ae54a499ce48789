"""The alerts that caps, quiet hours and mutes hold, by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCount:
    """The number of held alerts, and when the first hold ends; None: with the channel's digest."""

    count: int = 0
    until: datetime | None = None


def read_held(ledger: Ledger) -> dict[str, HeldCount]:
    """Return the held alerts of the channels that have any."""
    held = ledger.channels.held_alerts()
    return {channel: HeldCount(count=one.count, until=one.until) for channel, one in held.items()}
