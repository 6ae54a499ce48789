"""Corrects times in the far future, stored while the clock was ahead, which would delay work until then."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select, update

from storage import schema
from storage.model import DeliveryState
from storage.model.delivery_state import WAITING
from storage.model.value import value

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Table

_feeds, _hosts, _mutes = schema.feeds.c, schema.hosts.c, schema.mutes.c
_deliveries, _troubles, _claims = schema.deliveries.c, schema.channel_troubles.c, schema.claims.c
_stories, _alerts, _digests = schema.stories.c, schema.alerts.c, schema.digests.c
# Times in a feed's past; a schedule computed from a time in the future would be wrong.
_PAST = (
    "last_poll",
    "last_success",
    "first_success",
    "last_new",
    "failing_since",
    "missed_at",
    "moved_since",
)


@value
class LongestWaits:
    """The longest correct wait of each kind; `slack` is how far clocks may differ."""

    poll: timedelta
    quiet: timedelta
    slack: timedelta = timedelta(minutes=5)
    delivery: timedelta = timedelta(days=2)
    probe: timedelta = timedelta(days=2)
    delivery_lease: timedelta = timedelta(hours=1)
    claim: timedelta = timedelta(days=2)


class ClockAhead:
    """The corrections of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pull_back(self, *, now: datetime, clock: datetime, longest: LongestWaits) -> dict[str, int]:
        """Make work due now that waits longer than a correct clock can have caused; return the number of rows by kind.

        `now` decides, except for leases, which `clock`, the real time, decides.
        """
        ahead = now + longest.slack
        counts = {
            "feeds": self._feeds(now, longest),
            "hosts": self._set(schema.hosts, _hosts.quiet_until > now + longest.quiet, {"quiet_until": now}),
            "deliveries": self._deliveries(now, clock, longest),
            "channels": self._channels(now, ahead, longest),
            "leases": self._set(schema.claims, _claims.until > clock + longest.claim, {"until": clock}),
            "mutes": self._mutes(now, ahead),
            "stories": self._set(
                schema.stories, (_stories.due_at > now) & (_stories.last_seen > ahead), {"due_at": now}
            ),
            "alerts": self._set(
                schema.alerts, (_alerts.held_until > now) & (_alerts.decided_at > ahead), {"held_until": now}
            ),
            # The next turn is computed again from the route's cron line.
            "digests": self._set(schema.digests, _digests.told_until > ahead, {"told_until": now}),
        }
        return {kind: count for kind, count in counts.items() if count}

    def _feeds(self, now: datetime, longest: LongestWaits) -> int:
        """Keep the interval of feeds polled by a clock that was ahead; make feeds due that wait longer than allowed."""
        known = [_feeds[name] for name in _PAST]
        polled_ahead = func.coalesce(_feeds.last_poll, _feeds.next_poll) > now + longest.slack
        ahead = or_(_feeds.next_poll > now + longest.poll, polled_ahead)
        rows = [
            {
                "feed": row.id,
                "due": _due(row.last_poll, row.next_poll, now=now, longest=longest),
                **{name: _past(row._mapping[name], now) for name in _PAST},  # noqa: SLF001  # public, so named for columns
            }
            for row in self._connection.execute(select(_feeds.id, _feeds.next_poll, *known).where(ahead))
        ]
        if rows:
            values: dict[str, Any] = {
                "next_poll": bindparam("due"),
                "fresh_until": None,  # they count from the wrong time
                "retry_at": None,
                **{name: bindparam(name) for name in _PAST},
            }
            moved = update(schema.feeds).where(_feeds.id == bindparam("feed")).values(values)
            self._connection.execute(moved, rows)
        return len(rows)

    def _deliveries(self, now: datetime, clock: datetime, longest: LongestWaits) -> int:
        written_ahead = (_deliveries.created_at > now + longest.slack) & (_deliveries.next_at > now)
        waits = or_(_deliveries.next_at > now + longest.delivery, written_ahead)
        leased = _deliveries.lease_until > clock + longest.delivery_lease
        return self._set(
            schema.deliveries, _deliveries.state.in_(WAITING) & waits, {"next_at": now}
        ) + self._set(
            schema.deliveries, (_deliveries.state == DeliveryState.LEASED) & leased, {"lease_until": clock}
        )

    def _channels(self, now: datetime, ahead: datetime, longest: LongestWaits) -> int:
        """Make probes due now that wait too long; channels that wait for their owner are left alone."""
        probed = or_(
            _troubles.probe_at > now + longest.probe, (_troubles.since > ahead) & (_troubles.probe_at > now)
        )
        count = self._set(schema.channel_troubles, probed, {"probe_at": now})
        self._set(schema.channel_troubles, _troubles.since > ahead, {"since": now})
        return count

    def _mutes(self, now: datetime, ahead: datetime) -> int:
        """Restart mutes that begin in the future: each lasts from now for as long as was asked for."""
        rows = [
            {"mute": row.id, "begun": now, "ends": now + (row.until - row.since)}
            for row in self._connection.execute(select(schema.mutes).where(_mutes.since > ahead))
        ]
        if rows:
            moved = update(schema.mutes).where(_mutes.id == bindparam("mute"))
            self._connection.execute(moved.values(since=bindparam("begun"), until=bindparam("ends")), rows)
        return len(rows)

    def _set(self, table: Table, which: ColumnElement[bool], values: dict[str, datetime]) -> int:
        return self._connection.execute(update(table).where(which).values(values)).rowcount


def _due(
    last_poll: datetime | None, next_poll: datetime, *, now: datetime, longest: LongestWaits
) -> datetime:
    if last_poll is None or next_poll > now + longest.poll or last_poll <= now + longest.slack:
        return now
    return now + max(next_poll - last_poll, timedelta(0))


def _past(moment: datetime | None, now: datetime) -> datetime | None:
    return None if moment is None else min(moment, now)
