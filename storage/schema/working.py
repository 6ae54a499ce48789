"""Worker leases on a database that several machines share."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from storage.schema.base import metadata
from storage.schema.columns import Instant

# `host:example.org:443`, `topic:police`, `channel:desk`, `worker:NAME`: one holder each, until then.
claims = Table(
    "claims",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column(
        "token", Text, nullable=False
    ),  # new each time a lease is taken, so that a former holder cannot use it again
    Column("taken_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
)
