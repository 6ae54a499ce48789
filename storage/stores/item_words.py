"""The full-text index on SQLite, extended as items are matched; PostgreSQL indexes each row as it is stored."""

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
    """Index the next `count` items in the order of their ids. Needs a write transaction.

    Call it with the number of items just matched: items are matched in the order of their ids, so the index keeps up
    with matching, in equally small transactions.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(_INDEX, {"count": count})
        connection.execute(_NOTE, {"count": count})
