"""The number of recounts of a story, by which other processes notice that their counts are out of date."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the column; no process holds counts of older stories."""
    op.add_column("stories", sa.Column("recounts", sa.Integer(), nullable=False, server_default="0"))
