"""What a renderer hands to the outbox."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One message for one channel. `kind` is the webhook event type; `thread` ties the mails of one story together.

    `body` is what the channel sends: JSON for webhooks and commands, text for mail and the console, an Atom entry
    for a feed. `html` stands beside the text of a mail. `stories` says how many of the given stories it tells.
    """

    kind: str
    subject: str
    body: bytes
    html: bytes | None = None
    thread: str | None = None
    stories: int = 0
