"""SQL that SQLite and PostgreSQL spell differently."""

from __future__ import annotations

from functools import cache, lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from sqlalchemy import ARRAY, JSON, Integer, Row, any_, bindparam, func, select
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Dialect, Insert, Select, Table, Update
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


def in_parameter(dialect: str, column: Column[int], name: str) -> ColumnElement[bool]:
    """Return the condition that a column is among the numbers of one parameter, a list of any length.

    SQLAlchemy writes an IN (…) anew for each list, which takes longer than SQLite's search.
    """
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    listed = func.json_each(bindparam(name, type_=JSON)).table_valued("value")
    return column.in_(select(listed.c.value))


@cache
def replacing(dialect: str, table: Table, key: str, *columns: str) -> Insert:
    """Return the statement that inserts rows, or replaces the values of columns where the key is there; built once."""
    statement = insert_for(dialect, table)
    replaced = {column: statement.excluded[column] for column in columns}
    return statement.on_conflict_do_update(index_elements=[key], set_=replaced)


def execute_many(
    connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Execute a statement for each row; all rows have the same keys. Keep the statement: it is compiled once.

    On SQLite the driver gets plain tuples. SQLAlchemy's own work for each row takes longer than SQLite's.
    """
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
    else:
        sql, to_values = _prepared(statement, connection.dialect, tuple(rows[0]))
        connection.exec_driver_sql(sql, [to_values(row) for row in rows])


@lru_cache(maxsize=64)
def _prepared(
    statement: Insert | Update, dialect: Dialect, names: tuple[str, ...]
) -> tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]]:
    """Return a statement's SQL with `?`, and the function that makes the values of a row."""
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(names), for_executemany=True)
    order: list[str] = compiled.positiontup
    processors = [compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order]
    processed = [(at, process) for at, process in enumerate(processors) if process is not None]
    constants = {name: compiled.binds[name].effective_value for name in order if name not in names}
    taken = itemgetter(*order)

    def to_values(row: Mapping[str, Any]) -> tuple[Any, ...]:
        values = list(taken({**row, **constants} if constants else row))
        for at, process in processed:
            values[at] = process(values[at])
        return tuple(values)

    return str(compiled), to_values


def new_ids(connection: Connection, table: Table, count: int) -> list[int]:
    """Return ids that no row of `table` has, in ascending order, for rows about to be inserted.

    With ids known beforehand, many rows can be inserted by one statement. On SQLite call this only inside a write
    transaction, which excludes every other writer.
    """
    if connection.dialect.name == "postgresql":
        return sorted(connection.execute(_next_ids(table), {"count": count}).scalars())
    last = connection.execute(_last_id(table)).scalar_one()
    return list(range(last + 1, last + 1 + count))


@lru_cache(maxsize=64)
def _next_ids(table: Table) -> Select[int]:
    sequence = func.pg_get_serial_sequence(table.name, "id")
    return select(func.nextval(sequence)).select_from(
        func.generate_series(1, bindparam("count", type_=Integer))
    )


@lru_cache(maxsize=64)
def _last_id(table: Table) -> Select[int]:
    return select(func.coalesce(func.max(table.c.id), 0))
