"""Digest turns: when each digest route is due next, and its last position among each topic's matches."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from storage import schema
from storage.engine.sql import insert
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

_digests = schema.digests.c
_digested = schema.digested.c
_matches = schema.matches.c
_versions = schema.rule_versions.c


@value
class DigestTurn:
    """The time of a digest route's next digest and of its last one."""

    route: str
    next_at: datetime
    reported_until: datetime


class Digests:
    """The digest turns of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def turn(self, route: str) -> DigestTurn | None:
        """Return a route's next turn; None before it was ever scheduled."""
        row = self._connection.execute(select(schema.digests).where(_digests.route == route)).one_or_none()
        if row is None:
            return None
        return DigestTurn(route=row.route, next_at=row.next_at, reported_until=row.told_until)

    def schedule(self, turn: DigestTurn) -> None:
        """Store a route's next turn."""
        values = {"next_at": turn.next_at, "told_until": turn.reported_until}
        statement = insert(self._connection, schema.digests).values(route=turn.route, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["route"], set_=values))

    def reached(self, route: str) -> dict[str, int]:
        """Return the last position that a route has sent, by topic; a topic without digests is missing."""
        statement = select(_digested.topic, _digested.position).where(_digested.route == route)
        return {row.topic: row.position for row in self._connection.execute(statement)}

    def reach(self, route: str, positions: Mapping[str, int]) -> None:
        """Store the last position that a route has sent, by topic."""
        rows = [
            {"route": route, "topic": topic, "position": position} for topic, position in positions.items()
        ]
        if rows:
            statement = insert(self._connection, schema.digested)
            changed = {"position": statement.excluded.position}
            statement = statement.on_conflict_do_update(index_elements=["route", "topic"], set_=changed)
            self._connection.execute(statement, rows)

    def last_places(self) -> dict[str, int]:
        """Return the position of the match grouped last, by topic; topics without grouped matches are left out."""
        last = select(func.max(_matches.position)).where(_matches.topic == _versions.topic)
        topics = select(_versions.topic, last.correlate(schema.rule_versions).scalar_subquery().label("last"))
        rows = self._connection.execute(topics.distinct())
        return {row.topic: row.last for row in rows if row.last is not None}

    def places_at(self, moment: datetime) -> dict[str, int]:
        """Return, by topic, the position before the first match made after a time."""
        later = case((_matches.matched_at > moment, _matches.position))
        place = func.coalesce(func.min(later) - 1, func.max(_matches.position))
        grouped = select(_matches.topic, place.label("place")).where(_matches.position.is_not(None))
        rows = self._connection.execute(grouped.group_by(_matches.topic))
        return {row.topic: row.place for row in rows}

    def grouped_between(self, topic: str, after: int, until: int) -> dict[int, set[int]]:
        """Return the topic's matches after one position and up to another: {story id: match ids}."""
        return self._by_story(_matches.topic == topic, _matches.position > after, _matches.position <= until)

    def made_between(
        self, since: datetime, until: datetime, *, topics: Sequence[str] | None = None
    ) -> dict[int, set[int]]:
        """Return the grouped matches made after `since` and up to `until`: {story id: match ids}."""
        made = (_matches.matched_at > since) & (_matches.matched_at <= until) & _matches.story_id.is_not(None)
        return self._by_story(made if topics is None else made & _matches.topic.in_(topics))

    def _by_story(self, *conditions: ColumnElement[bool]) -> dict[int, set[int]]:
        found: dict[int, set[int]] = defaultdict(set)
        for row in self._connection.execute(select(_matches.story_id, _matches.id).where(*conditions)):
            found[row.story_id].add(row.id)
        return found

    def next_due(self, routes: Sequence[str]) -> datetime | None:
        """Return when the next of these routes is due."""
        return self._connection.execute(
            select(func.min(_digests.next_at)).where(_digests.route.in_(routes))
        ).scalar()
