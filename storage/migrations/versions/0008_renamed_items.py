"""The number of polls in a row in which a feed gave all of its items new ids."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the count."""
    op.add_column("feeds", sa.Column("renamed_polls", sa.Integer, nullable=False, server_default="0"))
