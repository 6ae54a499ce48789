"""When each digest route is due next, and up to when it has told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage import schema
from storage.sql import insert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_digests = schema.digests.c


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTurn:
    """A digest route's next turn; it will tell what came after `told_until`."""

    route: str
    next_at: datetime
    told_until: datetime


class Digests:
    """The digest turns of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def turn(self, route: str) -> DigestTurn | None:
        """Return a route's next turn; None before it was ever scheduled."""
        row = self._connection.execute(select(schema.digests).where(_digests.route == route)).one_or_none()
        if row is None:
            return None
        return DigestTurn(route=row.route, next_at=row.next_at, told_until=row.told_until)

    def schedule(self, turn: DigestTurn) -> None:
        """Store a route's next turn."""
        values = {"next_at": turn.next_at, "told_until": turn.told_until}
        statement = insert(self._connection, schema.digests).values(route=turn.route, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["route"], set_=values))

    def next_due(self, routes: Sequence[str]) -> datetime | None:
        """Return when the next of these routes has its turn."""
        return self._connection.execute(
            select(func.min(_digests.next_at)).where(_digests.route.in_(routes))
        ).scalar()
