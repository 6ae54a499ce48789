"""Alerts: the stories sent on each channel, the held ones with the reason, and the matches without an alert."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, bindparam, case, delete, func, or_, select, update

from storage import schema
from storage.engine.sql import AnyRow, execute_many, in_parameter, insert
from storage.model import Growth, Reason
from storage.model.value import value
from storage.stores.new_alerts import add_alerts
from storage.stores.sent_messages import sent_since

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Update

    from storage.stores.new_alerts import NewAlert
    from storage.stores.sent_messages import SentMessage

_alerts = schema.alerts.c
_links = schema.alert_matches.c
GATHERED = "gap"  # the reason for holding items that appeared during an outage
_WITHOUT_MESSAGE = _alerts.message_id.is_(None)


@lru_cache
def _setting_message(dialect: str) -> Update:
    return (
        update(schema.alerts)
        .where(_WITHOUT_MESSAGE, in_parameter(dialect, _alerts.id, "alerts"))
        .values(message_id=bindparam("message"), held=None, held_until=None)
    )


@value
class Alert:
    """A stored decision: sent in the message `message_id`, `held` with the reason, or about to be sent.

    `brings` is the news in an update; `gap_since` is set if it has items that appeared during a long outage.
    """

    id: int
    story_id: int
    topic: str
    reason: Reason
    growth: int
    channel: str
    route: str
    sources: int
    decided_at: datetime
    message_id: str | None
    held: str | None
    held_until: datetime | None
    match_ids: tuple[int, ...]
    brings: Growth = field(default_factory=Growth)
    gap_since: datetime | None = None


@value
class Holding:
    """One reason an alert was held: since when and until when; None: until the channel's digest."""

    alert_id: int
    reason: str
    since: datetime
    until: datetime | None


class Alerts:
    """The alerts of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_stories(self, story_ids: Sequence[int]) -> dict[int, list[Alert]]:
        """Return the alerts of each story, oldest first.

        Alerts with its items as part of another story count too, since the owner may have moved the items.
        """
        links = (
            select(_links.alert_id, schema.matches.c.story_id)
            .join(schema.matches, schema.matches.c.id == _links.match_id)
            .where(schema.matches.c.story_id.in_(story_ids))
        )
        now_in: dict[int, set[int]] = defaultdict(set)
        for row in self._connection.execute(links.distinct()):
            now_in[row.alert_id].add(row.story_id)
        found: dict[int, list[Alert]] = defaultdict(list)
        for alert in self._load(_alerts.story_id.in_(story_ids) | _alerts.id.in_(now_in)):
            for story_id in {alert.story_id, *now_in[alert.id]}:
                found[story_id].append(alert)
        return found

    def follow(self, match_ids: Iterable[int], *, source: int, target: int) -> None:
        """Move unsent alerts of a story along with matches that were moved to another story, so each is alerted once."""
        moved = set(match_ids)
        past = self.of_stories([target]).get(target, [])
        for alert in self._load(_alerts.story_id == source, _alerts.message_id.is_(None)):
            if moved.issuperset(alert.match_ids):
                there = [one.growth for one in past if one.channel == alert.channel and one.id != alert.id]
                reason, growth = (Reason.GREW, max(there) + 1) if there else (alert.reason, alert.growth)
                values = {"story_id": target, "reason": reason, "growth": growth}
                self._connection.execute(update(schema.alerts).where(_alerts.id == alert.id).values(**values))
                past.append(replace(alert, growth=growth))
            else:
                self._connection.execute(
                    delete(schema.alert_matches).where(
                        _links.alert_id == alert.id, _links.match_id.in_(moved.intersection(alert.match_ids))
                    )
                )

    def get(self, alert_ids: Sequence[int]) -> list[Alert]:
        """Return these alerts, oldest first."""
        return self._load(_alerts.id.in_(alert_ids))

    def add(self, alerts: Sequence[NewAlert], *, now: datetime) -> list[int | None]:
        """Store decisions and the matches they tell, and return their ids; None for a decision that was stored before."""
        return add_alerts(self._connection, alerts, now=now)

    def set_message(self, alert_ids: Sequence[int], *, message_id: str) -> None:
        """Record that this message contains these alerts, unless another one does already; they are no longer held."""
        self.set_messages({message_id: alert_ids})

    def set_messages(self, contained: Mapping[str, Sequence[int]]) -> None:
        """Record as `set_message` does which alerts several messages contain, by the id of the message."""
        rows = [
            {"alerts": list(alert_ids), "message": one} for one, alert_ids in contained.items() if alert_ids
        ]
        if rows:
            execute_many(self._connection, _setting_message(self._connection.dialect.name), rows)

    def hold(self, alert_ids: Sequence[int], *, reason: str, until: datetime | None, now: datetime) -> None:
        """Hold alerts until a time; None: until the channel's digest carries them. Each hold is recorded."""
        if not alert_ids:
            return
        statement = insert(self._connection, schema.holdings)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["alert_id", "reason"], set_={"until": until}),
            [
                {"alert_id": alert_id, "reason": reason, "since": now, "until": until}
                for alert_id in alert_ids
            ],
        )
        self._connection.execute(
            update(schema.alerts)
            .where(_alerts.id == bindparam("alert"), _alerts.message_id.is_(None))
            .values(held=reason, held_until=until),
            [{"alert": alert_id} for alert_id in alert_ids],
        )

    def release(self, reasons: Sequence[str], *, now: datetime) -> None:
        """Release alerts held for one of these reasons until a future time: the pass decides on them again."""
        self._connection.execute(
            update(schema.alerts)
            .where(_WITHOUT_MESSAGE, _alerts.held.in_(reasons), _alerts.held_until > now)
            .values(held_until=now)
        )

    def waiting(self, *, now: datetime) -> list[Alert]:
        """Return alerts without a message that are not held or whose hold has ended, oldest first.

        Alerts gathered after an outage are included: they are sent together.
        """
        free = or_(_alerts.held.is_(None), _alerts.held_until <= now, _alerts.held == GATHERED)
        return self._load(_WITHOUT_MESSAGE, free)

    def lock(self, alert_ids: Sequence[int]) -> set[int]:
        """Return which of these alerts no message tells yet, and lock them until the end of the transaction."""
        chosen = select(_alerts.id).where(_WITHOUT_MESSAGE, _alerts.id.in_(alert_ids)).with_for_update()
        return set(self._connection.execute(chosen).scalars())

    def count_held(self, channel: str, reasons: Sequence[str]) -> tuple[int, datetime | None]:
        """Return how many of a channel's alerts are held for one of these reasons, and when the first hold ends."""
        held = select(func.count(), func.min(_alerts.held_until)).where(
            _WITHOUT_MESSAGE, _alerts.channel == channel, _alerts.held.in_(reasons)
        )
        row = self._connection.execute(held.select_from(schema.alerts)).one()
        return row[0], row[1]

    def holdings(self, alert_ids: Sequence[int]) -> list[Holding]:
        """Return every recorded hold of these alerts, in order."""
        holdings = schema.holdings.c
        statement = select(schema.holdings).where(holdings.alert_id.in_(alert_ids))
        return [
            Holding(alert_id=row.alert_id, reason=row.reason, since=row.since, until=row.until)
            for row in self._connection.execute(statement.order_by(holdings.since, holdings.alert_id))
        ]

    def held(self, channels: Sequence[str]) -> list[Alert]:
        """Return every alert held on these channels, oldest first."""
        return self._load(_alerts.held.is_not(None), _alerts.channel.in_(channels))

    def all_held(self) -> list[Alert]:
        """Return every held alert, oldest first."""
        return self._load(_alerts.held.is_not(None))

    def in_messages_of(self, moment: datetime) -> list[Alert]:
        """Return the alerts in messages of exactly this time, in the order in which they were decided."""
        messages = schema.messages.c
        written = select(messages.id).where(messages.created_at == moment)
        return self._load(_alerts.message_id.in_(written))

    def next_release(self) -> datetime | None:
        """Return when the next alert without a message may be sent."""
        freed = case((_alerts.held.is_(None), _alerts.decided_at), else_=_alerts.held_until)
        return self._connection.execute(select(func.min(freed)).where(_WITHOUT_MESSAGE)).scalar()

    def sent_since(self, channel: str, moment: datetime) -> list[SentMessage]:
        """Return the channel's alert messages that were written since then, oldest first."""
        return sent_since(self._connection, channel, moment)

    def record_silence(self, match_ids: Iterable[int], *, channel: str, reason: str, now: datetime) -> None:
        """Record why these matches caused no alert on a channel (`*`: on any); later reasons replace earlier ones."""
        rows = [
            {"match_id": match_id, "channel": channel, "reason": reason, "decided_at": now}
            for match_id in match_ids
        ]
        if not rows:
            return
        statement = insert(self._connection, schema.silences)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["match_id", "channel"],
                set_={"reason": statement.excluded.reason, "decided_at": statement.excluded.decided_at},
            ),
            rows,
        )

    def _load(self, *conditions: ColumnElement[bool]) -> list[Alert]:
        rows = self._connection.execute(select(schema.alerts).where(*conditions).order_by(_alerts.id)).all()
        by_alert: dict[int, list[int]] = defaultdict(list)
        links = select(schema.alert_matches).where(
            schema.alert_matches.c.alert_id.in_(select(_alerts.id).where(*conditions))
        )
        for link in self._connection.execute(links.order_by(schema.alert_matches.c.match_id)):
            by_alert[link.alert_id].append(link.match_id)
        return [_alert(row, by_alert[row.id]) for row in rows]


def _alert(row: AnyRow, match_ids: Sequence[int]) -> Alert:
    return Alert(
        id=row.id,
        story_id=row.story_id,
        topic=row.topic,
        reason=Reason(row.reason),
        growth=row.growth,
        channel=row.channel,
        route=row.route,
        sources=row.sources,
        decided_at=row.decided_at,
        message_id=row.message_id,
        held=row.held,
        held_until=row.held_until,
        match_ids=tuple(match_ids),
        brings=Growth(**{name: tuple(words) for name, words in (row.growth_news or {}).items()}),
        gap_since=row.gap_since,
    )
