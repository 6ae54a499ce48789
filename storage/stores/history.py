"""The history of items and stories: matches, alerts, silences, and the messages that carry them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from storage import schema
from storage.model.value import value
from storage.stores.matches import match_of, match_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from storage.engine.sql import AnyRow
    from storage.model import Match

_matches = schema.matches.c
_deliveries = schema.deliveries.c
_messages = schema.messages.c


@value
class PlacedMatch:
    """A match with the story it is in; None while it waits for grouping."""

    match: Match
    story_id: int | None


@value
class StoryMove:
    """A merge or split by the owner, which moved matches from one story to another."""

    kind: str
    source: int
    target: int
    made_at: datetime
    match_ids: tuple[int, ...]


@value
class Silence:
    """The reason why a match caused no alert on a channel (`*`: on any)."""

    match_id: int
    channel: str
    reason: str
    decided_at: datetime


@value
class DeliveryRecord:
    """A delivery of a message with its state."""

    id: str
    message_id: str
    kind: str
    channel: str
    recipient: str
    sealed_at: datetime
    state: str
    attempts: int
    finished_at: datetime | None
    next_at: datetime | None
    last_error: str | None


class History:
    """Queries about past matches, alerts and messages, within one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_article(self, article_id: int) -> list[PlacedMatch]:
        """Return an article's matches, one a topic, by whichever of its items."""
        return self._placed(_matches.article_id == article_id)

    def of_story(self, story_id: int) -> list[PlacedMatch]:
        """Return a story's matches in the order they joined it."""
        return self._placed(_matches.story_id == story_id)

    def of_matches(self, match_ids: Sequence[int]) -> list[PlacedMatch]:
        """Return these matches with their present stories."""
        return self._placed(_matches.id.in_(match_ids))

    def moves(self, match_ids: Sequence[int], *, story_id: int | None = None) -> list[StoryMove]:
        """Return the owner's corrections that moved any of these matches or took any out of a story, in order."""
        corrections, moved = schema.corrections.c, schema.corrected_matches.c
        statement = (
            select(schema.corrections, moved.match_id)
            .join(schema.corrected_matches, moved.correction_id == corrections.id)
            .where(or_(moved.match_id.in_(match_ids), corrections.story_id == story_id))
            .order_by(corrections.id, moved.match_id)
        )
        found: dict[int, StoryMove] = {}
        for row in self._connection.execute(statement):
            earlier = found[row.id].match_ids if row.id in found else ()
            found[row.id] = StoryMove(
                kind=row.kind,
                source=row.story_id,
                target=row.into_id,
                made_at=row.made_at,
                match_ids=(*earlier, row.match_id),
            )
        return list(found.values())

    def is_waiting(self, item_id: int) -> bool:
        """Return whether an item waits to be matched."""
        waiting = select(schema.to_match.c.item_id).where(schema.to_match.c.item_id == item_id)
        return self._connection.execute(waiting).first() is not None

    def due_at(self, story_id: int) -> datetime | None:
        """Return when the alert pass decides on a story next; None if nothing in it waits."""
        due = select(schema.stories.c.due_at).where(schema.stories.c.id == story_id)
        return self._connection.execute(due).scalar()

    def alerts_of(self, match_ids: Sequence[int]) -> list[int]:
        """Return the ids of the alerts about any of these matches."""
        links = schema.alert_matches.c
        statement = select(links.alert_id).where(links.match_id.in_(match_ids)).distinct()
        return list(self._connection.execute(statement.order_by(links.alert_id)).scalars())

    def alerts_named(self, ident: str) -> dict[str, list[int]]:
        """Return the ids of the alerts in each message that is named by its or a delivery's id or its beginning."""
        alerts = schema.alerts.c
        of_delivery = select(_deliveries.message_id).where(_deliveries.id.startswith(ident, autoescape=True))
        named = or_(alerts.message_id.in_(of_delivery), alerts.message_id.startswith(ident, autoescape=True))
        found: dict[str, list[int]] = {}
        for row in self._connection.execute(
            select(alerts.id, alerts.message_id).where(named).order_by(alerts.id)
        ):
            found.setdefault(row.message_id, []).append(row.id)
        return found

    def silences(self, match_ids: Sequence[int]) -> list[Silence]:
        """Return the recorded reasons why matches caused no alert."""
        silences = schema.silences.c
        rows = self._connection.execute(
            select(schema.silences)
            .where(silences.match_id.in_(match_ids))
            .order_by(silences.decided_at, silences.match_id, silences.channel)
        )
        return [_silence(row) for row in rows]

    def silences_of(self, story_ids: Sequence[int]) -> dict[tuple[int, str], Silence]:
        """Return why matches of these stories caused no alert, by match and channel."""
        silences = schema.silences.c
        statement = (
            select(schema.silences)
            .join(schema.matches, _matches.id == silences.match_id)
            .where(_matches.story_id.in_(story_ids))
        )
        found = (_silence(row) for row in self._connection.execute(statement))
        return {(one.match_id, one.channel): one for one in found}

    def thread(self, story_id: int, channel: str) -> str | None:
        """Return the mail thread of a story on a channel, of a story merged into it, or of the older one it continues.

        None if no message was about one of them alone.
        """
        seen: set[int] = set()
        following: int | None = story_id
        while following is not None and following not in seen:
            seen.add(following)
            found = self.own_thread(following, channel)
            if found is not None:
                return found
            older = select(schema.stories.c.continues).where(schema.stories.c.id == following)
            following = self._connection.execute(older).scalar()
        return None

    def own_thread(self, story_id: int, channel: str) -> str | None:
        """Return the thread of a story on a channel, or of a story that was merged into it."""
        alerts, stories = schema.alerts.c, schema.stories.c
        merged = select(stories.id).where(stories.merged_into == story_id)
        statement = (
            select(_messages.thread)
            .join(schema.alerts, alerts.message_id == _messages.id)
            .where(
                or_(alerts.story_id == story_id, alerts.story_id.in_(merged)),
                alerts.channel == channel,
                _messages.thread.is_not(None),
            )
            .order_by(alerts.story_id != story_id, _messages.created_at.desc())
        )
        return self._connection.execute(statement.limit(1)).scalar()

    def sealed_at(self, message_ids: Sequence[str]) -> dict[str, datetime]:
        """Return when these messages were written."""
        statement = select(_messages.id, _messages.created_at).where(_messages.id.in_(message_ids))
        return {row.id: row.created_at for row in self._connection.execute(statement)}

    def carried(self, message_ids: Sequence[str]) -> list[DeliveryRecord]:
        """Return the deliveries of these messages."""
        statement = (
            select(schema.deliveries, _messages.kind, _messages.created_at.label("sealed_at"))
            .join_from(schema.deliveries, schema.messages, _messages.id == _deliveries.message_id)
            .where(_deliveries.message_id.in_(message_ids))
            .order_by(_deliveries.created_at, _deliveries.id)
        )
        return [
            DeliveryRecord(
                id=row.id,
                message_id=row.message_id,
                kind=row.kind,
                channel=row.channel,
                recipient=row.recipient,
                sealed_at=row.sealed_at,
                state=row.state,
                attempts=row.attempts,
                finished_at=row.finished_at,
                next_at=row.next_at,
                last_error=row.last_error,
            )
            for row in self._connection.execute(statement)
        ]

    def _placed(self, condition: ColumnElement[bool]) -> list[PlacedMatch]:
        rows = self._connection.execute(match_rows().where(condition).order_by(_matches.position))
        return [PlacedMatch(match=match_of(row), story_id=row.story_id) for row in rows]


def _silence(row: AnyRow) -> Silence:
    return Silence(match_id=row.match_id, channel=row.channel, reason=row.reason, decided_at=row.decided_at)
