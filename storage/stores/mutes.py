"""Mutes: topics, stories and feeds without alerts until a time. Expired mutes are kept to explain the past."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from storage import schema
from storage.engine.sql import AnyRow, insert
from storage.model import Mute, MuteKind

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

_mutes = schema.mutes.c
_stories = schema.stories.c


class Mutes:
    """The mutes of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, mute: Mute) -> None:
        """Store a mute."""
        self._connection.execute(
            insert(self._connection, schema.mutes).values(
                kind=mute.kind, target=mute.target, since=mute.since, until=mute.until
            )
        )

    def lift(self, kind: MuteKind, target: str, *, now: datetime) -> bool:
        """End every present mute of a target, for a story also those of stories merged into it.

        Return whether there was one.
        """
        targets = {target} if kind is not MuteKind.STORY else self._held_by({int(target)})
        in_force = (_mutes.kind == kind) & _mutes.target.in_(targets) & (_mutes.until > now)
        return bool(self._connection.execute(update(schema.mutes).where(in_force).values(until=now)).rowcount)

    def take_back(self, mute: Mute, *, now: datetime) -> None:
        """End one mute, and none that was made at another time."""
        same = (_mutes.kind == mute.kind) & (_mutes.target == mute.target) & (_mutes.since == mute.since)
        self._connection.execute(update(schema.mutes).where(same, _mutes.until > now).values(until=now))

    def active(self, *, now: datetime) -> list[Mute]:
        """Return the mutes that have not run out, in the order they were made.

        That of a story which was merged is one of the story it was merged into.
        """
        statement = select(schema.mutes).where(_mutes.until > now).order_by(_mutes.id)
        found = [_mute(row) for row in self._connection.execute(statement)]
        ids = {int(mute.target) for mute in found if mute.kind is MuteKind.STORY}
        merged = select(_stories.id, _stories.merged_into).where(
            _stories.id.in_(ids), _stories.merged_into.is_not(None)
        )
        into = {str(row.id): str(row.merged_into) for row in self._connection.execute(merged)} if ids else {}
        return [
            replace(mute, target=into.get(mute.target, mute.target)) if mute.kind is MuteKind.STORY else mute
            for mute in found
        ]

    def about(
        self,
        *,
        topics: Collection[str],
        story_ids: Collection[int],
        feed_ids: Collection[int],
        since: datetime,
    ) -> list[Mute]:
        """Return the mutes of targets that did not end before a time, including those of stories merged into them."""
        statement = select(schema.mutes).where(
            _mutes.until > since,
            or_(
                (_mutes.kind == MuteKind.TOPIC) & _mutes.target.in_(topics),
                (_mutes.kind == MuteKind.STORY) & _mutes.target.in_(self._held_by(story_ids)),
                (_mutes.kind == MuteKind.FEED) & _mutes.target.in_([str(one) for one in feed_ids]),
            ),
        )
        return [_mute(row) for row in self._connection.execute(statement.order_by(_mutes.id))]

    def _held_by(self, story_ids: Collection[int]) -> set[str]:
        """Return the targets of stories and of those merged into them, as mutes store them."""
        merged = select(_stories.id).where(_stories.merged_into.in_(story_ids))
        return {str(one) for one in (*story_ids, *self._connection.execute(merged).scalars())}


def _mute(row: AnyRow) -> Mute:
    return Mute(kind=MuteKind(row.kind), target=row.target, since=row.since, until=row.until)
