"""Hubs that push feeds (WebSub): offers, subscriptions, and bodies that wait to be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Id, Instant

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the three tables; offers are noted when a feed's document next changes."""
    op.create_table(
        "hub_offers",
        sa.Column("feed_id", Id, sa.ForeignKey("feeds.id"), primary_key=True),
        sa.Column("hub", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
    )
    op.create_table(
        "hub_subscriptions",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("feed_id", Id, sa.ForeignKey("feeds.id"), nullable=False),
        sa.Column("hub", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("pages", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("lease_until", Instant),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text),
        sa.Column("trusted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("last_push", Instant),
        sa.Column("counted_from", Instant),
        sa.Column("counted", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index("ix_hub_subscriptions_feed_id", "hub_subscriptions", ["feed_id"])
    op.create_index("ix_hub_subscriptions_next_at", "hub_subscriptions", ["next_at"])
    op.create_table(
        "pushes",
        sa.Column("feed_id", Id, sa.ForeignKey("feeds.id"), primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
    )
