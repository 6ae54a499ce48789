"""Copies a SQLite database to PostgreSQL: every row, in one transaction, compared on arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, text, tuple_

from storage import schema
from storage.engine.engines import engine_of
from storage.engine.errors import DatabaseRefused
from storage.engine.named_errors import refusals
from storage.engine.urls import parsed, shown, sqlite_path
from storage.schema.columns import Id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Table

    from storage.engine.sql import AnyRow

CHUNK = 500  # rows held in memory at a time
STAYS = {schema.claims.name}  # leases of workers mean nothing on another server


def move(source: str, target: str) -> dict[str, int]:
    """Copy every row of the database at `source` to the empty one at `target`; return the number of rows by table.

    Both have the newest schema and are locked by the caller. A failure leaves `target` empty, so that the move can be
    repeated. A database that was already copied is only compared.

    Raises:
        DatabaseRefused: `source` is not a file or `target` not a server, the target holds other rows, or a row differs
            after the copy.
    """
    _refuse_other_ways(source, target)
    from_engine, to_engine = engine_of(parsed(source)), engine_of(parsed(target))
    try:
        with refusals(to_engine.url), from_engine.begin() as there, to_engine.begin() as here:
            here.execute(text("SET LOCAL synchronous_commit = on"))
            if _is_empty(here):
                for table in _tables():
                    _carry(table, there, here)
            return {table.name: _compare(table, there, here) for table in _tables()}
    finally:
        from_engine.dispose()
        to_engine.dispose()


def _refuse_other_ways(source: str, target: str) -> None:
    if sqlite_path(parsed(source)) is None:
        raise DatabaseRefused(
            "only a SQLite database can be moved; between PostgreSQL servers use pg_dump and pg_restore"
        )
    if sqlite_path(parsed(target)) is not None:
        raise DatabaseRefused(
            f"{shown(parsed(target))} is a file; to copy a database to a file use `storywatch db backup`"
        )


def _tables() -> list[Table]:
    """Return the tables ordered so that each follows the tables that its foreign keys refer to."""
    return [table for table in schema.metadata.sorted_tables if table.name not in STAYS]


def _is_empty(connection: Connection) -> bool:
    return all(connection.execute(select(table).limit(1)).first() is None for table in _tables())


def _carry(table: Table, there: Connection, here: Connection) -> None:
    for rows in _chunks(table, there):
        here.execute(insert(table), [dict(row._mapping) for row in rows])  # noqa: SLF001  # public, so named for columns
    if "id" in table.c and isinstance(table.c.id.type, type(Id)):
        last = select(func.max(table.c.id)).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, "id")
        here.execute(select(func.setval(sequence, last)).where(last.is_not(None)))


def _compare(table: Table, there: Connection, here: Connection) -> int:
    """Compare a table row by row; return its number of rows."""
    keys = list(table.primary_key.columns)
    total = 0
    for rows in _chunks(table, there):
        wanted = {_key(keys, row): tuple(row) for row in rows}
        arrived = here.execute(select(table).where(tuple_(*keys).in_(list(wanted))))
        if {_key(keys, row): tuple(row) for row in arrived} != wanted:
            raise DatabaseRefused(
                f"table {table.name}: a row differs from the file; move to an empty database"
            )
        total += len(rows)
    count = here.execute(select(func.count()).select_from(table)).scalar_one()
    if count != total:
        raise DatabaseRefused(
            f"table {table.name} has {count} rows where the file has {total}; move to an empty database"
        )
    return total


def _chunks(table: Table, connection: Connection) -> Iterator[Sequence[AnyRow]]:
    ordered = select(table).order_by(*table.primary_key.columns)
    yield from connection.execution_options(yield_per=CHUNK).execute(ordered).partitions()


def _key(keys: Sequence[Any], row: AnyRow) -> tuple[Any, ...]:
    return tuple(row._mapping[key.name] for key in keys)  # noqa: SLF001  # public, so named for columns
