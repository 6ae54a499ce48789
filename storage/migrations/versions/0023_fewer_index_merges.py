"""Less merging of the full-text index on SQLite, which was most of what an item costs."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Let the index merge eight parts at a time instead of four."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO item_words(item_words, rank) VALUES ('automerge', 8)")
