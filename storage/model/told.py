"""Messages and deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.matched import Story, StoryNews
    from storage.model.polled import FeedTrouble


DISCARDED = "discarded: by hand"  # the last error of a delivery its owner gave up


class DeliveryState(StrEnum):
    """Where one message to one recipient stands."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    UNKNOWN = "unknown"
    HELD = "held"
    DEAD = "dead"


class Phase(StrEnum):
    """How far a try came: in `preparing` the receiver surely has nothing, from `sending` on it may have the message."""

    PREPARING = "preparing"
    SENDING = "sending"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldStory:
    """A story that a cap or quiet hours keep back on a channel, until then; None: for the channel's digest."""

    story: Story
    channel: str
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The stories of a period, told together; `held` alerts were kept back by caps or quiet hours, and are told here.

    `holding` names what was held, or still is.
    """

    since: datetime
    until: datetime
    stories: tuple[StoryNews, ...]
    held: int = 0
    holding: tuple[HeldStory, ...] = ()
    troubles: tuple[FeedTrouble, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A rendered alert or digest for one channel: frozen when written, the same bytes on every try.

    `kind` is the webhook event type. `body` is what the channel sends: JSON for a webhook, text for the console and
    for mail, which may bring `html` beside it. `thread` ties the mails of one story together.
    """

    id: str
    channel: str
    kind: str
    subject: str
    body: bytes
    html: bytes | None = None
    thread: str | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one recipient. `id` never changes: it is the `webhook-id` and stands in the Message-ID."""

    id: str
    message_id: str
    channel: str
    recipient: str
    state: DeliveryState
    created_at: datetime
    attempts: int = 0
    next_at: datetime | None = None
    first_try: datetime | None = None
    last_error: str | None = None
    lease_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTrouble:
    """A channel that takes nothing since then, in `failures` tries in a row.

    `probe_at` is when one message tries it again, None if its owner must resume it.
    """

    channel: str
    since: datetime
    failures: int
    probe_at: datetime | None
    error: str
