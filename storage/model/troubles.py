"""Feeds and channels that need their owner's attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.feed_state import FeedState


@value
class FeedTrouble:
    """A feed that needs its owner's attention: since its last success, and a sentence that says why."""

    id: int
    title: str
    url: str
    state: FeedState
    since: datetime | None
    error: str


@value
class ChannelTrouble:
    """A channel that has accepted nothing since a given time, in `failures` attempts in a row.

    `probe_at` is when one message is attempted again; None if the owner must resume the channel.
    """

    channel: str
    since: datetime
    failures: int
    probe_at: datetime | None
    error: str
