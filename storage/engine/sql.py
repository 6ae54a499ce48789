"""SQL that SQLite and PostgreSQL spell differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sqlalchemy import Row, func, select
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Table
    from sqlalchemy.dialects import postgresql

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
T = TypeVar("T")
IN_LIST = 500  # values in one IN (…): SQLite takes 32,766 parameters, old builds 999


def in_lists(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield values in batches, each short enough for one IN (…)."""
    for start in range(0, len(values), IN_LIST):
        yield values[start : start + IN_LIST]


def insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT of this connection's dialect, which has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return insert_for(connection.dialect.name, table)


def insert_for(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT for a dialect's name, for statements that are built once and reused."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # the import takes 40 ms, not needed on SQLite

        return postgresql.insert(table)
    return sqlite.insert(table)


def new_ids(connection: Connection, table: Table, count: int) -> list[int]:
    """Return ids that no row of `table` has, in ascending order, for rows about to be inserted.

    With ids known beforehand, many rows can be inserted by one statement. On SQLite call this only inside a write
    transaction, which excludes every other writer.
    """
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        return sorted(connection.execute(numbers).scalars())
    last = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
    return list(range(last + 1, last + 1 + count))
