"""Writes messages to standard output, for a terminal or a pipe."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from alerts.channels.interface import Accepted, Blocked, unannounced
from alerts.channels.kind import ChannelKind
from alerts.channels.redact import safe_line
from storage.model import MessageForm
from storage.shortage import resource_shortage

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from alerts.channels.interface import Announce, Answer, Console, Sender
    from alerts.channels.kind import SenderParts
    from storage.model import Channel, Delivery, Message


class ConsoleSender:
    """Writes each message as one block; blocks are never interleaved."""

    def __init__(self, stdout: Console, *, paint: Callable[[str], str] = str) -> None:
        self._stdout = stdout
        self._paint = paint
        self._encoding = getattr(stdout, "encoding", None) or "utf-8"
        self._turn = asyncio.Lock()

    async def send(
        self, message: Message, delivery: Delivery, *, now: datetime, announce: Announce = unannounced
    ) -> Answer:
        """Write the message; a closed or full output pauses the channel."""
        del delivery, now
        text = message.body.decode("utf-8", "replace")
        # On a terminal with an old code page, unknown characters become question marks; the alert is not lost.
        shown = text.encode(self._encoding, "replace").decode(self._encoding)
        async with self._turn:
            await announce()
            try:
                await asyncio.to_thread(self._write, self._paint(shown) + "\n")
            except (OSError, ValueError, RuntimeError) as error:
                if shortage := resource_shortage(error):
                    raise shortage from error
                if isinstance(error, RuntimeError):
                    raise
                return Blocked(
                    text=safe_line(f"standard output: {error}; restart storywatch with an open one")
                )
        return Accepted(text="written to standard output")

    def _write(self, text: str) -> None:
        self._stdout.write(text)
        self._stdout.flush()


def _sender(channel: Channel, parts: SenderParts) -> Sender:
    del channel
    return ConsoleSender(parts.stdout, paint=parts.paint)


KIND = ChannelKind(name="console", form=MessageForm.TEXT, sender=_sender)
