"""Channels with their state, waiting deliveries and held alerts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor.views.iso import iso
from storage.stores.channels import ChannelLoad, HeldAlerts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.database import Ledger
    from storage.model import Channel, ChannelTrouble


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """A channel, its trouble (None if it works), its deliveries, and the alerts that caps, quiet hours or mutes hold."""

    name: str
    type: str
    trouble: ChannelTrouble | None
    load: ChannelLoad
    held: HeldAlerts

    @property
    def state(self) -> str:
        """`ok`, `failing` (probed by one message at a time) or `stopped` (until it is resumed)."""
        if self.trouble is None:
            return "ok"
        return "stopped" if self.trouble.probe_at is None else "failing"


def read_channels(ledger: Ledger, channels: Iterable[Channel]) -> tuple[ChannelView, ...]:
    """Return the configured channels in their order."""
    troubles, traffic = ledger.channels.troubles(), ledger.channels.traffic()
    held = ledger.channels.held_alerts()
    return tuple(
        ChannelView(
            name=channel.name,
            type=channel.type,
            trouble=troubles.get(channel.name),
            load=traffic.get(channel.name, ChannelLoad()),
            held=held.get(channel.name, HeldAlerts()),
        )
        for channel in channels
    )


def channel_json(view: ChannelView) -> dict[str, Any]:
    """Return an entry of what `channels list --format json` prints."""
    trouble = view.trouble
    return {
        "name": view.name,
        "type": view.type,
        "state": view.state,
        "since": None if trouble is None else iso(trouble.since),
        "probe_at": None if trouble is None else iso(trouble.probe_at),
        "last_error": None if trouble is None else trouble.error,
        "waiting": view.load.waiting,
        "held": view.held.count,
        "held_until": iso(view.held.until),
        "dead": view.load.dead,
        "last_sent": iso(view.load.last_sent),
    }
