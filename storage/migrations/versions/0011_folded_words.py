"""The words of items without the marks of their letters on PostgreSQL, as SQLite has had them from the beginning."""

from __future__ import annotations

from alembic import op

from storage.stores.folding import MARKS

revision = "0011"
down_revision = "0010"

STATEMENTS = (
    "DROP INDEX item_words",
    # Most texts need none of it, and it is as dear as the rest of the index.
    f"""
    CREATE FUNCTION without_marks(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN CASE WHEN octet_length(words) = length(words) THEN words
        ELSE normalize(regexp_replace(normalize(words, NFD), '{MARKS}', '', 'g'), NFC) END
    """,
    """
    CREATE INDEX item_words ON items USING gin (
        to_tsvector('simple', without_marks(title || ' ' || summary || ' ' || left(content, 1000)))
    )
    """,
)


def upgrade() -> None:
    """Index them anew."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in STATEMENTS:
            op.execute(statement)
