"""Routes: which topics go to which channels, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, time, timedelta
    from zoneinfo import ZoneInfo


class MessageForm(StrEnum):
    """What a message is rendered to: JSON for programs, an Atom entry, plain text, text inert in chats, or text and HTML."""

    JSON = "json"
    ATOM = "atom"
    TEXT = "text"
    CHAT = "chat"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where messages go. `type` names an `alerts.channels` kind, which says what fields count; secrets never stand in its `repr`."""

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
    """When a story already told is told again."""

    NEVER = "never"
    WHEN_IT_GROWS = "when-it-grows"
    EVERY_ITEM = "every-item"


class MuteKind(StrEnum):
    """What can be muted."""

    TOPIC = "topic"
    STORY = "story"
    FEED = "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """The owner's wish to hear nothing of something until then; `target` is a topic's name, else an id."""

    kind: MuteKind
    target: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a route tells: `quiet` is (from, to) in the route's time zone and may pass midnight.

    Topics of `priority` are told in quiet hours too; `*` stands for all. `max_per_hour` counts the channel's messages
    of all routes without a cap of their own, or with `has_own_cap` those of this route alone.
    """

    group_wait: timedelta
    updates: Updates
    max_per_hour: int
    quiet: tuple[time, time] | None
    timezone: ZoneInfo
    priority: tuple[str, ...] = ()
    has_own_cap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which topics go to which channels, and how. `topics` may hold `*`; `at` (cron) is set on digest routes.

    `tells_nothing` says whether a digest without a story is sent, too.
    """

    name: str
    topics: tuple[str, ...]
    channels: tuple[str, ...]
    policy: Policy
    at: str | None = None
    tells_nothing: bool = False

    @property
    def is_digest(self) -> bool:
        """Whether this route sends digests rather than alerts."""
        return self.at is not None

    def takes(self, topic: str) -> bool:
        """Whether stories of this topic go this way."""
        return "*" in self.topics or topic in self.topics
