"""Channels with their states, waiting deliveries and held alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.views.alerts.held import HeldCount, read_held
from monitor.views.iso import iso
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.database import Ledger
    from storage.model import Channel, ChannelTrouble


@value
class ChannelTraffic:
    """The numbers of a channel's waiting and dead deliveries, and the time of its last accepted one."""

    waiting: int = 0
    dead: int = 0
    last_sent: datetime | None = None


@value
class ChannelTroubleView:
    """The trouble of a channel: since when, its last error, and the next trial; None if it waits for the owner."""

    since: datetime
    probe_at: datetime | None
    error: str


@value
class ChannelView:
    """A channel, its trouble (None if it works), its deliveries, and its held alerts."""

    name: str
    type: str
    trouble: ChannelTroubleView | None
    load: ChannelTraffic
    held: HeldCount

    @property
    def state(self) -> str:
        """`ok`, `failing` (one message at a time is tried), or `stopped` (until the owner resumes it)."""
        if self.trouble is None:
            return "ok"
        return "stopped" if self.trouble.probe_at is None else "failing"


def read_channels(ledger: Ledger, channels: Iterable[Channel]) -> tuple[ChannelView, ...]:
    """Return the channels in the order of the configuration."""
    troubles, traffic = ledger.channels.troubles(), _traffic(ledger)
    held = read_held(ledger)
    return tuple(
        ChannelView(
            name=channel.name,
            type=channel.type,
            trouble=_trouble(troubles.get(channel.name)),
            load=traffic.get(channel.name, ChannelTraffic()),
            held=held.get(channel.name, HeldCount()),
        )
        for channel in channels
    )


def _trouble(trouble: ChannelTrouble | None) -> ChannelTroubleView | None:
    if trouble is None:
        return None
    return ChannelTroubleView(since=trouble.since, probe_at=trouble.probe_at, error=trouble.error)


def _traffic(ledger: Ledger) -> dict[str, ChannelTraffic]:
    return {
        name: ChannelTraffic(waiting=one.waiting, dead=one.dead, last_sent=one.last_sent)
        for name, one in ledger.channels.traffic().items()
    }


def channel_json(view: ChannelView) -> dict[str, Any]:
    """Return an entry of the output of `channels list --format json`."""
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
