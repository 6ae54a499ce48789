"""The values every part of storywatch speaks in: frozen, keyword-only, times in aware UTC.

A *publication* is an item as a feed gave it; an `Item` is the same once the ledger knows it.
Everything here is data: no input or output, no clock, no rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.habit import Habit, Move, Traffic

if TYPE_CHECKING:
    from datetime import datetime, time, timedelta
    from zoneinfo import ZoneInfo


class FeedState(StrEnum):
    """How a feed is doing, as `feeds list` names it."""

    OK = "ok"
    FAILING = "failing"
    SILENT = "silent"
    GONE = "gone"
    PAUSED = "paused"


class Seen(StrEnum):
    """What an item of a polled document turned out to be."""

    FIRST_POLL = "first-poll"
    NEW = "new"
    REVISION = "revision"
    REPUBLISHED = "republished"


class Reason(StrEnum):
    """Why a story is told."""

    NEW = "new"
    GREW = "grew"


class DeliveryState(StrEnum):
    """Where one message to one recipient stands."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    UNKNOWN = "unknown"
    HELD = "held"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """`ETag` and `Last-Modified` exactly as a server sent them (RFC 9110, 8.8); never parsed."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One item as a feed gave it: decoded and free of control characters; summary and content may hold HTML.

    `publisher_id` is the publisher's own id as given. `url` is absolute http(s) or None. `published_at` is
    what the feed claims (never in the future of the poll), None when it claims nothing.
    """

    publisher_id: str | None = None
    title: str = ""
    summary: str = ""
    content: str = ""
    url: str | None = None
    author: str | None = None
    language: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A subscribed URL and what polling it has taught us. `url` is the configured one, normalised."""

    id: int
    url: str
    title: str
    current_url: str
    host: str
    state: FeedState = FeedState.OK
    validators: Validators = field(default_factory=Validators)
    body_hash: str | None = None
    interval: timedelta
    interval_reason: str = ""
    hints: str | None = None
    next_poll: datetime
    last_poll: datetime | None = None
    last_success: datetime | None = None
    first_success: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error_kind: str | None = None
    last_error: str | None = None
    merged_into: int | None = None
    move: Move | None = None
    habit: Habit = field(default_factory=Habit)
    traffic: Traffic = field(default_factory=Traffic)
    items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a feed as the ledger holds it. `text` is plain; `feed` is the feed's title for people."""

    id: int
    feed_id: int
    feed: str
    publisher_id: str | None
    title: str
    summary: str
    content: str
    url: str | None
    author: str | None = None
    language: str | None = None
    published_at: datetime | None
    first_seen: datetime
    at_first_poll: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One term that spoke for a match: what it was, how much it counted (0..1 of the score) and where it stood."""

    term: str
    weight: float
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An item on a topic: `score` in [0, 1] with 0.5 the threshold, and the rule version that said so."""

    id: int
    item: Item
    topic: str
    score: float
    why: tuple[Why, ...]
    rule_version: int
    matched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The items of one event within a topic. `title` and `url` are those of its headline item."""

    id: int
    topic: str
    title: str
    url: str | None
    first_seen: datetime
    last_seen: datetime
    sources: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryNews:
    """A story as one message tells it: the matches it tells, newest last; `more` were left out for room."""

    story: Story
    matches: tuple[Match, ...]
    reason: Reason | None = None
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTrouble:
    """A feed that needs its owner's attention, in words."""

    title: str
    url: str
    state: FeedState
    since: datetime | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The stories of a period, told together; `held` alerts were kept back by caps or quiet hours."""

    since: datetime
    until: datetime
    stories: tuple[StoryNews, ...]
    held: int = 0
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


class ChannelType(StrEnum):
    """How a channel tells people."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    CONSOLE = "console"
    COMMAND = "command"
    FEED = "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where messages go. Which fields count depends on `type`; secrets never stand in its `repr`."""

    name: str
    type: ChannelType
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a route tells: `quiet` is (from, to) in the route's time zone and may pass midnight."""

    group_wait: timedelta
    updates: Updates
    max_per_hour: int
    quiet: tuple[time, time] | None
    timezone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which topics go to which channels, and how. `topics` may hold `*`; `at` (cron) is set on digest routes."""

    name: str
    topics: tuple[str, ...]
    channels: tuple[str, ...]
    policy: Policy
    at: str | None = None

    @property
    def is_digest(self) -> bool:
        """Whether this route sends digests rather than alerts."""
        return self.at is not None

    def takes(self, topic: str) -> bool:
        """Whether stories of this topic go this way."""
        return "*" in self.topics or topic in self.topics
