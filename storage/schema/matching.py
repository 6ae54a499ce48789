"""Items that wait for matching, rules, matches and marks."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from storage.schema.base import metadata
from storage.schema.columns import Id, Instant, LongText

to_match = Table(
    "to_match",
    metadata,
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    Column("since", Instant, nullable=False),
    Column("backlog", Boolean, nullable=False, server_default=false()),  # it causes no alert: news goes first
)

rule_versions = Table(
    "rule_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    UniqueConstraint("topic", "hash"),
)

# Items that came near a topic whose rule is fitted. They are decided in the order (first seen, item id); `position` is
# that order within the topic, null while an item waits. Decisions are the neighbours of later items.
candidates = Table(
    "candidates",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer),
    Column("rule_version_id", Id, ForeignKey("rule_versions.id")),
    Column("points", Float),
    Column("matched", Boolean),
    Column("decided_at", Instant),
    Index("ix_candidates_topic_position", "topic", "position"),
    Index("ix_candidates_item_id", "item_id"),
)

# When rules were fitted: `written` is the hash of the rule as written, `position` how far the topic was decided. The
# latest row of a topic and its rule holds.
fits = Table(
    "fits",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("written", Text, nullable=False),
    Column("rule_version_id", Id, ForeignKey("rule_versions.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    UniqueConstraint("topic", "written", "position"),
)

matches = Table(
    "matches",
    metadata,
    Column("id", Id, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("topic", Text, nullable=False),
    Column("rule_version_id", Id, ForeignKey("rule_versions.id"), nullable=False),
    Column("score", Float, nullable=False),
    Column("why", JSON, nullable=False),
    Column("matched_at", Instant, nullable=False),
    Column("story_id", Id, ForeignKey("stories.id"), index=True),
    Column("position", Integer),  # the order of grouping within the topic
    Column(
        "before_topic", Boolean, nullable=False, server_default=false()
    ),  # its item was there before the topic
    Column("article_id", Id),  # the first item with the same article: an article matches a topic once
    Column("text_of", Id),  # the first item of the story with the same text
    Column("same_meaning_as", Id),  # an item in another language, by which it joined; it may be pruned by now
    UniqueConstraint("item_id", "topic"),
    Index("ix_matches_article_id_topic", "article_id", "topic", unique=True),
    Index("ix_matches_topic_position", "topic", "position"),
)

# The owner's verdicts on items, never changed: for each topic and item the latest row counts. A mark keeps the text
# that was marked and no key to the item, which may be edited or pruned.
marks = Table(
    "marks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("item_id", Id, nullable=False),
    Column("verdict", Text, nullable=False),  # yes, no, undone
    Column("title", Text, nullable=False),
    Column("summary", LongText, nullable=False),
    Column("content", LongText, nullable=False),
    Column("marked_at", Instant, nullable=False),
    Column("rule_before", Text),  # the rule before and after, if the mark changed a rule file
    Column("rule_after", Text),
    Index("ix_marks_topic_item_id", "topic", "item_id"),
)
