"""Chat and push services through apprise (the `apprise` extra): one channel is one apprise URL."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from alerts.channels.interface import GRACE, SEND_DEADLINE, Accepted, Deferred, Unknown, unannounced
from alerts.channels.kind import ChannelKind, KeyProblem
from alerts.channels.redact import safe_line, secrets_of
from storage.model import MessageForm
from storage.shortage import ResourceShortage, is_shortage_named, resource_shortage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from alerts.channels.interface import Announce, Answer, Sender
    from alerts.channels.kind import SenderParts
    from storage.model import Button, Channel, Delivery, Message


def _import_apprise() -> Any:
    """Import apprise with its logging kept out of ours: its lines may show addresses; failures are reported here."""
    import apprise  # noqa: PLC0415  # an extra, and a quarter of a second

    log = logging.getLogger("apprise")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    return apprise


NTFY = ("ntfy", "ntfys")  # schemes of the one service whose buttons apprise passes on
MAX_BUTTONS = 3  # that ntfy shows


def _with_buttons(url: str, buttons: Sequence[Button]) -> str:
    """Return ntfy's address with a message's buttons, and with the page that a tap on it opens (docs.ntfy.sh).

    Parts of the address that the owner wrote are kept. Buttons send a POST without opening a browser.
    """
    parts = urlsplit(url)
    if parts.scheme not in NTFY or not buttons:
        return url
    given = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    actions = [
        {"action": "http", "label": one.label, "url": one.url, "method": "POST", "clear": True}
        for one in buttons
        if one.posts
    ]
    page = next((one.url for one in buttons if not one.posts), "")
    wanted = {"actions": json.dumps(actions[:MAX_BUTTONS], separators=(",", ":")), "click": page}
    missing = {name: value for name, value in wanted.items() if value and name not in given}
    added = urlencode(missing, quote_via=quote)  # apprise leaves a `+` as it is
    return f"{url}{'&' if parts.query else '?'}{added}" if added else url


class ChatSender:
    """Sends each message through apprise as plain text; long ones are split as the service requires."""

    def __init__(self, channel: Channel) -> None:
        self._apprise = _import_apprise()
        self._url = channel.url or ""
        if not self._url or self._opened(self._url) is None:
            raise ValueError(f"channel '{channel.name}': apprise does not know its url")
        self._name = channel.name
        self._hidden = secrets_of(channel)
        self._turn = asyncio.Lock()  # apprise writes all failures to one log

    def _opened(self, url: str) -> Any:
        """Return apprise for an address; None if it knows no such service."""
        service = self._apprise.Apprise()
        if not service.add(url):
            return None
        if "overflow=" not in url:
            for one in service:
                one.overflow_mode = self._apprise.OverflowMode.SPLIT
        return service

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
        service = self._opened(_with_buttons(self._url, message.buttons))
        with self._apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as log:
            try:
                taken = await service.async_notify(
                    title=message.subject,
                    body=message.body.decode("utf-8", "replace"),
                    body_format=self._apprise.NotifyFormat.TEXT,
                )
            except (OSError, RuntimeError, MemoryError) as error:
                if shortage := resource_shortage(error):
                    raise shortage from error
                raise
            log_text = safe_line("; ".join(log.getvalue().split("\n")).strip("; "), secrets=self._hidden)
        if taken:
            return Accepted(text="accepted by the service")
        if is_shortage_named(log_text):  # apprise reports the error only in its log
            raise ResourceShortage(log_text)
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
