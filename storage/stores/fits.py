"""Fits: which rule version a topic's rule was fitted to, and when. Rows are only added; the latest one holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage import schema
from storage.engine.sql import in_lists, insert
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

_fits = schema.fits.c
_versions = schema.rule_versions.c


@value
class Fit:
    """A fitted state of a rule: its version and text, and the number of items that were decided before."""

    rule_version: int
    text: str
    position: int


class Fits:
    """The fits of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self) -> int:
        """Return the number of the last fit: as long as it stays, no rule was fitted."""
        return self._connection.execute(select(func.max(_fits.id))).scalar() or 0

    def topics_after(self, number: int) -> set[str]:
        """Return the topics whose rules were fitted behind a fit."""
        return set(
            self._connection.execute(select(_fits.topic).where(_fits.id > number).distinct()).scalars()
        )

    def of(self, topic: str, written: str) -> Fit | None:
        """Return the fit that holds for a topic's rule, by the hash of the rule as written."""
        statement = (
            select(_fits.rule_version_id, _versions.rule, _fits.position)
            .join(schema.rule_versions, _versions.id == _fits.rule_version_id)
            .where(_fits.topic == topic, _fits.written == written)
            .order_by(_fits.id.desc())
            .limit(1)
        )
        row = self._connection.execute(statement).first()
        return None if row is None else Fit(rule_version=row[0], text=row[1], position=row[2])

    def texts(self, version_ids: Iterable[int]) -> dict[int, str]:
        """Return the rules of those versions that were fitted, by version."""
        found: dict[int, str] = {}
        for some in in_lists(sorted(version_ids)):
            statement = select(_versions.id, _versions.rule).where(
                _versions.id.in_(some), _versions.id.in_(select(_fits.rule_version_id))
            )
            found |= {row.id: row.rule for row in self._connection.execute(statement)}
        return found

    def add(self, topic: str, written: str, *, rule_version: int, position: int, now: datetime) -> None:
        """Store that a topic's rule was fitted; to fit it again at the same position changes nothing."""
        self._connection.execute(
            insert(self._connection, schema.fits)
            .values(
                topic=topic, written=written, rule_version_id=rule_version, position=position, made_at=now
            )
            .on_conflict_do_nothing()
        )
