"""Links in messages, and their uses."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime


class LinkAction(StrEnum):
    """The action of a link."""

    YES = "yes"
    NO = "no"
    MUTE = "mute"
    UNSUBSCRIBE = "unsubscribe"


@value
class StoryLinks:
    """The addresses that a message carries for a story: its page, and one for each answer."""

    open: str
    yes: str
    no: str
    mute: str


@value
class Button:
    """A link that a push service shows as a button; `posts` says that pressing it sends a POST."""

    label: str
    url: str
    posts: bool = True


@value
class LinkUse:
    """The use of a link. `token` is the link's signature, `target` a story's id or a recipient's address.

    `topics` is empty if a recipient wants no more digests.
    """

    token: str
    action: LinkAction
    target: str
    topics: tuple[str, ...]
    channel: str
    done_at: datetime
    undone_at: datetime | None = None


@value
class RecipientMute:
    """A recipient's wish to get no more alerts on a topic over a channel; `topic` is None for its digests.

    `until` is None until the wish is undone.
    """

    channel: str
    recipient: str
    topic: str | None
    since: datetime
    until: datetime | None = None

    def was_active(self, moment: datetime) -> bool:
        """Return whether the mute was in force then."""
        return self.since <= moment and (self.until is None or moment < self.until)
