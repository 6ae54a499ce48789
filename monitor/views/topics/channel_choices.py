"""The channels that a new topic may alert, and which of them get every topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChoice:
    """A channel: `alerts` and `digests` say that a route sends it the alerts or digests of every topic, including a new one."""

    name: str
    type: str
    alerts: bool
    digests: bool


def channel_choices(settings: Settings) -> tuple[ChannelChoice, ...]:
    """Return every channel, in the order of the configuration."""
    everything = [route for route in settings.routes if "*" in route.topics]
    alerts = {name for route in everything if not route.is_digest for name in route.channels}
    digests = {name for route in everything if route.is_digest for name in route.channels}
    return tuple(
        ChannelChoice(name=one.name, type=one.type, alerts=one.name in alerts, digests=one.name in digests)
        for one in settings.channels
    )
