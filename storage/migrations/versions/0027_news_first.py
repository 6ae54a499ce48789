"""Items that wait for matching are news or backlog: news is matched first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add the column, which waiting items get from their feed's first poll, and the index of waiting news."""
    op.add_column("to_match", sa.Column("backlog", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE to_match SET backlog = coalesce("
        "(SELECT at_first_poll FROM items WHERE items.id = to_match.item_id), backlog)"
    )
    is_news = sa.text("backlog = 0" if op.get_bind().dialect.name == "sqlite" else "NOT backlog")
    op.create_index(
        "ix_to_match_news", "to_match", ["item_id"], sqlite_where=is_news, postgresql_where=is_news
    )
