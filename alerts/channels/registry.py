"""Which sender serves which type of channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from alerts.channels.apprise import ChatSender
from alerts.channels.atomfile import AtomFileSender
from alerts.channels.command import CommandSender
from alerts.channels.console import ConsoleSender, as_written
from alerts.channels.email import EmailSender
from alerts.channels.webhook import WebhookSender
from storage.model import ChannelType

if TYPE_CHECKING:
    from collections.abc import Callable

    from alerts.channels.interface import Console, HttpClient, Sender
    from storage.model import Channel


def sender_for(
    channel: Channel, *, http: HttpClient, stdout: Console, paint: Callable[[str], str] = as_written
) -> Sender:
    """Return the sender for this channel: make one for each channel and keep it.

    `paint` colours what the console shows. Raises ValueError for a channel that lacks what its type needs.
    """
    match channel.type:
        case ChannelType.EMAIL:
            return EmailSender(channel)
        case ChannelType.WEBHOOK:
            return WebhookSender(channel, http=http)
        case ChannelType.CONSOLE:
            return ConsoleSender(stdout, paint=paint)
        case ChannelType.COMMAND:
            return CommandSender(channel)
        case ChannelType.FEED:
            return AtomFileSender(channel)
        case ChannelType.APPRISE:
            return ChatSender(channel)
    assert_never(channel.type)
