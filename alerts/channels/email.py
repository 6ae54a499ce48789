"""The channel type `email`: its keys, its retries by RFC 5321 4.5.4.1, its recipients."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.channels.kind import ChannelKind, KeyProblem, RetryPlan
from storage.model import MessageForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alerts.channels.interface import Sender
    from alerts.channels.kind import SenderParts
    from storage.model import Channel

LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
RETRIES = RetryPlan(
    steps=tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30)),
    then=timedelta(hours=1),
    give_up=timedelta(days=5),
    least_tries=24,  # a delivery is not given up because the channel or storywatch was down for days
    is_never_early=True,
)


def _sender(channel: Channel, parts: SenderParts) -> Sender:
    from alerts.channels.smtp import EmailSender  # noqa: PLC0415  # reading a configuration needs no SMTP

    del parts
    return EmailSender(channel)


def _recipients(channel: Channel) -> Sequence[str]:
    return tuple(dict.fromkeys(channel.to))


def _warnings(channel: Channel) -> Iterable[KeyProblem]:
    if channel.password and channel.security == "none" and channel.host not in LOCAL_HOSTS:
        yield KeyProblem(
            key="security",
            problem="the password is sent over the network in clear text",
            remedy="write 'starttls' or 'tls'",
        )


KIND = ChannelKind(
    name="email",
    form=MessageForm.MAIL,
    sender=_sender,
    needed=("to", "from"),
    possible=("host", "port", "security", "username", "password"),
    retries=RETRIES,
    recipients=_recipients,
    warnings=_warnings,
)
