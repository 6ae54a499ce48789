"""Pushes of feeds through hubs (WebSub): the offer of a feed, a subscription, and a pushed body."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime


class HubState(StrEnum):
    """The state of a subscription. ENDING: the hub is asked to end it; then the row is deleted."""

    WAITING = "waiting"
    ASKED = "asked"
    ACTIVE = "active"
    DENIED = "denied"
    ENDING = "ending"


@value
class HubOffer:
    """The hub that a feed names, and the topic under which that hub knows the feed."""

    hub: str
    topic: str


@value
class HubSubscription:
    """A subscription of a feed at a hub.

    `path` is the unguessable end of the callback, which is below `pages`, the public address. A `trusted` hub has
    pushed what polls would have found; then polling slows down. `counted_from` and `counted` bound the pushes a minute.
    """

    path: str
    feed_id: int
    offer: HubOffer
    pages: str
    secret: str = field(repr=False)
    state: HubState = HubState.WAITING
    lease_until: datetime | None = None
    next_at: datetime
    attempts: int = 0
    error: str | None = None
    trusted: bool = False
    last_push: datetime | None = None
    counted_from: datetime | None = None
    counted: int = 0

    @property
    def callback(self) -> str:
        """The address to which the hub sends."""
        return f"{self.pages}/push/{self.path}"

    def is_live(self, now: datetime) -> bool:
        """Whether the hub has to push at this time."""
        return self.state is HubState.ACTIVE and self.lease_until is not None and now < self.lease_until


@value
class PushedBody:
    """A signed body that waits to be read as an answer of its feed."""

    feed_id: int
    topic: str
    body: bytes = field(repr=False)
    content_type: str
    received_at: datetime
