"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Id, Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Lay the tables."""
    _feeds()
    _hosts()
    _reports()
    _items()
    _identities()
    _readings()
    _revisions()
    _to_match()
    _rule_versions()
    _stories()
    _matches()
    _messages()
    _alerts()
    _alert_matches()
    _silences()
    _deliveries()
    _attempts()
    _digests()


def _feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", Id, primary_key=True),
        sa.Column("url", sa.Text, nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("current_url", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False, index=True),
        sa.Column("subscribed", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("access_hash", sa.Text),
        sa.Column("body_hash", sa.Text),
        sa.Column("interval_seconds", sa.Integer, nullable=False),
        sa.Column("interval_reason", sa.Text),
        sa.Column("hints", sa.Text),
        sa.Column("next_poll", Instant, nullable=False, index=True),
        sa.Column("last_poll", Instant),
        sa.Column("last_success", Instant),
        sa.Column("first_success", Instant),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error_kind", sa.Text),
        sa.Column("last_error", sa.Text),
        sa.Column("failing_since", Instant),
        sa.Column("merged_into", Id),
        sa.Column("moved_to", sa.Text),
        sa.Column("moved_polls", sa.Integer, nullable=False, server_default="0"),
        sa.Column("moved_since", Instant),
        sa.Column("last_new", Instant),
        sa.Column("usual_gap_seconds", sa.Integer),
        sa.Column("gaps", sa.Integer, nullable=False, server_default="0"),
        sa.Column("document_items", sa.Integer, nullable=False, server_default="0"),
        sa.Column("missed_at", Instant),
        sa.Column("keep_up_seconds", sa.Integer),
        sa.Column("body_bytes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("saved_bytes", sa.BigInteger, nullable=False, server_default="0"),
    )


def _hosts() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("quiet_until", Instant, nullable=False),
    )


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", Id, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("feed_id", Id, sa.ForeignKey("feeds.id"), index=True),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("of_network", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("noted_at", Instant, nullable=False),
        sa.Column("told_at", Instant),
        sa.Column("ended_at", Instant),
        sa.UniqueConstraint("subject", "kind", "since"),
    )
    waiting = sa.text("told_at IS NULL AND ended_at IS NULL")
    op.create_index("ix_reports_waiting", "reports", ["id"], sqlite_where=waiting, postgresql_where=waiting)


def _items() -> None:
    op.create_table(
        "items",
        sa.Column("id", Id, primary_key=True),
        sa.Column("feed_id", Id, sa.ForeignKey("feeds.id"), nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("title_key", sa.Text),
        sa.Column("publisher_id", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("author", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("published_at", Instant),
        sa.Column("first_seen", Instant, nullable=False, index=True),
        sa.Column("at_first_poll", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("revisions", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index("ix_items_feed_id_title_key", "items", ["feed_id", "title_key"])
    seen = ["feed_id", "first_seen"]
    op.create_index("ix_items_feed_id_first_seen", "items", seen, sqlite_where=sa.text("at_first_poll = 0"))


def _identities() -> None:
    op.create_table(
        "identities",
        sa.Column("feed_id", Id, sa.ForeignKey("feeds.id"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("item_id", Id, sa.ForeignKey("items.id"), index=True),
        sa.Column("first_seen", Instant, nullable=False),
    )


def _readings() -> None:
    feed_id = sa.Column("feed_id", Id, sa.ForeignKey("feeds.id"), primary_key=True)
    op.create_table("readings", feed_id, sa.Column("stood", sa.LargeBinary, nullable=False))


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("item_id", Id, sa.ForeignKey("items.id"), nullable=False, index=True),
        sa.Column("replaced_at", Instant, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )


def _to_match() -> None:
    op.create_table(
        "to_match",
        sa.Column("item_id", Id, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("since", Instant, nullable=False),
    )


def _rule_versions() -> None:
    op.create_table(
        "rule_versions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.UniqueConstraint("topic", "hash"),
    )


def _stories() -> None:
    op.create_table(
        "stories",
        sa.Column("id", Id, primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("first_seen", Instant, nullable=False),
        sa.Column("last_seen", Instant, nullable=False),
        sa.Column("sources", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("due_at", Instant),
    )
    op.create_index("ix_stories_topic_last_seen", "stories", ["topic", "last_seen"])
    op.create_index("ix_stories_due_at", "stories", ["due_at"], sqlite_where=sa.text("due_at IS NOT NULL"))


def _matches() -> None:
    op.create_table(
        "matches",
        sa.Column("id", Id, primary_key=True),
        sa.Column("item_id", Id, sa.ForeignKey("items.id"), nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("rule_version_id", Id, sa.ForeignKey("rule_versions.id"), nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("why", sa.JSON, nullable=False),
        sa.Column("matched_at", Instant, nullable=False),
        sa.Column("story_id", Id, sa.ForeignKey("stories.id"), index=True),
        sa.Column("position", sa.Integer),
        sa.UniqueConstraint("item_id", "topic"),
    )
    op.create_index("ix_matches_topic_position", "matches", ["topic", "position"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("html", sa.LargeBinary),
        sa.Column("thread", sa.Text),
        sa.Column("created_at", Instant, nullable=False, index=True),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", Id, primary_key=True),
        sa.Column("story_id", Id, sa.ForeignKey("stories.id"), nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("growth", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("sources", sa.Integer, nullable=False),
        sa.Column("decided_at", Instant, nullable=False),
        sa.Column("message_id", sa.Text, sa.ForeignKey("messages.id"), index=True),
        sa.Column("held", sa.Text),
        sa.Column("held_until", Instant),
        sa.UniqueConstraint("story_id", "reason", "growth", "channel"),
    )
    op.create_index("ix_alerts_channel_decided_at", "alerts", ["channel", "decided_at"])


def _alert_matches() -> None:
    op.create_table(
        "alert_matches",
        sa.Column("alert_id", Id, sa.ForeignKey("alerts.id"), primary_key=True),
        sa.Column("match_id", Id, sa.ForeignKey("matches.id"), primary_key=True, index=True),
    )


def _silences() -> None:
    op.create_table(
        "silences",
        sa.Column("match_id", Id, sa.ForeignKey("matches.id"), primary_key=True),
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_at", Instant, nullable=False),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, sa.ForeignKey("messages.id"), nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_at", Instant),
        sa.Column("first_try", Instant),
        sa.Column("last_error", sa.Text),
        sa.Column("lease_token", sa.Text),
        sa.Column("lease_until", Instant),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("finished_at", Instant),
        sa.UniqueConstraint("message_id", "recipient"),
    )
    op.create_index("ix_deliveries_state_next_at", "deliveries", ["state", "next_at"])


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", Id, primary_key=True),
        sa.Column("delivery_id", sa.Text, sa.ForeignKey("deliveries.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("code", sa.Integer),
        sa.Column("text", sa.Text, nullable=False),
    )


def _digests() -> None:
    op.create_table(
        "digests",
        sa.Column("route", sa.Text, primary_key=True),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("told_until", Instant, nullable=False),
    )
