"""The statements that a database executes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from storage.database import Database


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect the statements of a block."""
    executed: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        executed.append(" ".join(statement.split()))

    event.listen(database._engine, "before_cursor_execute", keep)
    try:
        yield executed
    finally:
        event.remove(database._engine, "before_cursor_execute", keep)
