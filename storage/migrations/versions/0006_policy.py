"""Mutes, the holds of alerts, the news of updates, and outages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Id, Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Lay the tables and columns."""
    op.add_column("items", sa.Column("gap_since", Instant))
    op.add_column("alerts", sa.Column("growth_news", sa.JSON(none_as_null=True)))
    op.add_column("alerts", sa.Column("gap_since", Instant))
    untold = sa.text("message_id IS NULL")
    op.create_index(
        "ix_alerts_untold", "alerts", ["held_until"], sqlite_where=untold, postgresql_where=untold
    )
    op.create_table(
        "holdings",
        sa.Column("alert_id", Id, sa.ForeignKey("alerts.id"), primary_key=True),
        sa.Column("reason", sa.Text, primary_key=True),
        sa.Column("since", Instant, nullable=False),
        sa.Column("until", Instant),
    )
    op.create_table(
        "mutes",
        sa.Column("id", Id, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("until", Instant, nullable=False, index=True),
    )
