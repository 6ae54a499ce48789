"""What the owner does to feeds by hand, and looking for the feeds that stand at an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, or_, select, update

from storage import schema
from storage.model import FeedState
from storage.stores.overview import Lag, Overview, Stuck, lag, overview, stuck

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

_feeds = schema.feeds.c


class FeedControls:
    """The owner's hand on the feeds, within one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pause(self, feed_id: int) -> None:
        """Poll a feed no more until it is resumed; a poll under way changes nothing of it."""
        self._connection.execute(
            update(schema.feeds).where(_feeds.id == feed_id).values(state=FeedState.PAUSED, merged_into=None)
        )

    def resume(self, feed_id: int, *, now: datetime) -> None:
        """Poll a feed again, at once: one that was paused, that is gone, or that became one with another."""
        # What failed before is not well until it has answered; that answer also ends what was told of it.
        state = case((_feeds.failures > 0, FeedState.FAILING.value), else_=FeedState.OK.value)
        merged = _feeds.merged_into.is_not(None)
        self._connection.execute(
            update(schema.feeds)
            .where(_feeds.id == feed_id)
            .values(
                state=state,
                next_poll=now,
                merged_into=None,
                last_error=case((merged, None), else_=_feeds.last_error),
                error_kind=case((merged, None), else_=_feeds.error_kind),
            )
        )

    def make_due(self, feed_id: int, *, now: datetime) -> None:
        """Let a feed be polled next, whatever its pace."""
        self._connection.execute(update(schema.feeds).where(_feeds.id == feed_id).values(next_poll=now))

    def hasten(self, error_kinds: Collection[str], *, since: datetime, now: datetime) -> None:
        """Let every feed be polled next that failed in one of these ways since then."""
        self._connection.execute(
            update(schema.feeds)
            .where(
                _feeds.subscribed,
                _feeds.state == FeedState.FAILING,
                _feeds.error_kind.in_(error_kinds),
                _feeds.last_poll >= since,
                _feeds.last_poll < now,
                _feeds.next_poll > now,
            )
            .values(next_poll=now)
        )

    def overview(self, *, now: datetime) -> Overview:
        """Return the ledger at a glance."""
        return overview(self._connection, now=now)

    def lag(self, *, now: datetime) -> Lag:
        """Return how far the passes are behind."""
        return lag(self._connection, now=now)

    def stuck(self) -> list[Stuck]:
        """Return the deliveries that did not go out as they should, by channel and state."""
        return stuck(self._connection)

    def polled_at(self, url: str) -> list[tuple[int, str]]:
        """Return (id, configured URL) of the subscribed feeds that are polled at an address, the oldest first."""
        statement = select(_feeds.id, _feeds.url).where(
            _feeds.subscribed,
            _feeds.state.in_([FeedState.OK, FeedState.FAILING, FeedState.SILENT]),
            or_(_feeds.current_url == url, _feeds.url == url),
        )
        return [(row.id, row.url) for row in self._connection.execute(statement.order_by(_feeds.id))]
