"""Stories, and the owner's corrections of them."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    null,
)

from storage.schema.base import metadata
from storage.schema.columns import Id, Instant

stories = Table(
    "stories",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("sources", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("copies", Integer, nullable=False, server_default="0"),  # outlets with the same text
    Column("recounts", Integer, nullable=False, server_default="0"),  # how often it was counted anew
    Column("due_at", Instant),
    Column("continues", Id),  # an older story, which may be pruned by now
    Column("merged_into", Id),  # the story that the owner merged this one into
    Index("ix_stories_topic_last_seen", "topic", "last_seen"),
)
Index("ix_stories_due_at", stories.c.due_at, sqlite_where=stories.c.due_at.is_not(null()))

# The owner's merges and splits, in order: `position` is the topic's last grouped position at that time, so that a
# regrouping in stored order can repeat the correction at the same point.
corrections = Table(
    "corrections",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("story_id", Id, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("into_id", Id, ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Index("ix_corrections_topic_id", "topic", "id"),
)

corrected_matches = Table(
    "corrected_matches",
    metadata,
    Column("correction_id", Id, ForeignKey("corrections.id", ondelete="CASCADE"), primary_key=True),
    Column("match_id", Id, ForeignKey("matches.id", ondelete="CASCADE"), primary_key=True, index=True),
)
