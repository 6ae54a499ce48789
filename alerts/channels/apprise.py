"""Chat and push services through apprise (the `apprise` extra): one channel is one apprise URL."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from alerts.channels.interface import GRACE, SEND_DEADLINE, Accepted, Deferred, Unknown, unannounced
from alerts.channels.kind import ChannelKind, KeyProblem
from alerts.channels.redact import safe_line, secrets_of
from storage.model import MessageForm
from storage.shortage import OwnShortage, is_shortage_named, own_shortage

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.channels.interface import Announce, Answer, Sender
    from alerts.channels.kind import SenderParts
    from storage.model import Channel, Delivery, Message


def _import_apprise() -> Any:
    """Import apprise with its logging kept out of ours: its lines may show addresses; failures are reported here."""
    import apprise  # noqa: PLC0415  # an extra, and a quarter of a second

    log = logging.getLogger("apprise")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    return apprise


class ChatSender:
    """Sends each message through apprise as plain text; long ones are split as the service requires."""

    def __init__(self, channel: Channel) -> None:
        apprise = _import_apprise()
        self._apprise = apprise
        self._service = apprise.Apprise()
        if not channel.url or not self._service.add(channel.url):
            raise ValueError(f"channel '{channel.name}': apprise does not know its url")
        if "overflow=" not in channel.url:
            for service in self._service:
                service.overflow_mode = apprise.OverflowMode.SPLIT
        self._name = channel.name
        self._hidden = secrets_of(channel)
        self._turn = asyncio.Lock()  # apprise writes all failures to one log

    async def send(
        self, message: Message, delivery: Delivery, *, now: datetime, announce: Announce = unannounced
    ) -> Answer:
        """Send once. Apprise returns whether the service accepted the message; the reason of a failure is in its log."""
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
            try:
                taken = await self._service.async_notify(
                    title=message.subject,
                    body=message.body.decode("utf-8", "replace"),
                    body_format=self._apprise.NotifyFormat.TEXT,
                )
            except (OSError, RuntimeError, MemoryError) as error:
                if shortage := own_shortage(error):
                    raise shortage from error
                raise
            log_text = safe_line("; ".join(log.getvalue().split("\n")).strip("; "), secrets=self._hidden)
        if taken:
            return Accepted(text="accepted by the service")
        if is_shortage_named(log_text):  # apprise reports the error only in its log
            raise OwnShortage(log_text)
        return Deferred(text=log_text or "the service did not accept it")


def _sender(channel: Channel, parts: SenderParts) -> Sender:
    del parts
    return ChatSender(channel)


def _check_url(url: str) -> KeyProblem | None:
    if _import_apprise().Apprise.instantiate(url) is not None:
        return None
    return KeyProblem(
        problem="is not an address that apprise knows", remedy="write one such as 'ntfys://topic'"
    )


KIND = ChannelKind(
    name="apprise",
    form=MessageForm.CHAT,
    sender=_sender,
    needed=("url",),
    check_url=_check_url,
    package="apprise",
    extra="apprise",
)
