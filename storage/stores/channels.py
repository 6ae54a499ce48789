"""Channels in trouble: since when, why, and when a probe is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, case, delete, func, select, update

from storage import schema
from storage.engine.sql import AnyRow, insert
from storage.model import ChannelTrouble, DeliveryState
from storage.model.delivery_state import WAITING
from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

_troubles = schema.channel_troubles.c
_deliveries = schema.deliveries.c
CAPPED = "cap"  # the reason for holding alerts above `max_per_hour`
POSTPONED = "waits for its channel"  # prefix of the last error of a delivery that was not attempted itself


@value
class ChannelLoad:
    """The load of a channel: waiting and dead deliveries, and when it last accepted one."""

    waiting: int = 0
    dead: int = 0
    last_sent: datetime | None = None


@value
class HeldAlerts:
    """The number of held alerts, and when the first hold ends; None: with the channel's digest."""

    count: int = 0
    until: datetime | None = None


@value
class CappedAlerts:
    """The alerts of a route that its cap holds on a channel: how many, and when the first hold ends."""

    route: str
    channel: str
    count: int
    until: datetime | None


class Channels:
    """The channels of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def trouble(self, channel: str) -> ChannelTrouble | None:
        """Return the trouble of a channel; None if none is known."""
        statement = select(schema.channel_troubles).where(_troubles.channel == channel)
        row = self._connection.execute(statement).first()
        return None if row is None else _trouble(row)

    def troubles(self) -> dict[str, ChannelTrouble]:
        """Return every channel in trouble by its name."""
        rows = self._connection.execute(select(schema.channel_troubles))
        return {row.channel: _trouble(row) for row in rows}

    def note(self, trouble: ChannelTrouble) -> None:
        """Store the trouble of a channel in place of an earlier one."""
        values = {
            "since": trouble.since,
            "failures": trouble.failures,
            "probe_at": trouble.probe_at,
            "error": trouble.error,
        }
        statement = insert(self._connection, schema.channel_troubles).values(
            channel=trouble.channel, **values
        )
        self._connection.execute(statement.on_conflict_do_update(index_elements=["channel"], set_=values))

    def clear(self, channel: str) -> bool:
        """Record that a channel works again; return whether it was in trouble."""
        return bool(
            self._connection.execute(
                delete(schema.channel_troubles).where(_troubles.channel == channel)
            ).rowcount
        )

    def release(self, channel: str, *, now: datetime) -> int:
        """Make all deliveries due that wait for a channel or for its owner; return their number."""
        held = (_deliveries.state == DeliveryState.HELD) & _deliveries.last_error.startswith(POSTPONED)
        state = case(
            (_deliveries.state == DeliveryState.HELD, DeliveryState.PENDING.value), else_=_deliveries.state
        )
        return self._connection.execute(
            update(schema.deliveries)
            .where(_deliveries.channel == channel, _deliveries.state.in_(WAITING) | held)
            .values(state=state, next_at=now)
        ).rowcount

    def held_alerts(self) -> dict[str, HeldAlerts]:
        """Return the alerts held by caps, quiet hours, mutes and gaps, by channel."""
        alerts = schema.alerts.c
        held = select(
            alerts.channel, func.count().label("held"), func.min(alerts.held_until).label("until")
        ).where(alerts.message_id.is_(None), alerts.held.is_not(None))
        rows = self._connection.execute(held.group_by(alerts.channel))
        return {row.channel: HeldAlerts(count=row.held, until=row.until) for row in rows}

    def capped(self) -> list[CappedAlerts]:
        """Return the alerts held by caps, by route and channel."""
        alerts = schema.alerts.c
        by = (alerts.route, alerts.channel)
        held = select(*by, func.count().label("held"), func.min(alerts.held_until).label("until")).where(
            alerts.message_id.is_(None), alerts.held == CAPPED
        )
        rows = self._connection.execute(held.group_by(*by).order_by(*by))
        return [
            CappedAlerts(route=row.route, channel=row.channel, count=row.held, until=row.until)
            for row in rows
        ]

    def traffic(self) -> dict[str, ChannelLoad]:
        """Return the load of each channel by its name."""
        waiting = (*WAITING, DeliveryState.LEASED, DeliveryState.HELD)
        rows = self._connection.execute(
            select(
                _deliveries.channel,
                func.sum(case((_deliveries.state.in_(waiting), 1), else_=0)).label("waiting"),
                func.sum(case((_deliveries.state == DeliveryState.DEAD, 1), else_=0)).label("dead"),
                func.max(
                    case((_deliveries.state == DeliveryState.SENT, _deliveries.finished_at), else_=None)
                ).label("last_sent"),
            ).group_by(_deliveries.channel)
        )
        return {
            row.channel: ChannelLoad(waiting=row.waiting, dead=row.dead, last_sent=row.last_sent)
            for row in rows
        }


def _trouble(row: AnyRow) -> ChannelTrouble:
    return ChannelTrouble(
        channel=row.channel,
        since=row.since,
        failures=row.failures,
        probe_at=row.probe_at,
        error=row.error,
    )
