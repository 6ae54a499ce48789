"""Events about feeds that wait for the message of the day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the mark and its index; earlier reports have nothing to wait for."""
    op.add_column("reports", sa.Column("daily", sa.Boolean(), nullable=False, server_default=sa.false()))
    waiting = sa.column("daily", sa.Boolean())
    op.create_index(
        "ix_reports_daily", "reports", ["told_at"], sqlite_where=waiting, postgresql_where=waiting
    )
