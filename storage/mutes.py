"""The owner's mutes: what is not to be told for a while. A row each; one that has run out stays, to explain the past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage import schema
from storage.model import Mute, MuteKind
from storage.sql import insert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_mutes = schema.mutes.c


class Mutes:
    """The mutes of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, mute: Mute) -> None:
        """Mute something."""
        self._connection.execute(
            insert(self._connection, schema.mutes).values(
                kind=mute.kind, target=mute.target, since=mute.since, until=mute.until
            )
        )

    def lift(self, kind: MuteKind, target: str, *, now: datetime) -> bool:
        """End every mute of something that stands now; return whether there was one."""
        standing = (_mutes.kind == kind) & (_mutes.target == target) & (_mutes.until > now)
        return bool(self._connection.execute(update(schema.mutes).where(standing).values(until=now)).rowcount)

    def standing(self, *, now: datetime) -> list[Mute]:
        """Return the mutes that have not run out, in the order they were made."""
        statement = select(schema.mutes).where(_mutes.until > now).order_by(_mutes.id)
        return [
            Mute(kind=MuteKind(row.kind), target=row.target, since=row.since, until=row.until)
            for row in self._connection.execute(statement)
        ]
