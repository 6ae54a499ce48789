"""Sessions of signed-in browsers, and each visitor's last visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from storage import schema
from storage.engine.sql import AnyRow, insert
from storage.model.access import Role, Session, SignInSource

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

_sessions = schema.sessions.c
_visits = schema.visits.c


class Sessions:
    """The sessions and visits of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(
        self,
        token_hash: str,
        *,
        name: str,
        role: Role,
        source: SignInSource,
        proof: str,
        now: datetime,
        until: datetime,
    ) -> None:
        """Open a session, and delete those that have ended."""
        self._connection.execute(delete(schema.sessions).where(_sessions.until <= now))
        self._connection.execute(
            insert(self._connection, schema.sessions).values(
                token_hash=token_hash,
                name=name,
                role=role,
                source=source,
                proof=proof,
                created_at=now,
                until=until,
            )
        )

    def get(self, token_hash: str, *, now: datetime) -> Session | None:
        """Return the session with this hash of the cookie, unless it has ended."""
        statement = select(schema.sessions).where(_sessions.token_hash == token_hash, _sessions.until > now)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _session(row)

    def count(self, *, now: datetime) -> int:
        """Return how many sessions have not ended."""
        return len(self._connection.execute(select(_sessions.id).where(_sessions.until > now)).all())

    def close(self, session_id: int) -> None:
        """End a session."""
        self._connection.execute(delete(schema.sessions).where(_sessions.id == session_id))

    def close_all(self) -> int:
        """End every session; return how many there were."""
        return self._connection.execute(delete(schema.sessions)).rowcount

    def visit_before(self, name: str) -> datetime | None:
        """Return when a visitor's previous visit ended; None on the first visit."""
        return self._connection.execute(select(_visits.before_at).where(_visits.name == name)).scalar()

    def last_visit(self, name: str) -> datetime | None:
        """Return when a visitor was last seen."""
        return self._connection.execute(select(_visits.last_at).where(_visits.name == name)).scalar()

    def visit(self, name: str, *, now: datetime, pause: timedelta) -> None:
        """Record a request of a visitor; after a pause of this length a new visit begins."""
        statement = insert(self._connection, schema.visits).values(name=name, last_at=now)
        self._connection.execute(statement.on_conflict_do_nothing())
        mine = update(schema.visits).where(_visits.name == name)
        self._connection.execute(mine.where(_visits.last_at <= now - pause).values(before_at=_visits.last_at))
        self._connection.execute(mine.where(_visits.last_at < now).values(last_at=now))


def _session(row: AnyRow) -> Session:
    return Session(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        source=SignInSource(row.source),
        proof=row.proof,
        created_at=row.created_at,
        until=row.until,
    )
