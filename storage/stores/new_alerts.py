"""New alerts: decisions to store, each unique by its key, with their matches."""

from __future__ import annotations

from dataclasses import field
from functools import cache
from typing import TYPE_CHECKING

from storage import schema
from storage.engine.sql import insert, insert_for
from storage.model import Growth, Reason
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.sql.dml import ReturningInsert

_alerts = schema.alerts.c


@value
class NewAlert:
    """A decision to tell a story on a channel; `growth` counts its updates there, 0 for the first alert."""

    story_id: int
    topic: str
    reason: Reason
    growth: int
    channel: str
    route: str
    sources: int
    match_ids: tuple[int, ...]
    brings: Growth = field(default_factory=Growth)
    gap_since: datetime | None = None


def add_alerts(connection: Connection, alerts: Sequence[NewAlert], *, now: datetime) -> list[int | None]:
    """Store decisions and their matches, and return their ids; None for a decision that was stored before."""
    if not alerts:
        return []
    stored = connection.execute(_adding(connection.dialect.name), [_row(alert, now) for alert in alerts])
    ids = {(row.story_id, row.reason, row.growth, row.channel): row.id for row in stored}
    added = [ids.pop((one.story_id, one.reason, one.growth, one.channel), None) for one in alerts]
    links = [
        {"alert_id": alert_id, "match_id": match_id}
        for alert_id, alert in zip(added, alerts, strict=True)
        if alert_id is not None
        for match_id in alert.match_ids
    ]
    if links:
        connection.execute(insert(connection, schema.alert_matches).on_conflict_do_nothing(), links)
    return added


@cache
def _adding(dialect: str) -> ReturningInsert[tuple[int, int, str, int, str]]:
    """Return the statement that stores new alerts, and returns the id and the key of each."""
    returned = _alerts.id, _alerts.story_id, _alerts.reason, _alerts.growth, _alerts.channel
    return insert_for(dialect, schema.alerts).on_conflict_do_nothing().returning(*returned)


def _row(alert: NewAlert, now: datetime) -> dict[str, object]:
    return {
        "story_id": alert.story_id,
        "topic": alert.topic,
        "reason": alert.reason,
        "growth": alert.growth,
        "channel": alert.channel,
        "route": alert.route,
        "sources": alert.sources,
        "decided_at": now,
        "growth_news": {"outlets": alert.brings.outlets, "terms": alert.brings.terms},
        "gap_since": alert.gap_since,
    }
