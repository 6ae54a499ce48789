"""The uses of links: one row for each link that was followed, which the next digest reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage import schema
from storage.engine.sql import AnyRow, insert
from storage.model import LinkAction, LinkUse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

_uses = schema.link_uses.c


class LinkUses:
    """The uses of links of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, token: str) -> LinkUse | None:
        """Return the use of the link with this signature; None if it was never followed."""
        row = self._connection.execute(select(schema.link_uses).where(_uses.token == token)).one_or_none()
        return None if row is None else _use(row)

    def note(self, use: LinkUse) -> None:
        """Store the use of a link, again if it was undone since."""
        values = {
            "action": use.action,
            "target": use.target,
            "topics": list(use.topics),
            "channel": use.channel,
            "done_at": use.done_at,
            "undone_at": None,
            "told_at": None,
        }
        statement = insert(self._connection, schema.link_uses).values(token=use.token, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["token"], set_=values))

    def undo(self, token: str, *, now: datetime) -> None:
        """Note that the use of a link was undone."""
        self._connection.execute(update(schema.link_uses).where(_uses.token == token).values(undone_at=now))

    def unreported(self) -> list[LinkUse]:
        """Return the uses that no digest has reported yet and that were not undone, in order."""
        waiting = _uses.told_at.is_(None), _uses.undone_at.is_(None)
        return self._load(*waiting)

    def between(self, since: datetime, until: datetime) -> list[LinkUse]:
        """Return the uses after `since` and until `until` that were not undone, in order."""
        return self._load(_uses.done_at > since, _uses.done_at <= until, _uses.undone_at.is_(None))

    def set_reported(self, tokens: Sequence[str], *, now: datetime) -> None:
        """Note that a digest reports these uses."""
        self._connection.execute(
            update(schema.link_uses)
            .where(_uses.token.in_(tokens), _uses.told_at.is_(None))
            .values(told_at=now)
        )

    def _load(self, *conditions: ColumnElement[bool]) -> list[LinkUse]:
        ordered = select(schema.link_uses).where(*conditions).order_by(_uses.done_at, _uses.token)
        return [_use(row) for row in self._connection.execute(ordered)]


def _use(row: AnyRow) -> LinkUse:
    return LinkUse(
        token=row.token,
        action=LinkAction(row.action),
        target=row.target,
        topics=tuple(row.topics),
        channel=row.channel,
        done_at=row.done_at,
        undone_at=row.undone_at,
    )
