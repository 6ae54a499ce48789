"""How Alembic runs our revisions: on the connection it is handed, inside that one's transaction."""

from __future__ import annotations

from alembic import context

from storage.schema.partial import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
context.run_migrations()
