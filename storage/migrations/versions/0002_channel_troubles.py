"""Channels in trouble, and the answers of receivers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Lay the table of channels in trouble; attempts keep the answer."""
    op.create_table(
        "channel_troubles",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("since", Instant, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("probe_at", Instant),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.add_column("attempts", sa.Column("reply", sa.Text))
