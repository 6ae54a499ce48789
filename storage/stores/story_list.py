"""Stories as a reader goes through them: page by page, the latest first, with the items of each in short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, not_, or_, select

from storage import schema
from storage.engine.sql import in_lists
from storage.model import Why
from storage.model.messages import AlertState
from storage.stores.item_rows import NAMES_OF_SOURCES, outlet_name
from storage.stores.stories import story_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from storage.model import Story
    from storage.model.messages import StoryFilter

_stories = schema.stories.c
_matches = schema.matches.c
_items = schema.items.c
_alerts = schema.alerts.c
_links = schema.alert_matches.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An item of a story in short: without its texts, which may be long; `outlet` is the name of its outlet."""

    match_id: int
    item_id: int
    outlet: str
    title: str
    first_seen: datetime
    score: float
    why: tuple[Why, ...]


class StoryList:
    """The list of stories, within one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(
        self, wanted: StoryFilter, *, limit: int, before: tuple[datetime, int] | None = None
    ) -> list[Story]:
        """Return stories, the last seen first; `before` is the last one of the page before: (last seen, id)."""
        statement = select(schema.stories).where(_stories.merged_into.is_(None), *_conditions(wanted))
        if before is not None:
            moment, story_id = before
            same = and_(_stories.last_seen == moment, _stories.id < story_id)
            statement = statement.where(or_(_stories.last_seen < moment, same))
        latest = statement.order_by(_stories.last_seen.desc(), _stories.id.desc()).limit(limit)
        return [story_of(row) for row in self._connection.execute(latest)]

    def count(self, wanted: StoryFilter) -> int:
        """Return how many stories there are of these."""
        statement = select(func.count()).select_from(schema.stories)
        return self._connection.execute(
            statement.where(_stories.merged_into.is_(None), *_conditions(wanted))
        ).scalar_one()

    def continued_by(self, story_id: int) -> list[Story]:
        """Return the later stories that take this one up again, oldest first."""
        statement = select(schema.stories).where(
            _stories.continues == story_id, _stories.merged_into.is_(None)
        )
        return [story_of(row) for row in self._connection.execute(statement.order_by(_stories.id))]

    def mentions(self, story_ids: Sequence[int]) -> dict[int, list[Mention]]:
        """Return the items of each story in the order in which they joined it."""
        found: dict[int, list[Mention]] = {story_id: [] for story_id in story_ids}
        for some in in_lists(story_ids):
            statement = (
                select(
                    _matches.id,
                    _matches.item_id,
                    _matches.story_id,
                    _matches.score,
                    _matches.why,
                    _items.title,
                    _items.first_seen,
                    _items.outlet,
                    _items.source_name,
                    *NAMES_OF_SOURCES,
                )
                .join_from(schema.matches, schema.items, _items.id == _matches.item_id)
                .join(schema.feeds, schema.feeds.c.id == _items.feed_id)
                .where(_matches.story_id.in_(some))
                .order_by(_matches.position)
            )
            for row in self._connection.execute(statement):
                found[row.story_id].append(
                    Mention(
                        match_id=row.id,
                        item_id=row.item_id,
                        outlet=outlet_name(row),
                        title=row.title,
                        first_seen=row.first_seen,
                        score=row.score,
                        why=tuple(Why(**why) for why in row.why),
                    )
                )
        return found


def _conditions(wanted: StoryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.topic is not None:
        conditions.append(_stories.topic == wanted.topic)
    if wanted.since is not None:
        conditions.append(_stories.last_seen >= wanted.since)
    if wanted.unread_since is not None:
        conditions.append(_stories.last_seen > wanted.unread_since)
    if wanted.until is not None:
        # A story that went on after the period belongs to it, too, if it had begun.
        conditions.append(_stories.first_seen < wanted.until)
    if wanted.alert_state is not None:
        conditions += _in_state(wanted.alert_state)
    return conditions


def _in_state(state: AlertState) -> list[ColumnElement[bool]]:
    alerted = _has_alert()
    match state:
        case AlertState.ALERTED:
            return [_has_alert(_alerts.message_id.is_not(None))]
        case AlertState.HELD:
            return [alerted, not_(_has_alert(_alerts.message_id.is_not(None)))]
        case AlertState.SILENT:
            return [not_(alerted), _stories.due_at.is_(None)]
        case AlertState.WAITING:
            return [not_(alerted), _stories.due_at.is_not(None)]


def _has_alert(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether an alert had an item that is in the story now, whatever its story was then."""
    alerted = (
        select(_links.alert_id)
        .join_from(schema.matches, schema.alert_matches, _links.match_id == _matches.id)
        .join(schema.alerts, _alerts.id == _links.alert_id)
        .where(_matches.story_id == _stories.id, *conditions)
    )
    return exists(alerted.correlate(schema.stories))
