"""The words of items, to be searched: FTS5 on SQLite, a GIN index on PostgreSQL; both follow the items by themselves."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The index holds no text of its own: it reads this view. A long content is searched by its beginning.
SQLITE = (
    """
    CREATE VIEW item_texts AS
    SELECT id, title, summary, substr(content, 1, 1000) AS content FROM items
    """,
    """
    CREATE VIRTUAL TABLE item_words USING fts5(
        title, summary, content,
        content='item_texts', content_rowid='id', columnsize=0, tokenize='unicode61 remove_diacritics 2'
    )
    """,
    "INSERT INTO item_words(item_words) VALUES ('rebuild')",
    """
    CREATE TRIGGER items_worded AFTER INSERT ON items BEGIN
        INSERT INTO item_words(rowid, title, summary, content)
        VALUES (new.id, new.title, new.summary, substr(new.content, 1, 1000));
    END
    """,
    """
    CREATE TRIGGER items_unworded AFTER DELETE ON items BEGIN
        INSERT INTO item_words(item_words, rowid, title, summary, content)
        VALUES ('delete', old.id, old.title, old.summary, substr(old.content, 1, 1000));
    END
    """,
    """
    CREATE TRIGGER items_reworded AFTER UPDATE OF title, summary, content ON items BEGIN
        INSERT INTO item_words(item_words, rowid, title, summary, content)
        VALUES ('delete', old.id, old.title, old.summary, substr(old.content, 1, 1000));
        INSERT INTO item_words(rowid, title, summary, content)
        VALUES (new.id, new.title, new.summary, substr(new.content, 1, 1000));
    END
    """,
)
POSTGRESQL = (
    """
    CREATE INDEX item_words ON items USING gin (
        to_tsvector('simple', title || ' ' || summary || ' ' || left(content, 1000))
    )
    """,
)


def upgrade() -> None:
    """Index the words of every item."""
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)
