"""Runs the Alembic revisions on a given connection, in its transaction."""

from __future__ import annotations

from alembic import context

from storage.schema.partial import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
context.run_migrations()
