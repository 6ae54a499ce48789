"""How far each digest route has told each topic, by the order of grouping: moments miss what is committed late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

# What was grouped behind the first match that came after the last digest may be told twice, and nothing is lost.
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
    """Lay the table, and take over how far digests have told."""
    op.create_table(
        "digested",
        sa.Column("route", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.execute(TOLD_SO_FAR)
