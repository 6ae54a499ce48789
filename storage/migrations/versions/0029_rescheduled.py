"""Feeds know by which intervals they were scheduled, and until when their last response asked not to poll."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Add the columns. Of a response, former versions kept only the reason of the next poll, which is the time it asked for."""
    op.add_column("feeds", sa.Column("bounds", sa.Text))
    for name in ("fresh_until", "retry_at"):
        op.add_column("feeds", sa.Column(name, sa.DateTime(timezone=True)))
    op.execute("UPDATE feeds SET fresh_until = next_poll WHERE interval_reason LIKE '%(Cache-Control)'")
    op.execute("UPDATE feeds SET retry_at = next_poll WHERE interval_reason LIKE '%(Retry-After)'")
