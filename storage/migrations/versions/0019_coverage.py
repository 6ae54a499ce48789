"""Control feeds, and the feeds that were found at outlets which only these brought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Instant

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("feeds", sa.Column("control", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_feeds_control",
        "feeds",
        ["id"],
        sqlite_where=sa.text("control = 1"),
        postgresql_where=sa.text("control"),
    )
    op.create_table(
        "outlet_feeds",
        sa.Column("outlet", sa.Text, primary_key=True),
        sa.Column("looked_at", Instant, nullable=False),
        sa.Column("urls", sa.Text, nullable=False),
    )
