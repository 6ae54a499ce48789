"""Feeds, the items they published, and reports about the feeds."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from storage.schema.base import metadata
from storage.schema.columns import Id, Instant, LongText

feeds = Table(
    "feeds",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("current_url", Text, nullable=False),
    Column("host", Text, nullable=False, index=True),
    Column("subscribed", Boolean, nullable=False, server_default=true()),
    Column("state", Text, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("access_hash", Text),  # hash of credentials and headers: a change makes the validators invalid
    Column("body_hash", Text),
    Column("interval_seconds", Integer, nullable=False),
    Column("interval_reason", Text),
    Column("hints", Text),  # the polling hints in the feed's document, which a 304 does not repeat
    Column("next_poll", Instant, nullable=False, index=True),
    Column("bounds", Text),  # the owner's intervals by which it was computed; NULL: unknown
    Column("fresh_until", Instant),  # the last response asks for no poll before then (Cache-Control)
    Column("retry_at", Instant),  # the same (Retry-After)
    Column("last_poll", Instant),
    Column("last_success", Instant),
    Column("first_success", Instant),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("error_kind", Text),
    Column("last_error", Text),
    Column("failing_since", Instant),
    Column("merged_into", Id),  # the feed that is polled in its place
    Column("moved_to", Text),  # the target of a permanent redirect that is not yet confirmed
    Column("moved_polls", Integer, nullable=False, server_default="0"),
    Column("moved_since", Instant),
    Column("last_new", Instant),  # this column and the next six: storage.model.habit.Habit
    Column("usual_gap_seconds", Integer),
    Column("gaps", Integer, nullable=False, server_default="0"),
    Column("document_items", Integer, nullable=False, server_default="0"),
    Column("missed_at", Instant),
    Column("keep_up_seconds", Integer),
    Column("renamed_polls", Integer, nullable=False, server_default="0"),
    Column("body_bytes", Integer, nullable=False, server_default="0"),  # on the wire
    Column("saved_bytes", BigInteger, nullable=False, server_default="0"),  # by answers of 304
    Column("home", Text, index=True),  # the outlet whose feed it is
    Column("kind", Text),  # of document, NULL until one was read: storage.model.FeedKind
    Column(
        "parent_id", Id
    ),  # the sitemap index that lists it, and owns its items; it is not subscribed itself
    Column("changed_at", Instant),  # as its index says
    Column(
        "control", Boolean, nullable=False, server_default=false()
    ),  # a control feed, which shows what others miss
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("quiet_until", Instant, nullable=False),
)

# Reports to the operators about feeds and the network, each sent once: `since` distinguishes the occasions.
reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subject", Text, nullable=False),  # `feed:12`, `network`
    Column("kind", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("feed_id", Id, ForeignKey("feeds.id"), index=True),
    Column("detail", Text, nullable=False),
    Column("of_network", Boolean, nullable=False, server_default=false()),
    Column("noted_at", Instant, nullable=False),
    Column("told_at", Instant),
    Column(
        "daily", Boolean, nullable=False, server_default=false()
    ),  # sent, except in the message of the day
    Column("ended_at", Instant),  # the trouble is over; if it was never reported, nobody needs to know
    UniqueConstraint("subject", "kind", "since"),
)

items = Table(
    "items",
    metadata,
    Column("id", Id, primary_key=True),
    Column("feed_id", Id, ForeignKey("feeds.id"), nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("title_key", Text),  # a hash; of rows from before schema 0026 that no longer count, the words
    Column("publisher_id", Text),
    Column("title", Text, nullable=False),
    Column("summary", LongText, nullable=False),
    Column("content", LongText, nullable=False),
    Column("url", Text),
    Column("author", Text),
    Column("language", Text),
    Column("published_at", Instant),
    Column("first_seen", Instant, nullable=False, index=True),
    Column("at_first_poll", Boolean, nullable=False, server_default=false()),
    Column("gap_since", Instant),  # the feed could not be read from then until the item appeared
    Column("revisions", Integer, nullable=False, server_default="0"),
    Column("outlet", Text),  # whose article it is; null until an item from before outlets is filled in
    Column("source_name", Text),  # of the outlet, by an aggregator
    Column("article_link", Text),  # canonical: one article over all feeds
    Column("same_as", Id),  # the first item with the same article, which came by another feed
    Index("ix_items_feed_id_title_key", "feed_id", "title_key"),
)
# Items of a first poll say nothing about how often a feed publishes; leaving them out keeps the index small.
Index("ix_items_feed_id_first_seen", items.c.feed_id, items.c.first_seen, sqlite_where=~items.c.at_first_poll)

# An item may be known by several keys (a publisher rewrote its slug); a key outlives its pruned item,
# so that an item the feed still serves is not taken for a new one.
identities = Table(
    "identities",
    metadata,
    Column("feed_id", Id, ForeignKey("feeds.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), index=True),
    Column("first_seen", Instant, nullable=False),
)

# Hashes of the items in a feed's last document; unchanged items are not parsed again: monitor.polling.parsing.read_body.
readings = Table(
    "readings",
    metadata,
    Column("feed_id", Id, ForeignKey("feeds.id"), primary_key=True),
    Column("stood", LargeBinary, nullable=False),  # the hashes, in document order
)

# Feeds that were found at the outlets' own sites; each outlet is asked once.
outlet_feeds = Table(
    "outlet_feeds",
    metadata,
    Column("outlet", Text, primary_key=True),
    Column("looked_at", Instant, nullable=False),
    Column("urls", Text, nullable=False),  # one a line
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False, index=True),
    Column("replaced_at", Instant, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", LongText, nullable=False),
    Column("content", LongText, nullable=False),
)
