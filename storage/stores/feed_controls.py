"""Changes to when feeds are polled: pause, resume, poll now, retry, other intervals; and the feeds polled at one address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, func, or_, select, update

from storage import schema
from storage.engine.sql import execute_many, in_lists
from storage.model import POLLED_STATES, TROUBLED, FeedState, FeedTrouble
from storage.model.value import value
from storage.stores.feed_rows import INDEX_URL, schedule_of
from storage.stores.overview import Lag, Overview, UndeliveredCount, lag, overview, undelivered
from storage.stores.polled_feeds import is_followed, is_polled, soonest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection

    from storage.model import Feed

_feeds = schema.feeds.c


@value
class ScheduledFeed:
    """A feed that was scheduled by other intervals than usual; `url` is the configured one."""

    id: int
    url: str
    bounds: str | None


class FeedControls:
    """The polling controls of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def control_feeds(self) -> frozenset[int]:
        """Return the ids of the control feeds."""
        control = select(_feeds.id).where(_feeds.control)
        return frozenset(self._connection.execute(control).scalars())

    def pause(self, feed_id: int) -> None:
        """Stop polling a feed until it is resumed; a poll in progress does not change that."""
        self._connection.execute(
            update(schema.feeds).where(_feeds.id == feed_id).values(state=FeedState.PAUSED, merged_into=None)
        )

    def resume(self, feed_id: int, *, now: datetime) -> None:
        """Make a feed due that was paused, is gone, or was merged into another, as soon as its server allows."""
        # A feed that failed before stays failing until it answers; that answer also reports its recovery.
        state = case((_feeds.failures > 0, FeedState.FAILING.value), else_=FeedState.OK.value)
        merged = _feeds.merged_into.is_not(None)
        self._connection.execute(
            update(schema.feeds)
            .where(_feeds.id == feed_id)
            .values(
                state=state,
                next_poll=soonest(now),
                merged_into=None,
                last_error=case((merged, None), else_=_feeds.last_error),
                error_kind=case((merged, None), else_=_feeds.error_kind),
            )
        )

    def make_due(self, feed_ids: Sequence[int], *, now: datetime) -> None:
        """Make these feeds due, whatever their interval, each as soon as its server allows."""
        if feed_ids:
            due = update(schema.feeds).where(_feeds.id == bindparam("feed")).values(next_poll=soonest(now))
            self._connection.execute(due, [{"feed": feed_id} for feed_id in feed_ids])

    def asked_to_wait(self, *, now: datetime) -> dict[int, datetime]:
        """Return the followed feeds whose server or host asks not to be asked now, and until when (Retry-After)."""
        free = soonest(now)
        waiting = select(_feeds.id, free.label("free")).where(is_followed(), free > now)
        return {row.id: row.free for row in self._connection.execute(waiting)}

    def hasten(self, error_kinds: Collection[str], *, since: datetime, now: datetime) -> None:
        """Make every feed due that failed in one of these ways since then."""
        self._connection.execute(
            update(schema.feeds)
            .where(
                is_followed(),
                _feeds.state == FeedState.FAILING,
                _feeds.error_kind.in_(error_kinds),
                _feeds.last_poll >= since,
                _feeds.last_poll < now,
                _feeds.next_poll > now,
            )
            .values(next_poll=soonest(now))
        )

    def retry_failed(self, error_kinds: Collection[str], *, polled_before: datetime, now: datetime) -> None:
        """Make every feed due that failed in one of these ways and has not been polled since then."""
        self._connection.execute(
            update(schema.feeds)
            .where(
                is_polled(),
                _feeds.failures > 0,
                _feeds.error_kind.in_(error_kinds),
                _feeds.last_poll < polled_before,
                _feeds.next_poll > now,
            )
            .values(next_poll=soonest(now))
        )

    def scheduled_otherwise(self, usual: str, own: Sequence[str]) -> list[ScheduledFeed]:
        """Return the polled feeds that were scheduled by other bounds than the usual ones, or have bounds of their `own`.

        `own` are configured URLs; the sitemaps of an index have the bounds of the index.
        """
        planned = select(_feeds.id, func.coalesce(INDEX_URL.element, _feeds.url).label("url"), _feeds.bounds)
        planned = planned.where(_feeds.last_poll.is_not(None), is_polled())
        found = list(
            self._connection.execute(planned.where(or_(_feeds.bounds.is_(None), _feeds.bounds != usual)))
        )
        for some in in_lists(own):
            named = select(_feeds.id).where(_feeds.url.in_(some))
            ids = self._connection.execute(named).scalars().all()
            mine = planned.where(_feeds.bounds == usual)
            found += self._connection.execute(mine.where(_feeds.id.in_(ids)))
            found += self._connection.execute(mine.where(_feeds.parent_id.in_(ids)))
        return [ScheduledFeed(id=row.id, url=row.url, bounds=row.bounds) for row in found]

    def reschedule(self, feeds: Sequence[Feed]) -> None:
        """Store when these feeds are polled next, except those that were polled meanwhile."""
        rows = [{"feed_id": feed.id, "polled": feed.last_poll, **schedule_of(feed)} for feed in feeds]
        if not rows:
            return
        unpolled = _feeds.id == bindparam("feed_id"), _feeds.last_poll == bindparam("polled")
        columns: dict[str, Any] = {name: bindparam(name) for name in schedule_of(feeds[0])}
        execute_many(self._connection, update(schema.feeds).where(*unpolled).values(columns), rows)

    def overview(self, *, now: datetime) -> Overview:
        """Return counts and times of the whole database."""
        return overview(self._connection, now=now)

    def troubled(self, states: Collection[FeedState] = TROUBLED) -> list[FeedTrouble]:
        """Return the subscribed feeds in these states, in the order they were added."""
        columns = select(
            _feeds.id, _feeds.title, _feeds.url, _feeds.state, _feeds.last_success, _feeds.last_error
        )
        troubled = columns.where(_feeds.subscribed, _feeds.state.in_(states)).order_by(_feeds.id)
        return [
            FeedTrouble(
                id=row.id,
                title=row.title,
                url=row.url,
                state=FeedState(row.state),
                since=row.last_success,
                error=row.last_error or "",
            )
            for row in self._connection.execute(troubled)
        ]

    def lag(self, *, now: datetime) -> Lag:
        """Return how far the passes are behind."""
        return lag(self._connection, now=now)

    def undelivered(self) -> list[UndeliveredCount]:
        """Return the undelivered deliveries by channel and state."""
        return undelivered(self._connection)

    def polled_at(self, url: str) -> list[tuple[int, str]]:
        """Return (id, configured URL) of the subscribed feeds that are polled at an address, the oldest first."""
        polled = select(_feeds.id, _feeds.url).where(_feeds.subscribed, _feeds.state.in_(POLLED_STATES))
        # Two statements, each with an index; one with OR would read all feeds.
        configured = polled.where(_feeds.url == url)
        moved = polled.where(_feeds.current_url == url, _feeds.current_url != _feeds.url)
        rows = [row for each in (configured, moved) for row in self._connection.execute(each)]
        return sorted((row.id, row.url) for row in rows)
