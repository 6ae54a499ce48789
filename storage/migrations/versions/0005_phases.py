"""The phase and the holder of each attempt; messages and attempts can no longer be changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.columns import Instant

revision = "0005"
down_revision = "0004"

FROZEN = ("messages", "attempts")


def upgrade() -> None:
    """Add the columns, and triggers that refuse an UPDATE."""
    op.add_column("deliveries", sa.Column("lease_owner", sa.Text))
    op.add_column("deliveries", sa.Column("announced_at", Instant))
    op.add_column("attempts", sa.Column("phase", sa.Text))
    on_server = op.get_bind().dialect.name == "postgresql"
    if on_server:
        op.execute(
            "CREATE FUNCTION storywatch_frozen() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% are never changed', TG_TABLE_NAME; END $$"
        )
    for table in FROZEN:
        op.execute(_on_server(table) if on_server else _on_sqlite(table))


def _on_server(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_frozen BEFORE UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION storywatch_frozen()"
    )


def _on_sqlite(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_frozen BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
    )
