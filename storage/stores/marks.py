"""Marks: the owner's verdicts on items. Rows are only added; the latest mark of an item counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage import schema
from storage.engine.sql import AnyRow, insert
from storage.model import Mark, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from storage.model import Item

_marks = schema.marks.c


class Marks:
    """The marks of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        topic: str,
        item: Item | Mark,
        verdict: Verdict,
        *,
        now: datetime,
        wrote: tuple[str, str] | None = None,
    ) -> None:
        """Store a verdict on an item; `wrote` is the rule before and after, if a rule file was changed."""
        self._connection.execute(
            insert(self._connection, schema.marks).values(
                topic=topic,
                item_id=item.item_id if isinstance(item, Mark) else item.id,
                verdict=verdict,
                title=item.title,
                summary=item.summary,
                content=item.content,
                marked_at=now,
                rule_before=wrote[0] if wrote else None,
                rule_after=wrote[1] if wrote else None,
            )
        )

    def newest(self) -> int:
        """Return the id of the last mark, which changes whenever something is marked or undone."""
        return self._connection.execute(select(func.max(_marks.id))).scalar() or 0

    def active(self) -> list[Mark]:
        """Return the valid marks of all topics, in the order they were made."""
        return [mark for mark in self._latest() if mark.verdict is not Verdict.UNDONE]

    def written(self, topic: str) -> list[Mark]:
        """Return the marks of a topic that changed its rule file, including undone ones, in order."""
        wrote = schema.marks.c.rule_after.is_not(None), _marks.verdict != Verdict.UNDONE
        statement = select(schema.marks).where(_marks.topic == topic, *wrote).order_by(_marks.id)
        return [_mark(row) for row in self._connection.execute(statement)]

    def standing_before(self, topic: str, moment: datetime) -> list[Mark]:
        """Return the marks of a topic that held just before a moment, in the order they were made."""
        earlier = _marks.topic == topic, _marks.marked_at < moment
        return [mark for mark in self._latest(*earlier) if mark.verdict is not Verdict.UNDONE]

    def _latest(self, *conditions: ColumnElement[bool]) -> list[Mark]:
        last = select(func.max(_marks.id)).where(*conditions).group_by(_marks.topic, _marks.item_id)
        statement = select(schema.marks).where(_marks.id.in_(last)).order_by(_marks.id)
        return [_mark(row) for row in self._connection.execute(statement)]


def _mark(row: AnyRow) -> Mark:
    return Mark(
        id=row.id,
        topic=row.topic,
        item_id=row.item_id,
        verdict=Verdict(row.verdict),
        title=row.title,
        summary=row.summary,
        content=row.content,
        marked_at=row.marked_at,
        rule_before=row.rule_before,
        rule_after=row.rule_after,
    )
