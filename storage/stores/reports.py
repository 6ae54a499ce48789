"""Reports for the operators about feeds and the network: one row for each occasion, sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    distinct,
    exists,
    func,
    or_,
    select,
    update,
)

from storage import schema
from storage.engine.sql import insert
from storage.model import FeedState
from storage.model.value import value

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_reports = schema.reports.c
_feeds = schema.feeds.c
NETWORK = "network"
SUSPICION = "network.suspicion"  # suspicion: no feed answered in a slice of polls
_POLLED = (FeedState.OK, FeedState.FAILING, FeedState.SILENT)
_WAITING = _reports.told_at.is_(None) & _reports.ended_at.is_(None)
# Built once, as it runs with every batch of polls.
_END_OUTAGE = (
    update(schema.reports)
    .where(_reports.subject == NETWORK, _reports.kind == "network.down", _reports.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
    .returning(_reports.since)
)


@value
class NewReport:
    """An occasion to report: `since` distinguishes it from others of its kind, `detail` is a sentence.

    It is about a feed, a channel, one delivery of a channel, or else the network.
    """

    kind: str
    since: datetime
    detail: str = ""
    feed_id: int | None = None
    channel: str | None = None
    delivery_id: str = ""
    of_network: bool = False

    @property
    def subject(self) -> str:
        """The subject of the report as stored in the unique key."""
        if self.channel is not None:
            return f"{_of_channel(self.channel)}{':' if self.delivery_id else ''}{self.delivery_id}"
        return NETWORK if self.feed_id is None else f"feed:{self.feed_id}"


@value
class Report:
    """An occasion to tell, with the feed it is about, if it is about one; `ended_at` says that it is over."""

    id: int
    kind: str
    since: datetime
    detail: str
    of_network: bool
    noted_at: datetime
    title: str = ""
    url: str | None = None
    last_poll: datetime | None = None
    channel: str | None = None
    ended_at: datetime | None = None


@value
class NetworkReach:
    """Numbers of polled feeds and hosts, and of those that have been unreachable since `last_answer`, the last of any.

    Feeds that are known to be broken do not count.
    """

    feeds: int
    hosts: int
    unreached_feeds: int
    unreached_hosts: int
    last_answer: datetime | None


def _of_channel(name: str) -> str:
    # Quoted, since a channel's name may hold any character, including the separator.
    return f"channel:{quote(name)}"


def _channel_of(subject: str) -> str | None:
    kind, _, rest = subject.partition(":")
    return unquote(rest.partition(":")[0]) if kind == "channel" else None


def _down() -> ColumnElement[bool]:
    """Return the condition that the network's latest report says it is down."""
    down = schema.reports.alias("down")
    return exists(
        select(down.c.id).where(
            down.c.subject == NETWORK, down.c.kind == "network.down", down.c.ended_at.is_(None)
        )
    )


class Reports:
    """The reports of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, report: NewReport, *, now: datetime) -> None:
        """Store an occasion to report; a stored one that still waits only gets the new detail."""
        statement = insert(self._connection, schema.reports).values(
            subject=report.subject,
            kind=report.kind,
            since=report.since,
            feed_id=report.feed_id,
            detail=report.detail,
            of_network=report.of_network,
            noted_at=now,
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["subject", "kind", "since"],
                set_={"detail": report.detail, "of_network": report.of_network},
                where=_reports.told_at.is_(None),
            )
        )

    def repeats(self, report: NewReport) -> bool:
        """Return whether the latest report of this kind on the same subject says the same."""
        same = and_(_reports.subject == report.subject, _reports.kind == report.kind)
        latest = select(_reports.detail).where(same).order_by(_reports.id.desc()).limit(1)
        return self._connection.execute(latest).scalar() == report.detail

    def end(self, feed_id: int, kinds: Sequence[str], *, now: datetime) -> bool:
        """Record that these troubles of a feed are over; return whether any of them was reported."""
        return self._end(f"feed:{feed_id}", kinds, now)

    def end_channel(self, channel: str, kinds: Sequence[str], *, now: datetime) -> bool:
        """Record that these troubles of a channel are over; return whether any of them was reported."""
        return self._end(_of_channel(channel), kinds, now)

    def _end(self, subject: str, kinds: Sequence[str], now: datetime) -> bool:
        ended = self._connection.scalars(
            update(schema.reports)
            .where(_reports.subject == subject, _reports.kind.in_(kinds), _reports.ended_at.is_(None))
            .values(ended_at=now)
            .returning(_reports.told_at)
        )
        return any(told_at is not None for told_at in ended.all())

    def end_outage(self, *, now: datetime) -> datetime | None:
        """Record that the network is back; return since when it was down, or None if it was not."""
        return self._connection.execute(_END_OUTAGE, {"now": now}).scalar()

    def is_network_down(self) -> bool:
        """Return whether the network's latest report says it is down."""
        return self._connection.execute(select(_down())).scalar_one()

    def network_back_since(self) -> datetime | None:
        """Return when the network last came back."""
        back = and_(_reports.subject == NETWORK, _reports.kind == "network.up")
        return self._connection.execute(select(func.max(_reports.noted_at)).where(back)).scalar()

    def has_waiting(self) -> bool:
        """Return whether a report may be sent now: during an outage, reports of unreachable feeds wait for its end."""
        waiting = select(_reports.id).where(_WAITING, or_(~_reports.of_network, ~_down())).limit(1)
        return self._connection.execute(waiting).first() is not None

    def waiting(self) -> list[Report]:
        """Return the waiting reports, in the order in which they were noted."""
        return self._named(_WAITING, _reports.kind != SUSPICION)

    def daily_since(self) -> datetime | None:
        """Return since when something waits for the message of the day."""
        return self._connection.execute(select(func.min(_reports.told_at)).where(_reports.daily)).scalar()

    def take_daily(self) -> list[Report]:
        """Return the reports for the message of the day, in the order in which they were stored; they wait no longer."""
        found = self._named(_reports.daily)
        self._connection.execute(update(schema.reports).where(_reports.daily).values(daily=False))
        return found

    def _named(self, *conditions: ColumnElement[bool]) -> list[Report]:
        statement = (
            select(schema.reports, _feeds.title, _feeds.url, _feeds.last_poll)
            .select_from(schema.reports.outerjoin(schema.feeds, _feeds.id == _reports.feed_id))
            .where(*conditions)
            .order_by(_reports.id)
        )
        return [
            Report(
                id=row.id,
                kind=row.kind,
                since=row.since,
                detail=row.detail,
                of_network=row.of_network,
                noted_at=row.noted_at,
                title=row.title or "",
                url=row.url,
                last_poll=row.last_poll,
                channel=_channel_of(row.subject),
                ended_at=row.ended_at,
            )
            for row in self._connection.execute(statement)
        ]

    def set_reported(
        self, report_ids: Collection[int], *, now: datetime, for_the_day: Collection[int] = ()
    ) -> None:
        """Note that these were sent; those in `for_the_day` will also be in the message of the day."""
        self._connection.execute(
            update(schema.reports)
            .where(_reports.id.in_(report_ids))
            .values(told_at=now, daily=_reports.id.in_(for_the_day))
        )

    def take_suspicion(self) -> bool:
        """Return whether an outage is suspected, and clear the suspicion, since the caller checks it now."""
        return bool(
            self._connection.execute(delete(schema.reports).where(_reports.kind == SUSPICION)).rowcount
        )

    def reach(self, unreachable: Collection[str]) -> NetworkReach:
        """Return how many feeds and hosts are reachable; `unreachable` are the kinds of failure without any answer."""
        broken = select(_reports.feed_id).where(
            _reports.kind == "feed.failing", _reports.told_at.is_not(None), _reports.ended_at.is_(None)
        )
        counted = and_(
            _feeds.subscribed,
            _feeds.state.in_(_POLLED),
            _feeds.last_poll.is_not(None),
            _feeds.id.not_in(broken),
        )
        lost = func.coalesce(_feeds.error_kind, "").in_(unreachable)
        answered_at = case((lost, _feeds.last_success), else_=_feeds.last_poll)
        last_answer = self._connection.execute(select(func.max(answered_at)).where(counted)).scalar()
        since = lost if last_answer is None else and_(lost, _feeds.last_poll > last_answer)
        feeds, hosts = self._count(counted)
        unreached_feeds, unreached_hosts = self._count(counted, since)
        return NetworkReach(
            feeds=feeds,
            hosts=hosts,
            unreached_feeds=unreached_feeds,
            unreached_hosts=unreached_hosts,
            last_answer=last_answer,
        )

    def _count(self, *conditions: Any) -> tuple[int, int]:
        statement = select(func.count(), func.count(distinct(_feeds.host))).where(*conditions)
        row = self._connection.execute(statement.select_from(schema.feeds)).one()
        return row[0], row[1]
