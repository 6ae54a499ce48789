"""Long texts are stored compressed on SQLite; the triggers of the full-text index unpack them.

Rows that are there stay as they are, so that the upgrade of a large database takes no time: a text is compressed when it
is next written.
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"

STATEMENTS = (
    "DROP TRIGGER items_unworded",
    "DROP TRIGGER items_reworded",
    """
    CREATE TRIGGER items_unworded AFTER DELETE ON items
    WHEN old.id <= (SELECT item_id FROM item_words_upto) BEGIN
        INSERT INTO item_words(item_words, rowid, title, summary, content)
        VALUES ('delete', old.id, old.title, unpacked(old.summary), substr(unpacked(old.content), 1, 1000));
        UPDATE item_words_upto SET item_id = min(item_id, (SELECT coalesce(max(id), 0) FROM items));
    END
    """,
    """
    CREATE TRIGGER items_reworded AFTER UPDATE OF title, summary, content ON items
    WHEN old.id <= (SELECT item_id FROM item_words_upto) BEGIN
        INSERT INTO item_words(item_words, rowid, title, summary, content)
        VALUES ('delete', old.id, old.title, unpacked(old.summary), substr(unpacked(old.content), 1, 1000));
        INSERT INTO item_words(rowid, title, summary, content)
        VALUES (new.id, new.title, unpacked(new.summary), substr(unpacked(new.content), 1, 1000));
    END
    """,
)


def upgrade() -> None:
    """Let the triggers unpack the texts."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in STATEMENTS:
            op.execute(statement)
