"""Named tokens of programs and colleagues, kept as hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from storage import schema
from storage.engine.sql import AnyRow, insert
from storage.model.access import AccessToken, Role

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_tokens = schema.access_tokens.c


class AccessTokens:
    """The named tokens of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, name: str, token_hash: str, *, role: Role, now: datetime) -> bool:
        """Store a token; return whether the name was free."""
        statement = insert(self._connection, schema.access_tokens).values(
            name=name, token_hash=token_hash, role=role, created_at=now
        )
        kept = statement.on_conflict_do_nothing().returning(_tokens.name)
        return self._connection.execute(kept).scalar() is not None

    def by_hash(self, token_hash: str) -> AccessToken | None:
        """Return the token with this hash."""
        statement = select(schema.access_tokens).where(_tokens.token_hash == token_hash)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _token(row)

    def all(self) -> list[AccessToken]:
        """Return every token, ordered by name."""
        statement = select(schema.access_tokens).order_by(_tokens.name)
        return [_token(row) for row in self._connection.execute(statement)]

    def use(self, name: str, *, now: datetime) -> None:
        """Record that a token was used."""
        self._connection.execute(
            update(schema.access_tokens).where(_tokens.name == name).values(last_used_at=now)
        )

    def remove(self, name: str) -> bool:
        """Delete a token; return whether there was one."""
        return bool(
            self._connection.execute(delete(schema.access_tokens).where(_tokens.name == name)).rowcount
        )


def _token(row: AnyRow) -> AccessToken:
    return AccessToken(
        name=row.name, role=Role(row.role), created_at=row.created_at, last_used_at=row.last_used_at
    )
