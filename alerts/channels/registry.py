"""The registry of channel types. A type's module is imported when a channel of that type is configured."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from alerts.channels.kind import SenderParts

if TYPE_CHECKING:
    from collections.abc import Callable

    from alerts.channels.interface import Console, HttpClient, Sender
    from alerts.channels.kind import ChannelKind
    from storage.model import Channel

# The modules of this package that define a `KIND`.
_MODULES = {
    "email": "email",
    "webhook": "webhook",
    "console": "console",
    "command": "command",
    "feed": "atomfile",
    "apprise": "apprise",
}
CHANNEL_TYPES = tuple(_MODULES)
DEFAULT_TYPE = "console"  # for an owner who configures no channel


def kind_of(name: str) -> ChannelKind:
    """Return the channel type of this name; it must be one of `CHANNEL_TYPES`."""
    kind: ChannelKind = import_module(f"alerts.channels.{_MODULES[name]}").KIND
    return kind


def sender_for(
    channel: Channel, *, http: HttpClient, stdout: Console, paint: Callable[[str], str] = str
) -> Sender:
    """Return a sender for this channel; make one for each channel and keep it.

    `paint` colours console output. Raises ValueError for a channel without the keys that its type needs.
    """
    return kind_of(channel.type).sender(channel, SenderParts(http=http, stdout=stdout, paint=paint))
