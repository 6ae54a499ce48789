"""The alert pass: due stories → decide → messages and deliveries, or held with a reason.

Two steps that meet in rows: decisions are stored as alerts in no message yet; then each is told or held. Running
either again changes nothing: a decision stands once by its key, an alert in one message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.deciding import policy
from alerts.deciding.compose import draft, write
from alerts.deciding.decide import decide
from alerts.deciding.plan import plan
from alerts.deciding.routing import TURN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from alerts.deciding.plan import AlertPlan, PlannedMessage
    from alerts.deciding.routing import Routing
    from storage.database import Database

HOLDINGS = 500  # alerts held in one transaction, for the same reason
SLICE = 30  # stories a transaction: deciding and rendering them stays under 100 ms, beside other work too


def alert(database: Database, routing: Routing, *, now: datetime) -> int:
    """Tell what is due, in slices, and return how many messages were sealed."""
    if not _has_due(database, now):
        return 0
    _decide_all(database, routing, now=now)
    agenda = _agenda(database, routing, now=now)
    for (reason, until), alert_ids in agenda.holds.items():
        for at in range(0, len(alert_ids), HOLDINGS):
            with database.write(TURN) as ledger:
                ledger.alerts.hold(alert_ids[at : at + HOLDINGS], reason=reason, until=until, now=now)
    sealed = 0
    for letters in _slices(agenda.letters):
        with database.read() as ledger:  # a letter may tell 150 stories: too long to read for the one writer
            drafts = [draft(ledger, letter, routing, now=now) for letter in letters]
        with database.write(TURN) as ledger:
            sealed += sum(write(ledger, one, routing, now=now) for one in drafts)
    return sealed


def _slices(letters: Sequence[PlannedMessage]) -> Iterator[Sequence[PlannedMessage]]:
    """Yield letters in runs of at most `SLICE` stories, or one letter that tells more."""
    start = stories = 0
    for at, letter in enumerate(letters):
        if stories and stories + len(letter.alerts) > SLICE:
            yield letters[start:at]
            start, stories = at, 0
        stories += len(letter.alerts)
    if letters:
        yield letters[start:]


def release_undigested(database: Database, routing: Routing, *, now: datetime) -> None:
    """Let go what is held for a digest or a route that the configuration no longer, or again, has.

    To be called when the routes may have changed.
    """
    with database.write(TURN) as ledger:
        freed: dict[str, list[int]] = {}
        for one in ledger.alerts.held(list(routing.channels)):
            waits_for_digest = routing.has_digest(one.channel, one.topic) and one.held != policy.REMOVED
            if one.held and one.held_until is None and routing.route_of(one) and not waits_for_digest:
                freed.setdefault(one.held, []).append(one.id)
        for reason, alert_ids in freed.items():
            ledger.alerts.hold(alert_ids, reason=reason, until=now, now=now)


def _has_due(database: Database, now: datetime) -> bool:
    """Look before taking the writer's place: a tick a second finds nothing most of the time."""
    with database.read() as ledger:
        waits = (ledger.stories.next_due(), ledger.alerts.next_release())
    return any(due is not None and due <= now for due in waits)


def _decide_all(database: Database, routing: Routing, *, now: datetime) -> None:
    full = True
    while full:
        with database.write(TURN) as ledger:
            stories = ledger.stories.due(now=now, limit=SLICE)
            decide(ledger, stories, routing, now=now)
        full = len(stories) == SLICE


def _agenda(database: Database, routing: Routing, *, now: datetime) -> AlertPlan:
    with database.read() as ledger:
        untold = ledger.alerts.untold(now=now)
        mutes = ledger.mutes.standing(now=now)
        since = now - policy.CAP_WINDOW
        channels = {one.channel for one in untold}
        sent = {channel: ledger.alerts.messages_since(channel, since) for channel in channels}
        told = {channel: ledger.alerts.topics_since(channel, since) for channel in channels}
    return plan(untold, routing, mutes, sent, told, now=now)
