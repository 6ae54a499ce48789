"""Items that came near a topic, decided in order, and when its rule was fitted to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Id, Instant

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Create both tables, empty: rules are fitted to new items, and to the items read before a topic was watched."""
    op.create_table(
        "candidates",
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("item_id", Id, sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer),
        sa.Column("rule_version_id", Id, sa.ForeignKey("rule_versions.id")),
        sa.Column("points", sa.Float),
        sa.Column("matched", sa.Boolean),
        sa.Column("decided_at", Instant),
    )
    op.create_index("ix_candidates_topic_position", "candidates", ["topic", "position"])
    op.create_index("ix_candidates_item_id", "candidates", ["item_id"])
    op.create_table(
        "fits",
        sa.Column("id", Id, primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("written", sa.Text, nullable=False),
        sa.Column("rule_version_id", Id, sa.ForeignKey("rule_versions.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.UniqueConstraint("topic", "written", "position"),
    )
