"""The number of alerts held by caps, quiet hours and mutes, for each channel, and the routes at their caps."""

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


@value
class CappedRoute:
    """A route that reached `max_per_hour` on a channel: the alerts that wait, and when the next one may be sent.

    `until` is None if the channel's digest carries them.
    """

    route: str
    channel: str
    waiting: int
    until: datetime | None


def read_capped(ledger: Ledger) -> tuple[CappedRoute, ...]:
    """Return the routes whose alerts wait for their cap."""
    held = ledger.channels.capped()
    return tuple(
        CappedRoute(route=one.route, channel=one.channel, waiting=one.count, until=one.until) for one in held
    )


def read_held(ledger: Ledger) -> dict[str, HeldCount]:
    """Return the counts for the channels with held alerts."""
    held = ledger.channels.held_alerts()
    return {channel: HeldCount(count=one.count, until=one.until) for channel, one in held.items()}
