"""Sessions, tokens and keys of the pages, and the last visit of each visitor. Tokens are stored as hashes."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from storage.schema.base import metadata
from storage.schema.columns import Id, Instant

sessions = Table(
    "sessions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),  # hash of the cookie
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("source", Text, nullable=False),  # the means of signing in
    Column("proof", Text, nullable=False),  # hash of the token used: a session ends with its token
    Column("created_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Index("ix_sessions_until", "until"),
)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
)

# `sign-in-link`: the hash of the token in the last link; `subscriptions`: the hash of the configuration that the feeds
# follow. Other keys are stored in the clear.
keys = Table(
    "keys",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

visits = Table(
    "visits",
    metadata,
    Column("name", Text, primary_key=True),  # a visitor's
    Column("last_at", Instant, nullable=False),
    Column("before_at", Instant),  # when the visit before this one ended
)
