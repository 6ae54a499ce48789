"""The item in another language by which an item joined its story."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add the column; it is empty for earlier matches, which joined by their words."""
    op.add_column(
        "matches", sa.Column("same_meaning_as", sa.BigInteger().with_variant(sa.Integer(), "sqlite"))
    )
