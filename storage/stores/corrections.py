"""The owner's merges and splits: the matches moved, from which story to which, and the position reached by grouping."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from storage import schema
from storage.engine.sql import insert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.model import Match

_corrections = schema.corrections.c
_matches = schema.matches.c


class Kind(StrEnum):
    """The kind of a correction."""

    MERGE = "merge"
    SPLIT = "split"


class Corrections:
    """The corrections of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def latest(self, topic: str) -> int:
        """Return the id of the topic's last correction, 0 before the first; stories read before it are stale."""
        newest = select(func.max(_corrections.id)).where(_corrections.topic == topic)
        return self._connection.execute(newest).scalar() or 0

    def move(self, matches: Sequence[Match], kind: Kind, *, source: int, target: int, now: datetime) -> None:
        """Move matches of one topic from one story into another and record the correction."""
        topic = matches[0].topic
        last = select(func.coalesce(func.max(_matches.position), 0)).where(_matches.topic == topic)
        statement = insert(self._connection, schema.corrections).values(
            topic=topic,
            kind=kind,
            story_id=source,
            into_id=target,
            position=last.scalar_subquery(),
            made_at=now,
        )
        correction_id = self._connection.execute(statement.returning(_corrections.id)).scalar_one()
        self._connection.execute(
            insert(self._connection, schema.corrected_matches),
            [{"correction_id": correction_id, "match_id": match.id} for match in matches],
        )
        self._connection.execute(
            update(schema.matches)
            .where(
                _matches.id.in_(
                    select(schema.corrected_matches.c.match_id).where(
                        schema.corrected_matches.c.correction_id == correction_id
                    )
                )
            )
            .values(story_id=target)
        )
