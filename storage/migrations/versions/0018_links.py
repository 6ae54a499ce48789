"""Links in messages, their uses, and recipients who want no more messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Id, Instant

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Lay the tables; messages and deliveries that are there have no links."""
    op.create_table(
        "link_uses",
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("topics", sa.JSON, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("done_at", Instant, nullable=False),
        sa.Column("undone_at", Instant),
        sa.Column("told_at", Instant),
    )
    op.create_index("ix_link_uses_told_at", "link_uses", ["told_at"])
    op.create_table(
        "recipient_mutes",
        sa.Column("id", Id, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("topic", sa.Text),
        sa.Column("since", Instant, nullable=False),
        sa.Column("until", Instant),
    )
    op.create_index("ix_recipient_mutes_channel", "recipient_mutes", ["channel"])
    op.add_column("messages", sa.Column("buttons", sa.JSON(none_as_null=True)))
    op.add_column("deliveries", sa.Column("unsubscribe", sa.Text))
