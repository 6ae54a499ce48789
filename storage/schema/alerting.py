"""Alerts, messages and deliveries."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from storage.schema.base import metadata
from storage.schema.columns import Id, Instant

# Triggers refuse every change of a message and of an attempt: see migration 0002.
messages = Table(
    "messages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("html", LargeBinary),
    Column("thread", Text),
    Column("buttons", JSON(none_as_null=True)),  # links that a push service shows: label, url, posts
    Column("created_at", Instant, nullable=False, index=True),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("story_id", Id, ForeignKey("stories.id"), nullable=False),
    Column("topic", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("growth", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("sources", Integer, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("message_id", Text, ForeignKey("messages.id")),
    Column("growth_news", JSON(none_as_null=True)),  # the news in an update: outlets, terms
    Column("gap_since", Instant),  # when the outage began, if the alert reports items from one
    Column("held", Text),  # why it is held: alerts.deciding.policy names the reasons
    Column("held_until", Instant),
    UniqueConstraint("story_id", "reason", "growth", "channel"),
    Index("ix_alerts_channel_decided_at", "channel", "decided_at"),
)

# Every time an alert was held, one row for each reason: since when, and until when according to the last decision.
holdings = Table(
    "holdings",
    metadata,
    Column("alert_id", Id, ForeignKey("alerts.id"), primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("until", Instant),  # null: until the channel's digest
)

mutes = Table(
    "mutes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),  # topic, story, feed
    Column("target", Text, nullable=False),  # the topic's name, the story's or the feed's id
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False, index=True),
)

alert_matches = Table(
    "alert_matches",
    metadata,
    Column("alert_id", Id, ForeignKey("alerts.id"), primary_key=True),
    Column("match_id", Id, ForeignKey("matches.id"), primary_key=True, index=True),
)

silences = Table(
    "silences",
    metadata,
    Column("match_id", Id, ForeignKey("matches.id"), primary_key=True),
    Column("channel", Text, primary_key=True),  # `*`: every channel
    Column("reason", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("message_id", Text, ForeignKey("messages.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Instant),
    Column("first_try", Instant),  # in real time: the date of a mail, the same on every attempt
    Column("last_error", Text),
    Column(
        "lease_owner", Text
    ),  # the process that sends it, for people and for the process that takes over from a dead one
    Column("lease_token", Text),
    Column("lease_until", Instant),
    Column(
        "announced_at", Instant
    ),  # start of the last attempt: from then on the receiver may have the message
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("unsubscribe", Text),  # the link in the mail by which its recipient mutes the topic
    UniqueConstraint("message_id", "recipient"),
    Index("ix_deliveries_state_next_at", "state", "next_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery_id", Text, ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("phase", Text),  # storage.model.Phase; null for attempts from before this column existed
    Column("outcome", Text, nullable=False),
    Column("code", Integer),
    Column("text", Text, nullable=False),
    Column("reply", Text),  # the first 16 kB of the receiver's answer
)

# Channels in trouble: each is probed by one message at a time; the row is deleted when the channel works again.
channel_troubles = Table(
    "channel_troubles",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("failures", Integer, nullable=False),  # failed attempts in a row
    Column("probe_at", Instant),  # null: the owner must resume it
    Column("error", Text, nullable=False),
)

digests = Table(
    "digests",
    metadata,
    Column("route", Text, primary_key=True),
    Column("next_at", Instant, nullable=False),
    Column("told_until", Instant, nullable=False),
)

# The last position among a topic's grouped matches that a digest route has sent. One process at a time groups a topic,
# so positions are committed in order; times, which are taken before a commit, are not.
digested = Table(
    "digested",
    metadata,
    Column("route", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("position", Integer, nullable=False),
)
