"""The passes that need no network, one after another: match, alert, report, digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.alert import alert
from alerts.digest import digest
from monitor.polling.notify_operators import report
from monitor.service.cron import next_turn

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.service.app import App


def settle(app: App, *, now: datetime) -> int:
    """Match the items that may cause an alert, decide on alerts, report events and compose due digests.

    Return how many messages were stored. The other items are matched by `app.matching.run_backlog`.
    """
    app.matching.run_news(app.database, now=now)
    return compose_due(app, now=now)


def settle_all(app: App, *, now: datetime) -> None:
    """Settle, and match and group all other items that wait."""
    settle(app, now=now)
    while app.matching.run_backlog(app.database, now=now):
        pass


def compose_due(app: App, *, now: datetime) -> int:
    """Decide on alerts, report events and compose due digests; return how many messages were stored."""
    enqueued = alert(app.database, app.routing, now=now) + report(app.database, app.routing, now=now)
    return enqueued + digest(app.database, app.routing, next_turn=next_turn, now=now)
