"""Hubs that push feeds (WebSub): offers, subscriptions, and bodies that wait to be read."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, false

from storage.schema.base import metadata
from storage.schema.columns import Id, Instant

# The hub that a feed named when its document was last read.
hub_offers = Table(
    "hub_offers",
    metadata,
    Column("feed_id", Id, ForeignKey("feeds.id"), primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
)

hub_subscriptions = Table(
    "hub_subscriptions",
    metadata,
    Column("path", Text, primary_key=True),  # the unguessable end of the callback
    Column("feed_id", Id, ForeignKey("feeds.id"), nullable=False),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("pages", Text, nullable=False),  # the public address of the pages, under which the callback is
    Column("secret", Text, nullable=False),
    Column("state", Text, nullable=False),  # storage.model.HubState
    Column("lease_until", Instant),
    Column("next_at", Instant, nullable=False),  # when the hub is asked again
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    Column("trusted", Boolean, nullable=False, server_default=false()),
    Column("last_push", Instant),
    Column("counted_from", Instant),  # pushes a minute are bounded
    Column("counted", Integer, nullable=False, server_default="0"),
    Index("ix_hub_subscriptions_feed_id", "feed_id"),
    Index("ix_hub_subscriptions_next_at", "next_at"),
)

# Pushed bodies that wait to be read, at most one a feed.
pushes = Table(
    "pushes",
    metadata,
    Column("feed_id", Id, ForeignKey("feeds.id"), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
)
