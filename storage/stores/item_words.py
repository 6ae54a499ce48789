"""The index of the items' words on SQLite, which follows the matching; PostgreSQL keeps its own with each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

_INDEX = text(
    "INSERT INTO item_words (rowid, title, summary, content) SELECT id, title, summary, content FROM item_texts "
    "WHERE id > (SELECT item_id FROM item_words_upto) ORDER BY id LIMIT :count"
)
_NOTE = text(
    "UPDATE item_words_upto SET item_id = coalesce((SELECT max(id) FROM (SELECT id FROM items "
    "WHERE id > (SELECT item_id FROM item_words_upto) ORDER BY id LIMIT :count)), item_id)"
)


def index_words(connection: Connection, count: int) -> None:
    """Index the next `count` items, by id. Needs a write transaction.

    Called with as many items as were matched, and items are matched by id: so it never falls behind, and no
    transaction has to index more than another.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(_INDEX, {"count": count})
        connection.execute(_NOTE, {"count": count})
