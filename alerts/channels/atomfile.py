"""An Atom file of the alerts (channel type `feed`) that any feed reader can subscribe to.

The file is replaced atomically, except if the file itself is a mount point: then it is written in place.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from alerts.channels.interface import Accepted, Blocked, Deferred, unannounced
from alerts.channels.kind import ChannelKind
from alerts.channels.redact import safe_line
from storage.engine.replace_file import replace_file
from storage.model import MessageForm
from storage.shortage import resource_shortage

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.channels.interface import Announce, Answer, Sender
    from alerts.channels.kind import SenderParts
    from storage.model import Channel, Delivery, Message

KEPT = 100  # entries; older ones are in the database and in the readers that polled
MARK = b"<generator>storywatch</generator>"
# Text in an entry is escaped, so these patterns match our own tags only.
UPDATED = re.compile(rb"<updated>([^<]*)</updated>")
ENTRY = re.compile(rb"<entry>.*?</entry>", re.DOTALL)


class AtomFileSender:
    """Adds each message at the top of the file, under the id of its story: an update replaces the entry of the story.

    A message of several stories goes under the delivery's id. A second try replaces the first.
    """

    def __init__(self, channel: Channel) -> None:
        if not channel.path:
            raise ValueError(f"channel '{channel.name}': a feed channel needs a path")
        self._path = Path(channel.path)
        self._name = channel.name
        self._turn = asyncio.Lock()

    async def send(
        self, message: Message, delivery: Delivery, *, now: datetime, announce: Announce = unannounced
    ) -> Answer:
        """Rewrite the file with this message first; a file not written by storywatch is never changed."""
        del now
        async with self._turn:
            await announce()
            try:
                return await asyncio.to_thread(self._put, message, delivery)
            except (OSError, RuntimeError, MemoryError) as error:
                if shortage := resource_shortage(error):
                    raise shortage from error
                if not isinstance(error, OSError):
                    raise
                return Deferred(text=safe_line(f"{self._path}: {error.strerror or error}"))

    def _put(self, message: Message, delivery: Delivery) -> Answer:
        try:
            present = self._path.read_bytes()
        except FileNotFoundError:
            present = b""
        if present.strip() and MARK not in present:
            return Blocked(text=safe_line(f"{self._path}: not a file storywatch wrote; choose another path"))
        kind, name = ("story", message.thread) if message.thread else ("delivery", delivery.id)
        ident = f"<id>urn:storywatch:{kind}:{escape(name)}</id>".encode()
        stamp = message.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
        entries = ENTRY.findall(present)
        if any(ident in entry and _updated(entry) > stamp for entry in entries):
            return Accepted(text=safe_line(f"{self._path} already contains a later state of the story"))
        older = [entry for entry in entries if ident not in entry]
        entry = message.body.replace(
            b"<entry>", b"<entry>\n" + ident + b"\n<updated>" + stamp + b"</updated>", 1
        )
        replace_file(
            self._path, b"\n".join([self._head(stamp), entry.strip(), *older[: KEPT - 1], b"</feed>\n"])
        )
        return Accepted(text=safe_line(f"written to {self._path}"))

    def _head(self, stamp: bytes) -> bytes:
        name = escape(self._name).encode()
        return (
            b'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
            b"<id>urn:storywatch:channel:"
            + name
            + b"</id>\n<title>storywatch: "
            + name
            + b"</title>\n<updated>"
            b"" + stamp + b"</updated>\n<author><name>storywatch</name></author>\n" + MARK
        )


def _updated(entry: bytes) -> bytes:
    """Return when an entry of ours was written; times in this form sort as they are."""
    found = UPDATED.search(entry)
    return found[1] if found else b""


def _sender(channel: Channel, parts: SenderParts) -> Sender:
    del parts
    return AtomFileSender(channel)


KIND = ChannelKind(name="feed", form=MessageForm.ATOM, sender=_sender, needed=("path",))
