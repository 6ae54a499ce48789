"""The full-text index on SQLite, extended behind the matching; PostgreSQL indexes each row as it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

INDEXED = (
    800  # items per transaction, which so stays under 100 ms; fewer at a time took nearly three times as long
)
# Items that wait for matching are left for later, as are those after them: matching goes by id, too.
_NEXT = text(
    "SELECT count(*), max(id) FROM (SELECT id FROM items WHERE id > (SELECT item_id FROM item_words_upto) "
    "AND id < coalesce((SELECT min(item_id) FROM to_match), 9223372036854775807) ORDER BY id LIMIT :most)"
)
_INDEX = text(
    "INSERT INTO item_words (rowid, title, summary, content) "
    "SELECT id, title, unpacked(summary), substr(unpacked(content), 1, 1000) FROM items "
    "WHERE id > (SELECT item_id FROM item_words_upto) AND id <= :last ORDER BY id"
)
_NOTE = text("UPDATE item_words_upto SET item_id = :last")


def unindexed(connection: Connection) -> int:
    """Return how many matched items are not in the index yet; of more than `INDEXED`, that number."""
    if connection.dialect.name != "sqlite":
        return 0
    count: int = connection.execute(_NEXT, {"most": INDEXED}).one()[0]
    return count


def index_words(connection: Connection) -> None:
    """Index the next matched items in the order of their ids. Needs a write transaction."""
    if connection.dialect.name != "sqlite":
        return
    last = connection.execute(_NEXT, {"most": INDEXED}).one()[1]
    if last is not None:
        connection.execute(_INDEX, {"last": last})
        connection.execute(_NOTE, {"last": last})
