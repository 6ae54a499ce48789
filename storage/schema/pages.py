"""Pages of items, read for their heads or their texts."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Table,
    Text,
)

from storage.schema.base import metadata
from storage.schema.columns import Id, Instant, LongText

# Heads of the pages of items that have a title alone, read before they are judged again; `done_at` is null while one waits.
page_heads = Table(
    "page_heads",
    metadata,
    Column("item_id", Id, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("url", Text, nullable=False),
    Column("wanted_at", Instant, nullable=False),
    Column("asked_at", Instant, index=True),  # when the page was requested, if it was: so many an hour
    Column("done_at", Instant),
    Column("description", Text, nullable=False, server_default=""),
    Column("error", Text),
)

# Pages of matched items, read before these are grouped; `done_at` is null while one waits.
page_texts = Table(
    "page_texts",
    metadata,
    Column("item_id", Id, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("url", Text, nullable=False),
    Column("wanted_at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("text", LongText, nullable=False, server_default=""),
    Column("error", Text),
)
