"""Channels with their state, waiting deliveries and held alerts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from monitor.views.alerts.held import HeldCount, read_held
from monitor.views.iso import iso

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.database import Ledger
    from storage.model import Channel, ChannelTrouble


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTraffic:
    """The waiting and dead deliveries of a channel, and when it last accepted one."""

    waiting: int = 0
    dead: int = 0
    last_sent: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """A channel, its trouble (None if it works), its deliveries, and the alerts that caps, quiet hours or mutes hold."""

    name: str
    type: str
    trouble: ChannelTrouble | None
    load: ChannelTraffic
    held: HeldCount

    @property
    def state(self) -> str:
        """`ok`, `failing` (probed by one message at a time) or `stopped` (until it is resumed)."""
        if self.trouble is None:
            return "ok"
        return "stopped" if self.trouble.probe_at is None else "failing"


def read_channels(ledger: Ledger, channels: Iterable[Channel]) -> tuple[ChannelView, ...]:
    """Return the configured channels in their order."""
    troubles, traffic = ledger.channels.troubles(), _traffic(ledger)
    held = read_held(ledger)
    return tuple(
        ChannelView(
            name=channel.name,
            type=channel.type,
            trouble=troubles.get(channel.name),
            load=traffic.get(channel.name, ChannelTraffic()),
            held=held.get(channel.name, HeldCount()),
        )
        for channel in channels
    )


def _traffic(ledger: Ledger) -> dict[str, ChannelTraffic]:
    return {
        name: ChannelTraffic(waiting=one.waiting, dead=one.dead, last_sent=one.last_sent)
        for name, one in ledger.channels.traffic().items()
    }


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
