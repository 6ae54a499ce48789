"""Chat and push services through apprise (the `apprise` extra): one channel is one apprise URL."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from alerts.channels.interface import GRACE, SEND_DEADLINE, Accepted, Deferred, Unknown, unannounced
from alerts.channels.kind import ChannelKind, KeyProblem
from alerts.channels.redact import secrets_of, spoken
from storage.model import MessageForm

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.channels.interface import Announce, Answer, Sender
    from alerts.channels.kind import SenderParts
    from storage.model import Channel, Delivery, Message


def _import_apprise() -> Any:
    """Import apprise with its log kept to itself: its lines may show addresses, and we tell what went wrong ourselves."""
    import apprise  # noqa: PLC0415  # an extra, and a quarter of a second

    log = logging.getLogger("apprise")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    return apprise


class ChatSender:
    """Hands each message to apprise as plain text; long ones are split as the service needs it."""

    def __init__(self, channel: Channel) -> None:
        apprise = _import_apprise()
        self._apprise = apprise
        self._service = apprise.Apprise()
        if not channel.url or not self._service.add(channel.url):
            raise ValueError(f"channel '{channel.name}': its url is none that apprise knows")
        if "overflow=" not in channel.url:
            for service in self._service:
                service.overflow_mode = apprise.OverflowMode.SPLIT
        self._name = channel.name
        self._hidden = secrets_of(channel)
        self._turn = asyncio.Lock()  # what apprise says of a failure stands in one log

    async def send(
        self, message: Message, delivery: Delivery, *, now: datetime, announce: Announce = unannounced
    ) -> Answer:
        """Notify once. Apprise says whether the service took it, and why not only in words."""
        del delivery, now
        async with self._turn:
            await announce()
            try:
                async with asyncio.timeout((SEND_DEADLINE - GRACE).total_seconds()):
                    return await self._notify(message)
            except TimeoutError:
                return Unknown(text=f"no answer within {int((SEND_DEADLINE - GRACE).total_seconds())} s")

    async def _notify(self, message: Message) -> Answer:
        with self._apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as log:
            taken = await self._service.async_notify(
                title=message.subject,
                body=message.body.decode("utf-8", "replace"),
                body_format=self._apprise.NotifyFormat.TEXT,
            )
            said = spoken("; ".join(log.getvalue().split("\n")).strip("; "), secrets=self._hidden)
        if taken:
            return Accepted(text="taken by the service")
        return Deferred(text=said or "the service did not take it")


def _sender(channel: Channel, parts: SenderParts) -> Sender:
    del parts
    return ChatSender(channel)


def _check_url(url: str) -> KeyProblem | None:
    if _import_apprise().Apprise.instantiate(url) is not None:
        return None
    return KeyProblem(problem="is no address that apprise knows", remedy="write one such as 'ntfys://topic'")


KIND = ChannelKind(
    name="apprise",
    form=MessageForm.CHAT,
    sender=_sender,
    needed=("url",),
    check_url=_check_url,
    package="apprise",
    extra="apprise",
)
