"""Claims: the leases of workers that share a database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Instant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Lay the table."""
    op.create_table(
        "claims",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("taken_at", Instant, nullable=False),
        sa.Column("until", Instant, nullable=False),
    )
