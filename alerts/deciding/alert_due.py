"""Decides about due stories, and stores the messages that follow. See `alerts.alert`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.deciding import policy
from alerts.deciding.compose import draft, write
from alerts.deciding.decide import decide, store
from alerts.deciding.plan import plan
from alerts.deciding.routing import ALERT_TURN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from alerts.deciding.plan import AlertPlan, PlannedMessage
    from alerts.deciding.routing import Routing
    from storage.database import Database

HOLDINGS = 500  # alerts held in one transaction, for the same reason
SLICE = (
    30  # stories per transaction: deciding and rendering them takes less than 100 ms, even on a busy machine
)


def alert_due(database: Database, routing: Routing, *, now: datetime) -> int:
    """Alert about due stories, in slices, and return how many messages were stored."""
    _decide_all(database, routing, now=now)
    alert_plan = _plan(database, routing, now=now)
    for (reason, until), alert_ids in alert_plan.holds.items():
        for at in range(0, len(alert_ids), HOLDINGS):
            with database.write(ALERT_TURN) as ledger:
                ledger.alerts.hold(alert_ids[at : at + HOLDINGS], reason=reason, until=until, now=now)
    enqueued = 0
    for messages in _slices(alert_plan.messages):
        with (
            database.read() as ledger
        ):  # a message may hold 150 stories; reading them would block other writers too long
            drafts = [draft(ledger, message, routing, now=now) for message in messages]
        with database.write(ALERT_TURN) as ledger:
            enqueued += sum(write(ledger, one, routing, now=now) for one in drafts)
    return enqueued


def _slices(messages: Sequence[PlannedMessage]) -> Iterator[Sequence[PlannedMessage]]:
    """Yield messages in groups of at most `SLICE` stories, or one message with more."""
    start = stories = 0
    for at, message in enumerate(messages):
        if stories and stories + len(message.alerts) > SLICE:
            yield messages[start:at]
            start, stories = at, 0
        stories += len(message.alerts)
    if messages:
        yield messages[start:]


def _decide_all(database: Database, routing: Routing, *, now: datetime) -> None:
    is_more = True
    while is_more:
        with database.read() as ledger:
            due = ledger.stories.due(now=now, limit=SLICE)
            if not due:
                return
            decided = decide(ledger, due, routing, now=now)
        with database.write(ALERT_TURN) as ledger:
            # Those that changed meanwhile, or that another process is adding to, stay due.
            unchanged = ledger.stories.take(due)
            store(ledger, [one for one in decided if one.due in unchanged], now=now)
        is_more = bool(unchanged) and len(due) == SLICE


def _plan(database: Database, routing: Routing, *, now: datetime) -> AlertPlan:
    with database.read() as ledger:
        waiting = ledger.alerts.waiting(now=now)
        mutes = ledger.mutes.active(now=now)
        since = now - policy.CAP_WINDOW
        channels = {one.channel for one in waiting}
        sent = {channel: ledger.alerts.sent_since(channel, since) for channel in channels}
    return plan(waiting, routing, mutes, sent, now=now)
