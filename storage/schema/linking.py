"""Links in messages: their uses, and recipients who want no more messages."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Table, Text

from storage.schema.base import metadata
from storage.schema.columns import Id, Instant

# The use of a link: one row for each link, however often it is followed.
link_uses = Table(
    "link_uses",
    metadata,
    Column("token", Text, primary_key=True),  # its signature
    Column("action", Text, nullable=False),  # yes, no, mute, unsubscribe
    Column("target", Text, nullable=False),  # a story such as s12, or the recipient
    Column("topics", JSON, nullable=False),  # empty: the digests of a recipient
    Column("channel", Text, nullable=False),
    Column("done_at", Instant, nullable=False),
    Column("undone_at", Instant),
    Column("told_at", Instant, index=True),  # when a digest reported it; null before
)

# A recipient of a channel who wants no more alerts on a topic, or no more digests (`topic` is null).
recipient_mutes = Table(
    "recipient_mutes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("topic", Text),
    Column("since", Instant, nullable=False),
    Column("until", Instant),  # null until it is undone
    Index("ix_recipient_mutes_channel", "channel"),
)
