"""Stories that continue older ones, and the owner's merges and splits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Id, Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the lineage of stories and the tables of corrections."""
    for name in ("continues", "merged_into"):
        op.add_column("stories", sa.Column(name, Id))
    op.create_table(
        "corrections",
        sa.Column("id", Id, primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column(
            "story_id", Id, sa.ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("into_id", Id, sa.ForeignKey("stories.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
    )
    op.create_index("ix_corrections_topic_id", "corrections", ["topic", "id"])
    op.create_table(
        "corrected_matches",
        sa.Column("correction_id", Id, sa.ForeignKey("corrections.id", ondelete="CASCADE"), primary_key=True),
        sa.Column(
            "match_id", Id, sa.ForeignKey("matches.id", ondelete="CASCADE"), primary_key=True, index=True
        ),
    )
