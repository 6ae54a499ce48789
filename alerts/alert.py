"""The alert pass: due stories → decide → messages and deliveries, or held with a reason.

Two steps that exchange rows: decisions are stored as alerts without a message; then each alert is sent or held.
Repeating a step changes nothing: a decision is unique by its key, and an alert is in one message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.deciding import policy
from alerts.deciding.routing import ALERT_TURN

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.deciding.routing import Routing
    from storage.database import Database


def alert(database: Database, routing: Routing, *, now: datetime) -> int:
    """Alert about due stories, in slices, and return how many messages were stored."""
    if not _has_due(database, now):
        return 0
    from alerts.deciding.alert_due import alert_due  # noqa: PLC0415  # decisions and messages, for due stories

    return alert_due(database, routing, now=now)


def release_undigested(database: Database, routing: Routing, *, now: datetime) -> None:
    """Release alerts that wait for a digest which was removed, or whose missing route was added again.

    Call it when the routes may have changed.
    """
    with database.write(ALERT_TURN) as ledger:
        freed: dict[str, list[int]] = {}
        for one in ledger.alerts.held(list(routing.channels)):
            waits_for_digest = routing.has_digest(one.channel, one.topic) and one.held != policy.REMOVED
            if one.held and one.held_until is None and routing.route_of(one) and not waits_for_digest:
                freed.setdefault(one.held, []).append(one.id)
        for reason, alert_ids in freed.items():
            ledger.alerts.hold(alert_ids, reason=reason, until=now, now=now)


def _has_due(database: Database, now: datetime) -> bool:
    """Check for work before taking the write lock: the pass runs every second and mostly finds nothing."""
    with database.read() as ledger:
        waits = (ledger.stories.next_due(), ledger.alerts.next_release())
    return any(due is not None and due <= now for due in waits)
