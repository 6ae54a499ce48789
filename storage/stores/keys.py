"""Named values that storywatch generates, such as the key that signs links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import schema
from storage.engine.sql import insert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_keys = schema.keys.c


class Keys:
    """The keys of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        """Return the key of this name."""
        return self._connection.execute(select(_keys.value).where(_keys.name == name)).scalar()

    def keep(self, name: str, value: str, *, now: datetime) -> str:
        """Store a key unless the name has one; return the stored key."""
        statement = insert(self._connection, schema.keys).values(name=name, value=value, created_at=now)
        self._connection.execute(statement.on_conflict_do_nothing())
        return self.get(name) or value

    def replace(self, name: str, value: str, *, now: datetime) -> None:
        """Store a key in place of any of this name."""
        statement = insert(self._connection, schema.keys).values(name=name, value=value, created_at=now)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": value, "created_at": now})
        )
