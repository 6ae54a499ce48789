"""What receivers answered, fit to store and show: one line, short, without secrets."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from alerts.channels.interface import MAX_REPLY, MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.model import Channel

HIDDEN = "[hidden]"
SHORTEST_SECRET = 4  # characters; hiding shorter ones would eat ordinary words


def secrets_of(channel: Channel) -> tuple[str, ...]:
    """Return what of a channel may never be shown: its URL, its signing secrets, its credentials."""
    values = (channel.url, channel.username, channel.password, *channel.secrets)
    return tuple(sorted((v for v in values if v and len(v) >= SHORTEST_SECRET), key=len, reverse=True))


def spoken(text: str, *, secrets: Iterable[str] = ()) -> str:
    """Return `text` as one safe line of at most 500 characters with every secret hidden."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    line = re.sub(r" +", " ", visible).strip()
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"


def reply_text(body: bytes, *, secrets: Iterable[str] = ()) -> str:
    """Return the first 16 kB of an answer as text with every secret hidden, fit for the ledger."""
    text = body[:MAX_REPLY].decode("utf-8", "replace").replace("\0", "\ufffd")
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text
