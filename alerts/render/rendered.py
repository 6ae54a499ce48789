"""The result of a renderer, as the outbox stores it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from storage.model import Button


@value
class Rendered:
    """One message for one channel. `kind` is the webhook event type; `thread` connects the mails of one story.

    `body` is what the channel sends: JSON for webhooks and commands, text for mail and the console, an Atom entry
    for a feed. `html` is the alternative to the text of a mail. `stories` is the number of stories in the message, `topics`
    are those of an alert, none for a digest. `buttons` are the links of a single story.
    """

    kind: str
    subject: str
    body: bytes
    html: bytes | None = None
    thread: str | None = None
    stories: int = 0
    topics: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
