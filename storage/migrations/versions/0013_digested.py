"""The last position of each topic in each digest route, by the order of grouping: times would miss late commits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

# Matches grouped after the first match that followed the last digest may be sent twice, and none is lost.
TOLD_SO_FAR = """
INSERT INTO digested (route, topic, position)
SELECT digests.route, matches.topic, coalesce(
    min(CASE WHEN matches.matched_at > digests.told_until THEN matches.position END) - 1, max(matches.position)
)
FROM digests CROSS JOIN matches
WHERE matches.position IS NOT NULL
GROUP BY digests.route, matches.topic
"""


def upgrade() -> None:
    """Create the table, and fill it with the positions of the last digests."""
    op.create_table(
        "digested",
        sa.Column("route", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.execute(TOLD_SO_FAR)
