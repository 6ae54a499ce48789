"""The words of items are indexed with their matching on SQLite: it was most of what storing them cost a poll.

Ids grow in the order of commits, since SQLite has one writer: one number says which items are in the index.
The highest id may go and be given anew; so may the number, then.
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"

# FTS5 must not delete what it does not contain, so rows that are not indexed yet change without it.
STATEMENTS = (
    "CREATE TABLE item_words_upto (item_id INTEGER NOT NULL)",
    "INSERT INTO item_words_upto (item_id) SELECT coalesce(max(id), 0) FROM items",
    "DROP TRIGGER items_worded",
    "DROP TRIGGER items_unworded",
    "DROP TRIGGER items_reworded",
    """
    CREATE TRIGGER items_unworded AFTER DELETE ON items
    WHEN old.id <= (SELECT item_id FROM item_words_upto) BEGIN
        INSERT INTO item_words(item_words, rowid, title, summary, content)
        VALUES ('delete', old.id, old.title, old.summary, substr(old.content, 1, 1000));
        UPDATE item_words_upto SET item_id = min(item_id, (SELECT coalesce(max(id), 0) FROM items));
    END
    """,
    """
    CREATE TRIGGER items_reworded AFTER UPDATE OF title, summary, content ON items
    WHEN old.id <= (SELECT item_id FROM item_words_upto) BEGIN
        INSERT INTO item_words(item_words, rowid, title, summary, content)
        VALUES ('delete', old.id, old.title, old.summary, substr(old.content, 1, 1000));
        INSERT INTO item_words(rowid, title, summary, content)
        VALUES (new.id, new.title, new.summary, substr(new.content, 1, 1000));
    END
    """,
)


def upgrade() -> None:
    """Let the index follow the matching."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in STATEMENTS:
            op.execute(statement)
