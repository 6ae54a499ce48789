"""Messages and deliveries."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.covered import CoverageReport
    from storage.model.delivery_state import DeliveryState
    from storage.model.linked import Button, LinkUse
    from storage.model.matched import Story, StoryNews
    from storage.model.troubles import FeedTrouble


class AlertState(StrEnum):
    """Whether a story was alerted: on at least one channel, only held so far, on no channel, or not decided yet."""

    ALERTED = "told"
    HELD = "held"
    SILENT = "silent"
    WAITING = "waiting"


@value
class StoryFilter:
    """The stories that a reader wants: on a topic, with an item first seen in a period, alerted, held or silent.

    `unread_since` leaves those out to which nothing was added since.
    """

    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    alert_state: AlertState | None = None
    unread_since: datetime | None = None


class Phase(StrEnum):
    """The phase of an attempt: in `preparing` the receiver has nothing, from `sending` on it may have the message."""

    PREPARING = "preparing"
    SENDING = "sending"


@value
class HeldStory:
    """A story held on a channel by a cap or quiet hours until a time; None: until the channel's digest."""

    story: Story
    channel: str
    reason: str
    until: datetime | None


@value
class Digest:
    """The stories of a period in one message; `held` alerts were held by caps or quiet hours and are sent here.

    `holding` lists the stories that were held, or still are. `more` stories were left out for room. `link_uses` is what
    was done through links of messages; `pages` is the public address of the pages, None where none are served. `coverage` says
    what only control feeds carried, None without any.
    """

    since: datetime
    until: datetime
    stories: tuple[StoryNews, ...]
    held: int = 0
    holding: tuple[HeldStory, ...] = ()
    troubles: tuple[FeedTrouble, ...] = ()
    more: int = 0
    link_uses: tuple[LinkUse, ...] = ()
    pages: str | None = None
    coverage: CoverageReport | None = None


@value
class Message:
    """A rendered alert or digest for one channel, never changed once stored: every attempt sends the same bytes.

    `kind` is the webhook event type. `body` is JSON for a webhook and text for the console and for mail, which may
    have `html` beside it. `thread` joins the mails of one story. `buttons` are links for services that show
    buttons.
    """

    id: str
    channel: str
    kind: str
    subject: str
    body: bytes
    html: bytes | None = None
    thread: str | None = None
    buttons: tuple[Button, ...] = ()
    created_at: datetime


@value
class Delivery:
    """One message to one recipient. `id` never changes: it is the `webhook-id` and a part of the Message-ID.

    `unsubscribe` is the link by which the recipient of a mail ends such mails.
    """

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
    unsubscribe: str | None = None
