"""Titles are indexed by a hash of their words, and alerts by their message only once they have one.

A title counts for the items of the last seven days. Only the rows of two weeks are changed, so that the upgrade of a large
database takes little time; older ones keep their words.
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

# Two weeks up to the newest item; one from the future, seen while the clock was ahead, does not count.
RECENT = """
    SELECT id, title_key FROM items WHERE title_key IS NOT NULL AND first_seen >
        (SELECT datetime(max(first_seen), '-14 days') FROM items WHERE first_seen <= datetime('now', '+1 day'))
"""
ON_SERVER = """
    UPDATE items SET title_key = substr(encode(sha256(convert_to(title_key, 'UTF8')), 'hex'), 1, 16)
    WHERE title_key IS NOT NULL AND first_seen >
        (SELECT max(first_seen) - interval '14 days' FROM items WHERE first_seen <= now() + interval '1 day')
"""
HAS_MESSAGE = sa.text("message_id IS NOT NULL")


def upgrade() -> None:
    """Hash the titles of recent items, and make the index of alerts smaller."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute(ON_SERVER)
    else:
        recent = [(_hash(row.title_key), row.id) for row in bind.execute(sa.text(RECENT))]
        if recent:
            bind.exec_driver_sql("UPDATE items SET title_key = ? WHERE id = ?", recent)
    op.drop_index("ix_alerts_message_id", table_name="alerts")
    op.create_index(
        "ix_alerts_message_id",
        "alerts",
        ["message_id"],
        sqlite_where=HAS_MESSAGE,
        postgresql_where=HAS_MESSAGE,
    )


def _hash(title_key: str) -> str:
    return hashlib.sha256(title_key.encode("utf-8", "replace")).hexdigest()[:16]
