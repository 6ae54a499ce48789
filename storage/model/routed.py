"""Routes: which topics go to which channels, and how."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime, time, timedelta
    from zoneinfo import ZoneInfo


class MessageForm(StrEnum):
    """The form of a rendered message: JSON, an Atom entry, plain text, text escaped for chats, or text and HTML."""

    JSON = "json"
    ATOM = "atom"
    TEXT = "text"
    CHAT = "chat"
    MAIL = "mail"


@value
class Channel:
    """A destination of messages. `type` names a kind in `alerts.channels`, which uses some fields; `repr` hides secrets."""

    name: str
    type: str
    to: tuple[str, ...] = ()
    sender: str = ""
    host: str = "localhost"
    port: int = 25
    security: str = "starttls"
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    command: tuple[str, ...] = ()
    path: str | None = None


class Updates(StrEnum):
    """The setting that decides when a story is alerted again."""

    NEVER = "never"
    WHEN_IT_GROWS = "when-it-grows"
    EVERY_ITEM = "every-item"


class MuteKind(StrEnum):
    """The kinds of things that can be muted."""

    TOPIC = "topic"
    STORY = "story"
    FEED = "feed"


@value
class Mute:
    """A topic, story or feed without alerts until a given time; `target` is a topic's name or an id."""

    kind: MuteKind
    target: str
    since: datetime
    until: datetime


@value
class Policy:
    """The alert policy of a route: `quiet` is (from, to) in the route's time zone and may pass midnight.

    Topics in `priority` are alerted in quiet hours too; `*` means all topics. `max_per_hour` counts the channel's messages
    of all routes without a cap of their own, or with `has_own_cap` those of this route alone.
    """

    group_wait: timedelta
    updates: Updates
    max_per_hour: int
    quiet: tuple[time, time] | None
    timezone: ZoneInfo
    priority: tuple[str, ...] = ()
    has_own_cap: bool = False


@value
class Route:
    """The topics that go to a set of channels, and how. `topics` may hold `*`; `at` (cron) is set on digest routes.

    `sends_empty` says whether a digest is sent even without a story.
    """

    name: str
    topics: tuple[str, ...]
    channels: tuple[str, ...]
    policy: Policy
    at: str | None = None
    sends_empty: bool = False

    @property
    def is_digest(self) -> bool:
        """Whether this route sends digests rather than alerts."""
        return self.at is not None

    def takes(self, topic: str) -> bool:
        """Whether this route takes stories of a topic."""
        return "*" in self.topics or topic in self.topics
