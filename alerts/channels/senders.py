"""Which sender serves which type of channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from alerts.channels.atomfile import AtomFileSender
from alerts.channels.command import CommandSender
from alerts.channels.console import ConsoleSender
from alerts.channels.email import EmailSender
from alerts.channels.webhook import WebhookSender
from storage.model import ChannelType

if TYPE_CHECKING:
    from alerts.channels.protocol import Console, HttpClient, Sender
    from storage.model import Channel


def sender_for(channel: Channel, *, http: HttpClient, stdout: Console) -> Sender:
    """Return the sender for this channel; make one a channel and keep it. Raises ValueError for an incomplete channel."""
    match channel.type:
        case ChannelType.EMAIL:
            return EmailSender(channel)
        case ChannelType.WEBHOOK:
            return WebhookSender(channel, http=http)
        case ChannelType.CONSOLE:
            return ConsoleSender(stdout)
        case ChannelType.COMMAND:
            return CommandSender(channel)
        case ChannelType.FEED:
            return AtomFileSender(channel)
    assert_never(channel.type)
