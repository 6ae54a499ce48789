"""Counts of each topic: its stories over time, its alerts, and how many of them the owner marked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage import schema
from storage.model import Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_alerts = schema.alerts.c
_marks = schema.marks.c
_matches = schema.matches.c
_stories = schema.stories.c


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertedStories:
    """A topic's stories that were alerted: how many, and how many of them the owner marked yes, and no."""

    alerted: int
    yes: int
    no: int


class TopicCounts:
    """The counts of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def story_times(self, *, since: datetime) -> dict[str, list[datetime]]:
        """Return by topic when each story first seen since then began."""
        statement = select(_stories.topic, _stories.first_seen).where(
            _stories.first_seen >= since, _stories.merged_into.is_(None)
        )
        found: dict[str, list[datetime]] = defaultdict(list)
        for row in self._connection.execute(statement):
            found[row.topic].append(row.first_seen)
        return found

    def alerted(self, *, since: datetime) -> dict[str, AlertedStories]:
        """Return by topic the stories alerted since then; one with an item marked yes counts as yes."""
        sent = (_alerts.message_id.is_not(None), _alerts.decided_at >= since)
        alerted = select(_alerts.topic, func.count(_alerts.story_id.distinct()).label("alerted")).where(*sent)
        verdicts = self._verdicts(since)
        return {
            row.topic: AlertedStories(
                alerted=row.alerted,
                yes=sum(Verdict.YES in given for given in verdicts[row.topic].values()),
                no=sum(Verdict.YES not in given for given in verdicts[row.topic].values()),
            )
            for row in self._connection.execute(alerted.group_by(_alerts.topic))
        }

    def _verdicts(self, since: datetime) -> dict[str, dict[int, set[Verdict]]]:
        """Return by topic and alerted story what the owner said of its items."""
        latest = select(func.max(_marks.id)).group_by(_marks.topic, _marks.item_id)
        alerted = select(_alerts.story_id).where(_alerts.message_id.is_not(None), _alerts.decided_at >= since)
        statement = (
            select(_marks.topic, _matches.story_id, _marks.verdict)
            .join(schema.matches, (_matches.item_id == _marks.item_id) & (_matches.topic == _marks.topic))
            .where(_marks.id.in_(latest), _marks.verdict != Verdict.UNDONE, _matches.story_id.in_(alerted))
        )
        found: dict[str, dict[int, set[Verdict]]] = defaultdict(lambda: defaultdict(set))
        for row in self._connection.execute(statement):
            found[row.topic][row.story_id].add(Verdict(row.verdict))
        return found
