"""Outlets: whose article an item is, which items are one article, and how many outlets carry the same text.

The outlets of older items are filled in afterwards, in slices: `monitor.polling.fill_outlets`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

NEW_COLUMNS = {
    "feeds": (("home", sa.Text()),),
    "items": (
        ("outlet", sa.Text()),
        ("source_name", sa.Text()),
        ("article_link", sa.Text()),
        ("same_as", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
    ),
    "matches": (
        ("article_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        ("text_of", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
    ),
}
PARTIAL_INDEXES = (
    ("ix_items_article_link", "article_link", "article_link IS NOT NULL"),
    ("ix_items_same_as", "same_as", "same_as IS NOT NULL"),
    ("ix_items_without_outlet", "id", "outlet IS NULL"),
)


def upgrade() -> None:
    """Add the columns; each earlier match becomes a separate article."""
    for table, columns in NEW_COLUMNS.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind))
    op.add_column("stories", sa.Column("copies", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_feeds_home", "feeds", ["home"])
    for name, column, where in PARTIAL_INDEXES:
        op.create_index(name, "items", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.execute("UPDATE matches SET article_id = item_id")
    op.create_index("ix_matches_article_id_topic", "matches", ["article_id", "topic"], unique=True)
